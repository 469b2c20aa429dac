/** The likelihood of a nonlinear mean without random effects whose rows are correlated: exact, and with the exact gradient. */

import { addTransposedProduct, affineProduct } from "../../linalg/design-product.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { noEffects } from "../effects-covariance.ts";
import type { IntegralData } from "../integral-data.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import { correlatedScore } from "./correlated-score.ts";

/** @param kernel of the mean */
export function correlatedFixed(data: IntegralData, kernel: ObservationKernel): MarginalLikelihood {
  const { n, layout, predictors } = data;
  const rows = correlatedScore(data, kernel);
  const phi = new Float64Array(layout.phi.size);
  const trace = { evaluations: 0, gradients: 0, innerIterations: 0, failures: 0 };
  return {
    layout,
    method: { kind: "exact", nodes: 1 },
    trace,
    evaluate(x, gradient) {
      trace.evaluations++;
      if (gradient) trace.gradients++;
      for (let g = 0; g < phi.length; g++) phi[g] = x[layout.phi.offset + g]!;
      rows.setParameters(phi);
      predictors.forEach(({ X, offset }, r) => {
        const { offset: first, size } = layout.beta[r]!;
        affineProduct(X, n, size, x, first, offset, rows.eta[r]!);
      });
      const value = rows.score(0, n);
      gradient?.fill(0);
      if (!(Math.abs(value) < Infinity)) {
        trace.failures++;
        return Number.NEGATIVE_INFINITY;
      }
      if (!gradient) return value;
      predictors.forEach(({ X }, r) => {
        const { offset: first, size } = layout.beta[r]!;
        addTransposedProduct(X, n, size, rows.d1[r]!, gradient, first);
      });
      for (let g = 0; g < phi.length; g++) gradient[layout.phi.offset + g] = rows.dPhi[g]!;
      return value;
    },
    conditionalModes: () => ({ modes: [], covariances: [] }),
    effectsCovariance: () => noEffects,
    drawRandomEffects() {},
  };
}
