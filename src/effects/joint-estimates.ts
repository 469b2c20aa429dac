/** Several quantities estimated together: with their covariance (maximum likelihood) or as joint draws (posterior). */
import type { PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import {
  drawsSummary,
  type IntervalScale,
  intervalQuantile,
  type Summary,
  type TailRecord,
  waldSummary,
} from "../prediction/interval.ts";
import { quadraticForm } from "../prediction/mode-sensitivity.ts";

export type JointEstimates =
  | {
      readonly kind: "delta";
      readonly count: number;
      readonly estimate: Float64Array;
      /** count × count. */
      readonly covariance: Float64Array;
    }
  | {
      readonly kind: "draws";
      readonly count: number;
      readonly draws: number;
      /** By quantity: its draws, the same draw at the same place in each. */
      readonly values: readonly Float64Array[];
    };

/**
 * Estimates by the delta method.
 *
 * @param gradients of each by the parameters whose covariance is V
 * @param further of two of them the covariance that does not come from those parameters
 */
export function byDeltaMethod(
  estimate: Float64Array,
  gradients: readonly Float64Array[],
  V: Float64Array,
  further?: (a: number, b: number) => number,
): JointEstimates {
  const count = estimate.length;
  const covariance = new Float64Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = 0; b <= a; b++) {
      const shared = quadraticForm(V, gradients[a]!, gradients[b]!);
      covariance[a * count + b] = covariance[b * count + a] = further ? shared + further(a, b) : shared;
    }
  return { kind: "delta", count, estimate, covariance };
}

/** Estimates draw by draw: `evaluate` writes the quantities at the parameters of draw d. */
export function byDraws(
  fit: PosteriorFit,
  count: number,
  evaluate: (x: Float64Array, out: Float64Array, d: number) => void,
): JointEstimates {
  const { chains, drawsPerChain, size, values: parameters } = ownDraws(fit);
  const draws = chains * drawsPerChain;
  const values = Array.from({ length: count }, () => new Float64Array(draws));
  const out = new Float64Array(count);
  for (let d = 0; d < draws; d++) {
    evaluate(parameters.subarray(d * size, (d + 1) * size), out, d);
    for (let k = 0; k < count; k++) values[k]![d] = out[k]!;
  }
  return { kind: "draws", count, draws, values };
}

/** A scale with its derivative. */
export interface DifferentiableScale extends IntervalScale {
  slope(value: number): number;
}

/** Summary of quantity k, its interval formed on `scale` (maximum likelihood) or from quantiles (posterior). @param tails is told of draws without a mean */
export function summarise(
  joint: JointEstimates,
  k: number,
  confLevel: number,
  scale: DifferentiableScale,
  tails: TailRecord,
): Summary {
  if (joint.kind === "draws") return drawsSummary(joint.values[k]!.slice(), confLevel, tails);
  const value = joint.estimate[k]!;
  const se = Math.sqrt(Math.max(0, joint.covariance[k * joint.count + k]!));
  return waldSummary(value, se, intervalQuantile(confLevel), scale, scale.slope(value));
}

/** A function of two of the quantities, as a difference or a ratio. */
export interface PairFunction {
  value(a: number, b: number): number;
  /** ∂/∂a and ∂/∂b. */
  gradient(a: number, b: number): readonly [number, number];
}

/** f(quantity i, quantity j) as an estimate of its own. */
export function pairEstimate(joint: JointEstimates, i: number, j: number, f: PairFunction): JointEstimates {
  if (joint.kind === "draws") {
    const a = joint.values[i]!;
    const b = joint.values[j]!;
    return { kind: "draws", count: 1, draws: joint.draws, values: [a.map((value, d) => f.value(value, b[d]!))] };
  }
  const { estimate, covariance: V, count } = joint;
  const a = estimate[i]!;
  const b = estimate[j]!;
  const [da, db] = f.gradient(a, b);
  const variance = da * da * V[i * count + i]! + 2 * da * db * V[i * count + j]! + db * db * V[j * count + j]!;
  return { kind: "delta", count: 1, estimate: Float64Array.of(f.value(a, b)), covariance: Float64Array.of(variance) };
}
