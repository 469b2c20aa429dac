/**
 * The prior of thresholds τ_k = κ_k − α, independent but for their order, as a normal prior of the intercept α given κ: mixtures of normals
 * have mixing variables, drawn by a block of their own.
 */
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import type { Block } from "./block.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import { drawMixing, locationScale, mixingLogDensity } from "./coefficient-prior.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

export interface ThresholdPrior {
  /** Precision of each τ_k given the mixing variables, 0 where flat, and its mean. */
  readonly precision: Float64Array;
  readonly mean: Float64Array;
  /** The mixing variables; 1 where the prior is no mixture. */
  readonly lambda: Float64Array;
  /** α at the state. */
  level(): number;
  /** Brings the prior of α, and the precisions, up to date with κ and the mixing variables. */
  refresh(): void;
  /** Draws the mixing variables; null where no prior has them. */
  readonly mixing: Block | null;
}

/** @param prior of the coefficients, α the first of them: its entries of α are written by `refresh` */
export function thresholdPrior(
  distributions: readonly PriorDistribution[],
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
): ThresholdPrior {
  const laws = distributions.map(({ name, parameters }) => locationScale(name, parameters));
  const count = laws.length;
  const precision = new Float64Array(count);
  const mean = Float64Array.from(laws, (law) => law?.mean ?? 0);
  const lambda = new Float64Array(count).fill(1);
  const { p, map } = design;
  const kappa = state.phi;

  const level = () => {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += map.toUser[j]! * state.gamma[j]!;
    return sum;
  };
  const refresh = () => {
    let total = 0;
    let shift = 0;
    for (let k = 0; k < count; k++) {
      const law = laws[k];
      precision[k] = law ? lambda[k]! / law.scale ** 2 : 0;
      total += precision[k]!;
      shift += precision[k]! * (kappa[k]! - mean[k]!);
    }
    prior.precision[0] = total;
    prior.shift[0] = shift;
    prior.refresh();
  };
  const mixed = laws.flatMap((law, k) => (law && law.df < Number.POSITIVE_INFINITY ? [{ law, k }] : []));
  const standardised = (k: number, scale: number) => (kappa[k]! - level() - mean[k]!) / scale;
  const mixing: Block = {
    name: "scales of the thresholds' priors",
    saved: { "threshold scales": lambda },
    restored: refresh,
    draw(rng) {
      for (const { law, k } of mixed) lambda[k] = drawMixing(rng, law, standardised(k, law.scale));
      refresh();
    },
    logConditional() {
      let sum = 0;
      for (const { law, k } of mixed) sum += mixingLogDensity(law, lambda[k]!, standardised(k, law.scale));
      return sum;
    },
  };
  refresh();
  return { precision, mean, lambda, level, refresh, mixing: mixed.length > 0 ? mixing : null };
}
