/** Where the intervals of an estimator come from, by the name of the method. */
import { pointOf, type Source, type SourceOptions, sourceOf } from "../estimates/sources.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { Profilers } from "../frequentist/profile/profiler.ts";
import { DeclarationError } from "../messages/issue.ts";
import { intervalNotOf } from "../messages/profile.ts";
import type { Fit } from "../model/fit.ts";

/** `wald`: by the delta method. `profile`: by the profile likelihood of each quantity. `posterior`: quantiles of the draws. */
export const sourceMethods = ["wald", "profile", "posterior"] as const;

export type SourceMethod = (typeof sourceMethods)[number];

/** @throws DeclarationError where the kind of fit has no such intervals */
export function intervalSource(fit: Fit, method: SourceMethod | undefined, options: SourceOptions): Source {
  const own = fit.kind === "posterior" ? "posterior" : "wald";
  if (method === undefined || method === own) return sourceOf(fit, options);
  if (method !== "profile" || !(fit instanceof MaximumLikelihood))
    throw new DeclarationError([intervalNotOf(method, fit.method)]);
  const profilers = new Profilers(fit);
  return {
    kind: "profile",
    point: pointOf(fit, options),
    interval(estimator, k, confLevel) {
      const profiler = profilers.forEstimator(estimator, k);
      return profiler.interval(profiler.ofEstimator(estimator, k, `quantity ${k + 1}`), confLevel);
    },
    warnings: () => profilers.warnings(),
  };
}
