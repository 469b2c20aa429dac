/** Normal families with a residual standard deviation that is no parameter: from family to family, so that nothing else knows of it. */
import type { Operations } from "../autodiff/operations.ts";
import type { Family, GivenResidual, RowNumbers, RowTensors } from "./family.ts";

function hold(base: Family, sigma: number, given: GivenResidual): Family {
  // a normal family has no other parameter
  const held = { sigma };
  const traced = (ops: Operations, { eta, column }: RowTensors): RowTensors => ({
    eta,
    parameter: { sigma: ops.constant(sigma) },
    column,
  });
  const numbers = ({ eta, column }: RowNumbers): RowNumbers => ({ eta, parameter: held, column });
  const { variance, cdf } = base;
  return Object.freeze({
    ...base,
    base,
    parameters: base.parameters.filter(({ name }) => name !== "sigma"),
    sigma,
    given,
    logDensity: (ops, row, rowClass) => base.logDensity(ops, traced(ops, row), rowClass),
    mean: (ops, row) => base.mean(ops, traced(ops, row)),
    ...(variance && { variance: (ops: Operations, row: RowTensors) => variance(ops, traced(ops, row)) }),
    simulate: (rng, row) => base.simulate(rng, numbers(row)),
    ...(cdf && { cdf: (y: number, row: RowNumbers) => cdf(y, numbers(row)) }),
  } satisfies Family);
}

/** The same record for the same base, so that its kernel is compiled once. */
const ofVariances = new WeakMap<Family, Family>();

/** The normal family with its standard deviation held: a row's variance is sigma²/w, w its precision weight. */
export const givenSigma = (base: Family, sigma: number): Family => hold(base, sigma, "sigma");

/** The normal family of rows with known variances, σ = 1: the weights of the rows are their precisions (meta-analysis). */
export function knownVariances(base: Family): Family {
  const family = ofVariances.get(base) ?? hold(base, 1, "variances");
  ofVariances.set(base, family);
  return family;
}

/** The normal family without a residual: random effects stand for it. @param sigma next to nothing */
export const withoutResidual = (base: Family, sigma: number): Family => hold(base, sigma, "effects");

/** The residual standard deviation as far as the declaration gives it; null where it is estimated, or differs from row to row. */
export const declaredSigma = ({ sigma, given }: Pick<Family, "sigma" | "given">): number | null =>
  given === "sigma" ? sigma! : null;
