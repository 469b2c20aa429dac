/** Central differences of a log density along every coordinate, for tests of gradients. */
import type { LogDensity } from "../../src/samplers/log-density.ts";

/** Largest error of the analytic gradient relative to max(1, |gradient|), by a five-point difference. */
export function gradientError(density: LogDensity, z: Float64Array, h = 1e-3): number {
  const analytic = new Float64Array(density.dim);
  density.evaluate(z, analytic);
  const scratch = new Float64Array(density.dim);
  const point = z.slice();
  const at = (i: number, value: number) => {
    point[i] = value;
    return density.evaluate(point, scratch);
  };
  let worst = 0;
  for (let i = 0; i < density.dim; i++) {
    const c = z[i]!;
    const numeric = (8 * (at(i, c + h) - at(i, c - h)) - (at(i, c + 2 * h) - at(i, c - 2 * h))) / (12 * h);
    point[i] = c;
    worst = Math.max(worst, Math.abs(numeric - analytic[i]!) / Math.max(1, Math.abs(analytic[i]!)));
  }
  return worst;
}
