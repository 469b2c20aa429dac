/**
 * The optimiser's coordinates w: those of the standardised natural parameters x̃ = [β̃ | Λ̃ | φ], but φ on an unconstrained
 * scale (log for positive parameters, logit for those in an interval, log gaps for increasing ones). Λ stays raw, so that a variance of 0 and a correlation of
 * ±1 are ordinary points.
 */
import { type ParameterBlock, parameterBlocks } from "../charts/family-parameters.ts";
import type { FamilyParameter } from "../families/family.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Objective } from "../optimise/objective.ts";
import { evaluated } from "../optimise/pausable.ts";

export interface WorkingCoordinates {
  toNatural(w: Float64Array, x: Float64Array): void;
  toWorking(x: Float64Array, w: Float64Array): void;
  /** ∂f/∂w from ∂f/∂x̃: overwrites `out`, which may be it. */
  pullback(w: Float64Array, dx: Float64Array, out: Float64Array): void;
  /** −log-likelihood as a function of w. */
  objective(marginal: Pick<MarginalLikelihood, "evaluate">): Objective;
  /** Covariance of x̃ from that of w at x̃. */
  covarianceToNatural(covariance: Float64Array, x: Float64Array): Float64Array;
}

export function workingCoordinates(
  layout: ParameterLayout,
  parameters: readonly FamilyParameter[],
): WorkingCoordinates {
  const d = layout.size;
  const { offset, size: globals } = layout.phi;
  const blocks = parameterBlocks(parameters.map(({ support }) => support));
  const phi = (vector: Float64Array, { from, chart }: ParameterBlock) =>
    vector.subarray(offset + from, offset + from + chart.size);
  const toNaturalVector = (w: Float64Array, x: Float64Array) => {
    x.set(w);
    for (const block of blocks) block.chart.toNatural(phi(w, block), phi(x, block));
  };
  const toWorkingVector = (x: Float64Array, w: Float64Array) => {
    w.set(x);
    for (const block of blocks) block.chart.toUnconstrained(phi(x, block), phi(w, block));
  };
  const dPhi = new Float64Array(globals);
  const pullback = (w: Float64Array, dx: Float64Array, out: Float64Array) => {
    dPhi.set(dx.subarray(offset, offset + globals));
    if (out !== dx) out.set(dx);
    out.fill(0, offset, offset + globals);
    for (const block of blocks)
      block.chart.pullback(phi(w, block), dPhi.subarray(block.from, block.from + block.chart.size), phi(out, block));
  };
  return {
    toNatural: toNaturalVector,
    toWorking: toWorkingVector,
    pullback,
    objective(marginal) {
      const x = new Float64Array(d);
      return (w, gradient) => {
        toNaturalVector(w, x);
        const value = -marginal.evaluate(x, gradient);
        for (let i = 0; i < d; i++) gradient[i] = -gradient[i]!;
        pullback(w, gradient, gradient);
        evaluated(value);
        return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
      };
    },
    covarianceToNatural(covariance, x) {
      const w = new Float64Array(d);
      toWorkingVector(x, w);
      // rows of the Jacobian ∂φ/∂w are the pullbacks of unit vectors
      const jacobian = new Float64Array(globals * globals);
      for (const block of blocks)
        for (let k = 0; k < block.chart.size; k++) {
          const unit = new Float64Array(block.chart.size);
          unit[k] = 1;
          const start = (block.from + k) * globals + block.from;
          block.chart.pullback(phi(w, block), unit, jacobian.subarray(start, start + block.chart.size));
        }
      const half = covariance.slice();
      const result = covariance.slice();
      for (let g = 0; g < globals; g++)
        for (let j = 0; j < d; j++) {
          let sum = 0;
          for (let k = 0; k < globals; k++) sum += jacobian[g * globals + k]! * covariance[(offset + k) * d + j]!;
          half[(offset + g) * d + j] = sum;
        }
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) result[i * d + j] = half[i * d + j]!;
        for (let g = 0; g < globals; g++) {
          let sum = 0;
          for (let k = 0; k < globals; k++) sum += half[i * d + offset + k]! * jacobian[g * globals + k]!;
          result[i * d + offset + g] = sum;
        }
      }
      return result;
    },
  };
}
