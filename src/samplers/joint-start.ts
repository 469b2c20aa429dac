/**
 * Where chains of the joint target start: parameters at the mode of the integrated posterior (the joint density has no useful mode: it is
 * highest where standard deviations are wrong), random effects at their conditional modes.
 */
import { fillFactor } from "../model/parameter-layout.ts";
import type { ChainSettings } from "./chain.ts";
import type { Mode } from "./mode.ts";
import type { Target } from "./target-data.ts";

/** @param dim of the joint target */
export function jointStart(
  integrated: Target,
  mode: Mode,
  dim: number,
): { readonly centre: Float64Array; readonly metric: ChainSettings["metric"] } {
  const { chart } = integrated;
  const marginal = integrated.marginal!;
  const centre = new Float64Array(dim);
  const variances = new Float64Array(dim).fill(1);
  centre.set(mode.z);
  for (let i = 0; i < chart.size; i++) variances[i] = mode.covariance[i * chart.size + i]!;
  const x = new Float64Array(chart.naturalSize);
  chart.toNatural(mode.z, x);
  const { modes, covariances } = marginal.conditionalModes(x);
  let offset = chart.size;
  marginal.layout.terms.forEach((term, t) => {
    const { q } = term;
    const factor = new Float64Array(q * q);
    fillFactor(term, x, factor);
    const b = modes[t]!;
    const covariance = covariances[t]!;
    for (let level = 0; level < b.length / q; level++, offset += q)
      // u = Λ⁻¹b by forward substitution; its variance row by row from that of b at first order in the diagonal.
      for (let a = 0; a < q; a++) {
        let sum = b[level * q + a]!;
        for (let c = 0; c < a; c++) sum -= factor[a * q + c]! * centre[offset + c]!;
        const pivot = factor[a * q + a]!;
        const u = sum / pivot;
        const variance = covariance[(level * q + a) * q + a]! / (pivot * pivot);
        // Near a singular Λ the data say nothing of u: leave it at its prior.
        centre[offset + a] = Number.isFinite(u) && Math.abs(u) < 5 ? u : 0;
        variances[offset + a] = variance > 0.01 && variance < 1 ? variance : 1;
      }
  });
  return { centre, metric: { kind: "diagonal", values: variances } };
}
