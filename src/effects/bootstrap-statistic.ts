/** What a cluster bootstrap takes of every fit, under names that tell the quantities apart. */
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { TidyRow } from "../model/fit.ts";

/** A fit that can be made again on other rows. */
export type RefittableFit = MaximumLikelihood | EstimatingEquations;

/** Parameters of the fit by their class, or a function of it. */
export type BootstrapStatistic =
  | "coefficients"
  | "parameters"
  | ((fit: RefittableFit) => Readonly<Record<string, number>>);

/** What a number is: a parameter as `tidy()` has it. Those of a function count as fixed effects, so that `compare` finds coefficients. */
export type BootstrapQuantity = Pick<TidyRow, "effect" | "component" | "group" | "term">;
