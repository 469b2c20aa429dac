/** What one transition of a Hamiltonian sampler reports, and the signature all of them share. */
import type { Rng } from "../random/rng.ts";
import type { PhasePoint } from "./leapfrog.ts";
import type { Metric } from "./metric.ts";

/** Overwritten by every transition. */
export interface TransitionInfo {
  /** Mean Metropolis acceptance probability along the trajectory. */
  acceptance: number;
  /** Doublings of the trajectory (NUTS); 0 for static HMC. */
  treeDepth: number;
  /** Leapfrog steps = gradients. */
  gradients: number;
  /** Whether the energy error exceeded 1000. */
  divergent: boolean;
  /** Energy of the accepted point (with the momentum it was reached with). */
  energy: number;
}

export interface Transition {
  readonly info: TransitionInfo;
  /** Moves `current` (q, gradient, logDensity; p is overwritten) to the next draw. */
  step(current: PhasePoint, metric: Metric, stepSize: number, rng: Rng): void;
}

/** An energy error above this counts as a divergence. */
export const DIVERGENCE_THRESHOLD = 1000;
