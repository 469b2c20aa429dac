/** Hamiltonian Monte Carlo with trajectories of fixed length (Duane et al. 1987; Neal 2011). */
import { copyPoint, energy, leapfrog, phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import type { Transition, TransitionInfo } from "./transition.ts";
import { DIVERGENCE_THRESHOLD } from "./transition.ts";

/** Trajectories are as many steps as given, or as long as given in units of the metric (π/2 decorrelates a normal target). */
export type TrajectoryLength = { readonly steps: number } | { readonly length: number };

/** Most steps of one trajectory of given length. */
const MOST_STEPS = 1024;

/** The step size is varied by ±10 % a transition, so that no trajectory is caught in a period of the target (Neal 2011, §3.2). */
export function hmcTransition(density: LogDensity, trajectory: TrajectoryLength): Transition {
  const proposal = phasePoint(density.dim);
  const velocity = new Float64Array(density.dim);
  const info: TransitionInfo = { acceptance: 0, treeDepth: 0, gradients: 0, divergent: false, energy: 0 };
  return {
    info,
    step(current, metric, stepSize, rng) {
      metric.drawMomentum(rng, current.p);
      metric.velocity(current.p, velocity);
      const startEnergy = energy(current, velocity);
      const steps =
        "steps" in trajectory
          ? trajectory.steps
          : Math.min(MOST_STEPS, Math.max(1, Math.round(trajectory.length / stepSize)));
      const epsilon = stepSize * (0.9 + 0.2 * rng.uniform());
      copyPoint(current, proposal);
      info.divergent = false;
      info.gradients = 0;
      let h = startEnergy;
      while (info.gradients < steps && !info.divergent) {
        leapfrog(density, metric, proposal, epsilon, velocity);
        info.gradients++;
        h = energy(proposal, velocity);
        info.divergent = h - startEnergy > DIVERGENCE_THRESHOLD;
      }
      info.acceptance = info.divergent ? 0 : Math.min(1, Math.exp(startEnergy - h));
      const accepted = !info.divergent && rng.uniform() < info.acceptance;
      if (accepted) copyPoint(proposal, current);
      info.energy = accepted ? h : startEnergy;
    },
  };
}
