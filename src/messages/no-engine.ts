/** What a page is told that has not loaded an engine. */

export const noEngine = () =>
  'No engine has been loaded that integrates. Fit or sample a model first, or import "marginalia/engines" where a compiled model is integrated by itself.';
