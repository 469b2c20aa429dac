/** Values and gradients of a Laplace approximation at one joint mode, counted. */
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import type { ModeProblem } from "./newton-mode.ts";

/**
 * `evaluate` and `trace` of a marginal likelihood: −Infinity (and gradient 0) where value or gradient is not finite.
 *
 * @param valueAt the log-likelihood at x, with `mode.u` left at the mode; @param gradientAt fills its gradient there
 */
export function tracedEvaluation(
  mode: ModeProblem,
  valueAt: (x: Float64Array) => number,
  gradientAt: (x: Float64Array, u: Float64Array, gradient: Float64Array) => void,
): Pick<MarginalLikelihood, "evaluate" | "trace"> {
  const trace = {
    evaluations: 0,
    gradients: 0,
    failures: 0,
    get innerIterations() {
      return mode.iterations;
    },
  };
  return {
    trace,
    evaluate(x, gradient) {
      trace.evaluations++;
      if (gradient) trace.gradients++;
      const value = valueAt(x);
      if (Math.abs(value) < Infinity) {
        if (!gradient) return value;
        gradientAt(x, mode.u, gradient);
        if (gradient.every((slope) => Math.abs(slope) < Infinity)) return value;
      }
      trace.failures++;
      gradient?.fill(0);
      return -Infinity;
    },
  };
}
