/** The coefficients of a fit without each part of its rows, by fitting again, variances and all. */
import { ofMean } from "../families/of-mean.ts";
import { fitModelPausably } from "../frequentist/fit-model.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { startingAt } from "../frequentist/method.ts";
import type { RobustClusters } from "../frequentist/robust/clusters.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import { DeclarationError } from "../messages/issue.ts";
import { clusterResampler } from "../model/resample.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { type Deletion, dot } from "./deletion.ts";

/** The coefficients without each unit, fitted again. */
export function* refits(
  fit: MaximumLikelihood,
  units: RobustClusters,
  report: Report,
): Pausable<(Deletion | string | null)[]> {
  const { model } = fit;
  const { offset, size: p } = ofMean(model.layout.beta);
  const count = units.rows.length;
  const resample = clusterResampler(model, units.of, count);
  const { covariance, estimate } = fit;
  const d = model.layout.size;
  const M = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) M[a * p + b] = covariance[(offset + a) * d + offset + b]!;
  const regular = choleskyFactor(M, p);
  const out: (Deletion | string | null)[] = [];
  for (let u = 0; u < count; u++) {
    const picks = Int32Array.from({ length: count - 1 }, (_, k) => (k < u ? k : k + 1));
    try {
      const again = yield* fitModelPausably(resample(picks).model, fit.requested, startingAt(fit.requested, estimate));
      const { code, reason } = again.verdict;
      if (code !== "converged" && code !== "boundary") out.push(reason);
      else {
        const own = again.covariance;
        const x = again.estimate;
        const change = Float64Array.from({ length: p }, (_, a) => estimate[offset + a]! - x[offset + a]!);
        const solved = change.slice();
        if (regular) choleskySolve(M, p, solved);
        out.push({
          change,
          errors: Float64Array.from({ length: p }, (_, a) => Math.sqrt(own[(offset + a) * d + offset + a]!)),
          cooks: regular ? dot(change, solved) / p : Number.NaN,
        });
      }
    } catch (error) {
      // what the rest of the rows cannot fit is told; anything else is a fault of the program
      if (!(error instanceof DeclarationError)) throw error;
      out.push(error.message);
    }
    report("refits", u + 1, count);
    if (pauseDue()) yield;
  }
  return out;
}
