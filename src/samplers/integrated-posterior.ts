/** The posterior of the parameters with the random effects integrated out: log prior(z) + log L(x(z)). */
import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { foldCoordinates } from "../covariance/term-transform.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { LogPrior } from "../priors/prior-density.ts";
import { copyVector } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";

/** Normalised when no prior is flat: its integral over z is the evidence. */
export function integratedPosterior(marginal: MarginalLikelihood, chart: PosteriorChart, prior: LogPrior): LogDensity {
  const dim = chart.size;
  // The chart keeps views of the arrays it is given: these, always the same ones.
  const point = new Float64Array(dim);
  const slope = new Float64Array(dim);
  const x = new Float64Array(chart.naturalSize);
  const dx = new Float64Array(chart.naturalSize);
  const flipped: boolean[] = [];
  return {
    dim,
    fold(z, gradient) {
      for (const { chart: term, offset } of chart.terms) foldCoordinates(term, z, gradient, offset, flipped);
    },
    evaluate(z, gradient) {
      copyVector(z, point);
      chart.toNatural(point, x);
      const logLik = marginal.evaluate(x, dx);
      if (!Number.isFinite(logLik)) {
        gradient.fill(0);
        return -Infinity;
      }
      for (let i = 0; i < dim; i++) slope[i] = 0;
      const value = logLik + prior.evaluate(point, slope);
      chart.pullback(point, dx, slope);
      copyVector(slope, gradient);
      return Number.isFinite(value) ? value : -Infinity;
    },
  };
}
