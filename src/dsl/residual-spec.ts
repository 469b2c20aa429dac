/** The residual structure of a declaration as plain data: variance functions and one correlation structure (Pinheiro & Bates 2000, ch. 5). */
import type { Expression } from "./expression.ts";

/** Variance functions of one covariate or of strata; g(v) multiplies sigma. */
export type VarianceFunctionKind = "varFixed" | "varIdent" | "varPower" | "varExp" | "varConstPower" | "varConstProp";

/** The names that a structure was made of, for the compiler alone: no such property is there. */
export interface MadeOf<Names extends string> {
  readonly madeOf?: Names;
}

export interface VarianceFunctionSpec<Names extends string = string> extends MadeOf<Names> {
  readonly kind: VarianceFunctionKind;
  /** The variance covariate; null for `varIdent` and where it is the fitted values. */
  readonly covariate: Expression | null;
  /** The covariate is the fitted mean: nlme's fixed-point iteration, no maximum likelihood. */
  readonly fitted: boolean;
  /** Columns whose combinations are the strata: each has parameters of its own. */
  readonly by: readonly string[];
  /** Parameters held at a value: by stratum, by parameter name, or `const.Male` for both. */
  readonly fixed: Readonly<Record<string, number>>;
}

/** A product of variance functions. */
export interface VarianceCombinationSpec<Names extends string = string> extends MadeOf<Names> {
  readonly kind: "varComb";
  readonly functions: readonly VarianceFunctionSpec<Names>[];
}

export type VarianceSpec<Names extends string = string> = VarianceFunctionSpec<Names> | VarianceCombinationSpec<Names>;

export type SpatialKind = "corExp" | "corGaus" | "corLin" | "corRatio" | "corSpher";
export type CorrelationKind = "corCompSymm" | "corSymm" | "corAR1" | "corCAR1" | "corARMA" | SpatialKind;

export type Metric = "euclidean" | "maximum" | "manhattan";

export interface CorrelationSpec<Names extends string = string> extends MadeOf<Names> {
  readonly kind: CorrelationKind;
  /** Time, or coordinates; empty (`~ 1`): the order of the rows. */
  readonly covariates: readonly Expression[];
  /** Columns whose combinations are the groups; empty: all rows are one series. */
  readonly by: readonly string[];
  /** Orders of `corARMA`; 0 for the others. */
  readonly p: number;
  readonly q: number;
  /** Spatial structures: whether correlations jump by a nugget at distance 0. */
  readonly nugget: boolean;
  readonly metric: Metric;
  /** Parameters to start at, in nlme's order; empty: the structure's own. */
  readonly value: readonly number[];
  /** Whether the parameters are held at `value`. */
  readonly fixed: boolean;
}

export interface ResidualSpec {
  readonly variance: VarianceSpec | null;
  readonly correlation: CorrelationSpec | null;
}

/** The variance functions of a spec, a combination taken apart. */
export const varianceFunctions = (variance: VarianceSpec | null): readonly VarianceFunctionSpec[] =>
  variance === null ? [] : variance.kind === "varComb" ? variance.functions : [variance];

/** Whether a variance function depends on the fitted values. */
export const usesFitted = (residual: ResidualSpec | undefined): boolean =>
  varianceFunctions(residual?.variance ?? null).some(({ fitted }) => fitted);
