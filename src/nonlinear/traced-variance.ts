/**
 * Variance functions inside a traced log density: with a nonlinear mean and no residual correlation the rows are independent given the random
 * effects, so that their density with sd σ·g(ψ) serves Laplace's approximation, quadrature and posteriors.
 */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { dataColumn } from "../data/design.ts";
import type { ResidualData, VariancePart } from "../residual/residual-data.ts";

/** log|v| where v is 0: every power of it that matters is then 0. */
const LOG_OF_ZERO = -1e4;

// names that no column of a table is likely to have
const covariateName = (k: number) => dataColumn(` variance ${k}`);
const stratumName = (k: number, s: number) => dataColumn(` variance ${k} stratum ${s}`);

/** What a function reads of its covariate: its logarithm where it takes powers, log g where nothing is estimated. */
function covariateOf({ kind, covariate }: VariancePart): Float64Array | null {
  if (covariate === null) return null;
  switch (kind) {
    case "varFixed":
      return covariate.map((v) => 0.5 * Math.log(v));
    case "varPower":
    case "varConstPower":
      return covariate.map((v) => (v === 0 ? LOG_OF_ZERO : Math.log(Math.abs(v))));
    default:
      return covariate;
  }
}

/** Whether the structure is one of variances alone, of covariates that do not change with the fit. */
export const hasTracedVariance = ({ variance, correlation }: ResidualData): boolean =>
  correlation === null && variance.every(({ fitted }) => !fitted);

/** The data columns that the traced functions read, by the names of `tracedVarianceNames`. */
export function tracedVarianceColumns({ n, variance }: ResidualData): Record<string, Float64Array> {
  const columns: Record<string, Float64Array> = {};
  variance.forEach((part, k) => {
    const covariate = covariateOf(part);
    if (covariate) columns[covariateName(k)] = covariate;
    if (part.strata.length > 1)
      part.strata.forEach((_, s) => {
        columns[stratumName(k, s)] = Float64Array.from({ length: n }, (_, i) => (part.stratum[i] === s ? 1 : 0));
      });
  });
  return columns;
}

/** The names of those columns. */
export const tracedVarianceNames = ({ variance }: ResidualData): ReturnType<typeof dataColumn>[] =>
  variance.flatMap(({ covariate, strata }, k) => [
    ...(covariate ? [covariateName(k)] : []),
    ...(strata.length > 1 ? strata.map((_, s) => stratumName(k, s)) : []),
  ]);

type Tensors = Readonly<Record<string, Tensor>>;

/** log g of the k-th function, from the tensors of a row. */
function logSdOf(ops: Operations, part: VariancePart, k: number, parameter: Tensors, column: Tensors): Tensor {
  const { kind, strata, parameters } = part;
  // the value of a slot in the row's stratum
  const value = (slot: number): Tensor => {
    const of = (s: number): Tensor => {
      const one = parameters.find((candidate) => candidate.slot === slot && candidate.stratum === s);
      // the first level of varIdent has no parameter
      if (!one) return ops.constant(1);
      return one.held === null ? parameter[one.name]! : ops.constant(one.held);
    };
    if (strata.length === 1) return of(0);
    return strata.map((_, s) => ops.mul(column[stratumName(k, s)]!, of(s))).reduce((a, b) => ops.add(a, b));
  };
  const covariate = column[covariateName(k)];
  switch (kind) {
    case "varFixed":
      return covariate!;
    case "varIdent":
      return ops.log(value(0));
    case "varPower":
    case "varExp":
      return ops.mul(value(0), covariate!);
    case "varConstPower":
      return ops.log(ops.add(value(0), ops.exp(ops.mul(value(1), covariate!))));
    case "varConstProp":
      return ops.mul(0.5, ops.log(ops.add(ops.square(value(0)), ops.square(ops.mul(value(1), covariate!)))));
  }
}

/** g of a row, the product of all functions. */
export function tracedSd(ops: Operations, { variance }: ResidualData, parameter: Tensors, column: Tensors): Tensor {
  const logs = variance.map((part, k) => logSdOf(ops, part, k, parameter, column));
  return ops.exp(logs.reduce((a, b) => ops.add(a, b)));
}
