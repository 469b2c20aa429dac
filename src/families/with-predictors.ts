/**
 * A family some of whose parameters have linear predictors of their own: from family to family, so that nothing else knows of it. Row by row
 * the parameter is the inverse link of its predictor.
 */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import type { Family, RowNumbers, RowTensors } from "./family.ts";
import { type LinkOfParameter, linkOfParameter } from "./parameter-link.ts";

function compose(base: Family, names: readonly string[]): Family {
  const predicted = names.map((name) => base.parameters.find((parameter) => parameter.name === name)!);
  const links = predicted.map((parameter): LinkOfParameter => linkOfParameter(parameter)!);
  const own = base.predictors.length;
  const traced = (ops: Operations, { eta, parameter, column }: RowTensors): RowTensors => {
    const added: Record<string, Tensor> = {};
    links.forEach((link, k) => {
      added[names[k]!] = link.traced(ops, eta[own + k]!);
    });
    return { eta: eta.slice(0, own), parameter: { ...parameter, ...added }, column };
  };
  const numbers = ({ eta, parameter, column }: RowNumbers): RowNumbers => {
    const added: Record<string, number> = {};
    links.forEach((link, k) => {
      added[names[k]!] = link.inverse(eta[own + k]!);
    });
    return { eta: eta.slice(0, own), parameter: { ...parameter, ...added }, column };
  };
  const { limit: _, unitDeviance, variance, cdf, ...rest } = base;
  return Object.freeze({
    ...rest,
    base,
    predictors: [...base.predictors, ...names],
    parameters: base.parameters.filter(({ name }) => !names.includes(name)),
    predicted: [...(base.predicted ?? []), ...predicted],
    logDensity: (ops, row, rowClass) => base.logDensity(ops, traced(ops, row), rowClass),
    mean: (ops, row) => base.mean(ops, traced(ops, row)),
    ...(variance && { variance: (ops: Operations, row: RowTensors) => variance(ops, traced(ops, row)) }),
    ...(unitDeviance && {
      unitDeviance: (y: number, mu: number, row: RowNumbers) => unitDeviance(y, mu, numbers(row)),
    }),
    simulate: (rng, row) => base.simulate(rng, numbers(row)),
    ...(cdf && { cdf: (y: number, row: RowNumbers) => cdf(y, numbers(row)) }),
    // a density is concave in one predictor at a time at best
    logConcave: false,
  } satisfies Family);
}

const composed = new WeakMap<Family, Map<string, Family>>();

/**
 * The family with linear predictors for these of its parameters, in this order after its own; the same record for the same base and names, so that
 * its kernel is compiled once. Its parameters are those that are left. What it becomes at the end of a parameter's range it no longer says.
 *
 * @param names of parameters that can have a predictor (`predictableParameters`)
 * @example withPredictors(nbinom2(), ["theta"]).predictors; // ["mu", "theta"]
 */
export function withPredictors(base: Family, names: readonly string[]): Family {
  if (names.length === 0) return base;
  const known = composed.get(base) ?? new Map<string, Family>();
  composed.set(base, known);
  const key = JSON.stringify(names);
  const family = known.get(key) ?? compose(base, names);
  known.set(key, family);
  return family;
}
