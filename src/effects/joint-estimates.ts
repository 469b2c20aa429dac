/** Several quantities estimated together: with their covariance (maximum likelihood) or as joint draws (posterior). */
import {
  drawsSummary,
  type IntervalScale,
  intervalQuantile,
  type Summary,
  type TailRecord,
  waldSummary,
} from "../prediction/interval.ts";

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
