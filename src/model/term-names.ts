/** Names of variance parameters in tables, as broom.mixed writes them: `sd__Days`, `cor__(Intercept).Days`, `sd__Observation` of a residual. */

const SD = "sd__";

/** Group of what is estimated of the residual. */
export const RESIDUAL_GROUP = "Residual";

/** The standard deviation of an effect. */
export const sdTerm = (effect: string): string => SD + effect;

/** The correlation of two effects, in the order of the term. */
export const correlationTerm = (a: string, b: string): string => `cor__${a}.${b}`;

/** A parameter of a covariance structure, of effects at places: `range__time`. */
export const structureTerm = (parameter: string, effects: string): string => `${parameter}__${effects}`;

/** The residual standard deviation. */
export const RESIDUAL_SD = sdTerm("Observation");

/** The effect whose standard deviation a row of a table is; null where it is something else. */
export const effectOfSd = ({ effect, term }: { readonly effect: string; readonly term: string }): string | null =>
  effect === "ran_pars" && term.startsWith(SD) ? term.slice(SD.length) : null;
