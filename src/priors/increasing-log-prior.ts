/** The log prior density of an increasing sequence of family parameters; thresholds move along with standardised coefficients. */
import type { ChartBlock, PosteriorChart } from "../charts/posterior-chart.ts";
import { scalarPrior } from "./density.ts";
import { orderedLogNormaliser } from "./ordered.ts";
import type { LogPrior } from "./prior-density.ts";
import type { ResolvedPrior } from "./resolved.ts";

/**
 * Log density of τ_k = τ̃_k + m'β̃ with the priors of the user's scale, restricted to increasing ones; the Jacobian of the chart is counted
 * elsewhere.
 *
 * @param block the sequence's block of the chart
 * @param level m, an entry a coefficient; empty where the sequence stays as it is
 */
export function increasingPrior(
  chart: PosteriorChart,
  { naturalOffset }: ChartBlock,
  priors: readonly ResolvedPrior[],
  level: Float64Array,
): LogPrior {
  const scalars = priors.map(({ distribution }) => scalarPrior(distribution));
  const constant = orderedLogNormaliser(priors.map(({ distribution }) => distribution));
  const x = new Float64Array(chart.naturalSize);
  const dx = new Float64Array(chart.naturalSize);
  const p = level.length;
  return {
    evaluate(z, dz) {
      chart.toNatural(z, x);
      let shift = 0;
      for (let j = 0; j < p; j++) shift += level[j]! * x[j]!;
      let sum = constant;
      let total = 0;
      for (let k = 0; k < scalars.length; k++) {
        const tau = x[naturalOffset + k]! + shift;
        sum += scalars[k]!.logDensity(tau);
        total += dx[naturalOffset + k] = scalars[k]!.derivative(tau);
      }
      for (let j = 0; j < p; j++) dx[j] = level[j]! * total;
      chart.pullback(z, dx, dz);
      return sum;
    },
  };
}
