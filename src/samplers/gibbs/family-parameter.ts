/** A family's parameter (theta, shape …) given the linear predictor, by slice sampling on the unconstrained scale. */
import { scalarChart } from "../../charts/scalar.ts";
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import type { ParameterSupport } from "../../families/family.ts";
import { scalarPrior } from "../../priors/density.ts";
import type { Block } from "./block.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";

export function familyParameter(
  state: GibbsState,
  g: number,
  prior: PriorDistribution,
  support: ParameterSupport,
  rows: RowLikelihood,
): Block {
  const { phi } = state;
  const chart = scalarChart(support);
  const { logDensity } = scalarPrior(prior);
  const z = new Float64Array(1);
  const x = new Float64Array(1);
  const density = (value: number) => {
    z[0] = value;
    chart.toNatural(z, x);
    phi[g] = x[0]!;
    rows.setParameters(phi);
    const sum = rows.total() + logDensity(x[0]!) + chart.logJacobian(z);
    return Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum;
  };
  const current = () => {
    x[0] = phi[g]!;
    chart.toUnconstrained(x, z);
    return z[0]!;
  };
  return {
    name: `family parameter ${g + 1}`,
    draw(rng) {
      // The last point evaluated is the new one, so phi and the kernel are there.
      sliceUpdate(rng, current(), 0.8, density);
    },
    logConditional: () => density(current()), // density of the unconstrained coordinate
  };
}
