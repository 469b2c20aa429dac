/**
 * A family around a nonlinear mean: the density of the base family with its linear predictor replaced by η = f(θ₁ … θ_K, columns), so
 * that each parameter θ_r is a predictor with fixed and random effects of its own.
 */

import { compileMean, type MeanKernel } from "../autodiff/compile-mean.ts";
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { dataColumn } from "../data/design.ts";
import { columnsOf, columnsOfMean } from "../dsl/columns-used.ts";
import type { NonlinearMeanSpec } from "../dsl/model-spec.ts";
import { predictorsOfDensity } from "../families/distribution-parameters.ts";
import type { Family, NonlinearCurve, RowTensors } from "../families/family.ts";
import { refusal } from "../messages/issue.ts";
import { oneNonlinearPredictor } from "../messages/nonlinear.ts";
import { tracedExpression } from "./traced-expression.ts";

/** The columns of the table that f reads. */
function columnsOfNonlinearMean(spec: NonlinearMeanSpec): string[] {
  // a column named pi counts as the constant: the table is not known here
  const read = new Set(columnsOf(spec.expression));
  return columnsOfMean({ nonlinear: spec }).filter((name) => read.has(name));
}

/** f, traced from its expression. */
const curveOf = (spec: NonlinearMeanSpec): NonlinearCurve => ({
  parameters: spec.parameters,
  columns: columnsOfNonlinearMean(spec).map(dataColumn),
  value(ops, { eta, column }) {
    const tensor = (name: string): Tensor => {
      const r = spec.parameters.indexOf(name);
      if (r >= 0) return eta[r]!;
      return column[dataColumn(name)] ?? ops.constant(Math.PI);
    };
    const value = tracedExpression(ops, spec.expression, tensor);
    return typeof value === "number" ? ops.constant(value) : value;
  },
});

function makeFamily(base: Family, curve: NonlinearCurve): Family {
  const columns = [...base.columns, ...curve.columns];
  const size = curve.parameters.length;
  // predictors of other parameters than the mean stay as they are
  const inner = (ops: Operations, row: RowTensors): RowTensors => ({
    ...row,
    eta: [curve.value(ops, row), ...row.eta.slice(size)],
  });
  const family: Family = {
    ...base,
    base,
    curve,
    link: "custom",
    predictors: [...curve.parameters, ...base.predictors.slice(1)],
    columns,
    logDensity: (ops, row, rowClass) => base.logDensity(ops, inner(ops, row), rowClass),
    mean: (ops, row) => base.mean(ops, inner(ops, row)),
    ...(base.variance && { variance: (ops: Operations, row: RowTensors) => base.variance!(ops, inner(ops, row)) }),
    simulate(rng, { eta, parameter, column }) {
      const value = new Float64Array(1);
      const points = Object.fromEntries(columns.map((name) => [name, Float64Array.of(column[name] ?? 1)]));
      const at = eta.slice(0, size).map((theta) => Float64Array.of(theta));
      predictorKernel(family).evaluate(at, new Float64Array(0), 1, { value }, points);
      return base.simulate(rng, { eta: [value[0]!, ...eta.slice(size)], parameter, column });
    },
    logConcave: false,
  };
  // a distribution function of the base is one of η, which plain numbers of parameters do not give
  delete (family as { cdf?: unknown }).cdf;
  return Object.freeze(family);
}

const kernels = new WeakMap<Family, MeanKernel>();

/**
 * The curve itself, on the scale of the base family's link, with its derivatives by the parameters; compiled once a family.
 *
 * @param family with a nonlinear mean
 */
export function predictorKernel(family: Family): MeanKernel {
  let kernel = kernels.get(family);
  if (!kernel) {
    const { variance: _, predicted: __, ...rest } = family;
    const { parameters: predictors, value } = family.curve!;
    kernel = compileMean({ ...rest, predictors, parameters: [], mean: value });
    kernels.set(family, kernel);
  }
  return kernel;
}

const made = new WeakMap<Family, Map<string, Family>>();

/**
 * The family of a model with a nonlinear mean; the same record for the same base and mean, so that its kernel is compiled once.
 *
 * @throws DeclarationError for a base whose density reads several predictors
 */
export function nonlinearFamily(base: Family, spec: NonlinearMeanSpec): Family {
  if (predictorsOfDensity(base) !== 1)
    throw refusal("nonlinear-family", ["family", base.name], oneNonlinearPredictor(base.name));
  const known = made.get(base) ?? new Map<string, Family>();
  made.set(base, known);
  const key = JSON.stringify([spec.expression, spec.parameters]);
  const family = known.get(key) ?? makeFamily(base, curveOf(spec));
  known.set(key, family);
  return family;
}
