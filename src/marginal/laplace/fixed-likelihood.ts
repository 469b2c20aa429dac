/** The likelihood of a model without random terms: no integral, Σ ℓ_i and its gradient, through the same interface. */
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { noEffects } from "../effects-covariance.ts";
import type { IntegralData } from "../integral-data.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import { addFixedGradient, orderRows, setFixedPart } from "./ordered-rows.ts";

/**
 * Σ_i w_i ℓ_i(β, φ), exact. Every row is a group of its own.
 *
 * @example fixedLikelihood(data, kernel).evaluate(Float64Array.of(0.3, -1.2))
 */
export function fixedLikelihood(data: IntegralData, kernel: ObservationKernel): MarginalLikelihood {
  const { layout, n } = data;
  const rows = orderRows(
    data,
    kernel,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  const bound = rows.kernel;
  const trace = { evaluations: 0, gradients: 0, innerIterations: 0, failures: 0 };

  function range(from: number, to: number, gradient: Float64Array | undefined): number {
    const value = gradient ? bound.score(from, to) : bound.value(from, to);
    if (!(Math.abs(value) < Infinity)) {
      trace.failures++;
      gradient?.fill(0);
      return -Infinity;
    }
    if (!gradient) return value;
    gradient.fill(0);
    for (let r = 0; r < rows.K; r++) addFixedGradient(rows, r, bound.d1[r]!, from, to, gradient);
    for (let g = 0; g < rows.globals; g++) gradient[layout.phi.offset + g] = bound.dPhi[g]!;
    return value;
  }

  return {
    layout,
    method: { kind: "exact", nodes: 1 },
    trace,
    evaluate(x, gradient) {
      trace.evaluations++;
      if (gradient) trace.gradients++;
      setFixedPart(rows, x);
      return range(0, n, gradient);
    },
    groups: {
      count: n,
      evaluate(x, values, scores) {
        setFixedPart(rows, x);
        for (let i = 0; i < n; i++)
          values[i] = range(i, i + 1, scores?.subarray(i * layout.size, (i + 1) * layout.size));
      },
    },
    conditionalModes: () => ({ modes: [], covariances: [] }),
    effectsCovariance: () => noEffects,
    drawRandomEffects() {},
  };
}
