/** A first step size: halved or doubled until one leapfrog step is accepted with probability about 0.8 (Hoffman & Gelman 2014, algorithm 4). */
import type { Rng } from "../random/rng.ts";
import type { PhasePoint } from "./leapfrog.ts";
import { copyPoint, energy, leapfrog, phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import type { Metric } from "./metric.ts";

/** Returns the step size and the number of gradients spent on it. */
export function initialStepSize(
  density: LogDensity,
  metric: Metric,
  current: PhasePoint,
  guess: number,
  rng: Rng,
): { readonly stepSize: number; readonly gradients: number } {
  const point = phasePoint(density.dim);
  const velocity = new Float64Array(density.dim);
  let stepSize = guess;
  let direction = 0;
  let gradients = 0;
  while (gradients < 100) {
    copyPoint(current, point);
    metric.drawMomentum(rng, point.p);
    metric.velocity(point.p, velocity);
    const before = energy(point, velocity);
    leapfrog(density, metric, point, stepSize, velocity);
    gradients++;
    const next = before - energy(point, velocity) > Math.log(0.8) ? 1 : -1;
    if (direction !== 0 && next !== direction) break;
    direction = next;
    stepSize *= next > 0 ? 2 : 0.5;
  }
  return { stepSize, gradients };
}
