/** How a likelihood is maximised: frozen option records made by functions of the same name. */
import { quadratureNodes } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import type { LindstromBatesMethod, PqlMethod } from "./pql/method.ts";

export type FitMethod =
  | { readonly kind: "ml" }
  | { readonly kind: "reml" }
  | { readonly kind: "laplace" }
  | { readonly kind: "agq"; readonly nodes: number }
  | { readonly kind: "auto" }
  | PqlMethod
  | LindstromBatesMethod;

/** The function that makes a record without options, which refuses any that it is given. */
const withoutOptions =
  (kind: "ml" | "reml" | "laplace" | "auto") =>
  (...surplus: unknown[]): FitMethod => {
    refuseOptions(surplus, `${kind}()`);
    return Object.freeze({ kind });
  };

/** Maximum likelihood: exact for Gaussian models; for others the same as `auto()`. */
export const ml: () => FitMethod = withoutOptions("ml");

/** Restricted maximum likelihood, Gaussian models only; their default. */
export const reml: () => FitMethod = withoutOptions("reml");

/** The Laplace approximation, with the observed Hessian at the conditional mode. */
export const laplace: () => FitMethod = withoutOptions("laplace");

/**
 * Adaptive Gauss-Hermite quadrature with `nodes` nodes a dimension (1 = Laplace). One grouping factor, at most 2000 nodes a group.
 *
 * @throws DeclarationError when `nodes` is not a whole number of 1 or more
 */
export function agq(nodes: number): FitMethod {
  readArgument(quadratureNodes, nodes, { of: "agq()", name: "The number of nodes" });
  return Object.freeze({ kind: "agq", nodes });
}

/**
 * The default for models that are not Gaussian: Laplace, checked against adaptive Gauss-Hermite at its optimum; where the two
 * log-likelihoods differ by more than 0.01 the model is refitted by quadrature with the number of nodes raised until the
 * log-likelihood moves by less than 1e-4. Gaussian: REML.
 */
export const auto: () => FitMethod = withoutOptions("auto");

export { lindstromBates, pql } from "./pql/method.ts";

/**
 * A fit's estimate as the start of another fit by the same method. None where it cannot be one: penalised quasi-likelihood takes no start, and an
 * estimate at the limit of a family (theta of nbinom2 at infinity) is no place to begin.
 */
export const startingAt = ({ kind }: FitMethod, estimate: Float64Array): { readonly start?: Float64Array } =>
  kind === "pql" || !estimate.every(Number.isFinite) ? {} : { start: estimate };
