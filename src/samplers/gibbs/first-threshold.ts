/**
 * The first threshold τ_1 of an ordinal probit given the others, coefficients and effects, the latent normals integrated out. In the coordinates of
 * `threshold-level.ts` it is the level and every distance at once, which moves of one given the other make slowly where the lowest category is rare. A
 * Newton step plus noise, accepted exactly (Gamerman 1997).
 */
import type { Block } from "./block.ts";
import { logIntervalProbability, lowerHazard, upperHazard } from "./interval-probability.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { ThresholdPrior } from "./threshold-prior.ts";

/**
 * @param y categories from 1 on
 * @param counts how often each row counts
 */
export function firstThreshold(
  { n, p, map }: Pick<GibbsDesign, "n" | "p" | "map">,
  state: GibbsState,
  prior: ThresholdPrior,
  y: Float64Array,
  counts: Float64Array,
): Block {
  const { phi, gamma, eta } = state;
  const members = Int32Array.from({ length: n }, (_, i) => i).filter((i) => y[i]! <= 2 && counts[i]! > 0);
  const proposals = { made: 0, accepted: 0 };

  /** Log density, its slope and its information at τ_1 + delta. */
  function evaluate(delta: number): {
    readonly logDensity: number;
    readonly slope: number;
    readonly information: number;
  } {
    const second = phi.length > 1 ? phi[1]! - delta : Number.POSITIVE_INFINITY;
    if (!(second > 0)) return { logDensity: Number.NEGATIVE_INFINITY, slope: 0, information: Number.NaN };
    const residual = -prior.level() + delta - prior.mean[0]!;
    let logDensity = -0.5 * prior.precision[0]! * residual * residual;
    let slope = -prior.precision[0]! * residual;
    let information = prior.precision[0]!;
    for (const i of members) {
      const m = counts[i]!;
      const at = eta[i]! - delta;
      if (y[i] === 1) {
        const hazard = upperHazard(at, Number.NEGATIVE_INFINITY, 0);
        logDensity += m * logIntervalProbability(at, Number.NEGATIVE_INFINITY, 0);
        slope += m * hazard;
        information += m * hazard * (hazard - at);
      } else {
        const hazard = lowerHazard(at, 0, second);
        logDensity += m * logIntervalProbability(at, 0, second);
        slope -= m * hazard;
        information += m * hazard * (hazard + at);
      }
    }
    return { logDensity, slope, information };
  }

  return {
    name: "first threshold",
    proposals,
    draw(rng) {
      proposals.made++;
      const noise = rng.normal();
      const here = evaluate(0);
      if (!(here.information > 0)) return;
      const delta = here.slope / here.information + noise / Math.sqrt(here.information);
      const there = evaluate(delta);
      if (!(there.information > 0)) return;
      const back = delta + there.slope / there.information;
      const ratio =
        there.logDensity -
        here.logDensity +
        0.5 * (Math.log(there.information / here.information) - there.information * back * back + noise * noise);
      if (!(Math.log(rng.uniform()) < ratio)) return;
      proposals.accepted++;
      for (let j = 0; j < p; j++) gamma[j]! -= map.toStandardised[j * p]! * delta;
      for (let k = 1; k < phi.length; k++) phi[k]! -= delta;
      for (let i = 0; i < n; i++) eta[i]! -= delta;
      prior.refresh();
    },
    logConditional: () => evaluate(0).logDensity,
  };
}
