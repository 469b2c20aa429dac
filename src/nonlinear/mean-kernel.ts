/**
 * The nonlinear mean as a kernel, for rows that are correlated: those have no log density one by one, but their joint one needs no more of the
 * model than f and its derivatives. The traced "log density" is m·f with one predictor m more than the mean has parameters: at m = 1 its
 * derivative in m is f itself, and its others are those of f to third order.
 */
import type { Family } from "../families/family.ts";

const made = new WeakMap<Family, Family>();

/**
 * The family whose kernel is that of the mean, the same record for the same nonlinear family.
 *
 * @param family made by `nonlinearFamily`
 */
export function meanAsDensity(family: Family): Family {
  const { parameters, columns, value } = family.curve!;
  let known = made.get(family);
  if (!known) {
    const { variance: _, cdf: __, classOf: ___, classes: ____, ...rest } = family;
    known = Object.freeze({
      ...rest,
      predictors: [...parameters, "multiplier"],
      parameters: [],
      columns,
      logDensity: (ops, row) => ops.mul(row.eta[parameters.length]!, value(ops, row)),
    } satisfies Family);
    made.set(family, known);
  }
  return known;
}
