/** `--method ml|reml|laplace|agq:K|auto`. */

import { agq, auto, type FitMethod, laplace, lindstromBates, ml, pql, reml } from "../frequentist/method.ts";
import * as messages from "../messages/cli.ts";
import { DeclarationError } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";

export const METHOD_HELP =
  "ml, reml, laplace, agq:K (K quadrature nodes), pql, lindstrom-bates (nonlinear means) or auto (REML for gaussian, else Laplace checked by quadrature)";

const NAMES = ["ml", "reml", "laplace", "agq", "pql", "lindstrom-bates", "auto"];

/**
 * The method a flag names.
 *
 * @throws DeclarationError for an unknown name or a number of nodes that is not a whole number of at least 1
 */
export function parseMethod(text: string): FitMethod {
  switch (text) {
    case "ml":
      return ml();
    case "reml":
      return reml();
    case "laplace":
      return laplace();
    case "auto":
      return auto();
    case "pql":
      return pql();
    case "lindstrom-bates":
      return lindstromBates();
  }
  const nodes = /^agq(?::(.*))?$/.exec(text);
  if (!nodes) throw new DeclarationError([messages.unknownMethod(text, nearestName(text, NAMES))]);
  const count = nodes[1] ?? "";
  if (!/^\d{1,4}$/.test(count) || Number(count) < 1) throw new DeclarationError([messages.badNodeCount(count)]);
  return agq(Number(count));
}
