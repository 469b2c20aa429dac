/**
 * Random slopes along a column that lies far from 0. The standard deviation of the intercepts is that of the levels where the column is 0, so far off that
 * it is many times what the levels differ by among the rows: a prior of the usual size for it holds the slopes' standard deviation down to nothing.
 */
import { predictorOfColumn } from "../data/design.ts";
import type { FitWarning } from "../messages/issue.ts";
import { distantOrigin, priorsMoved } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { placesOf } from "../priors/prior-origin.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";

/** So many standard deviations of the column from 0 on, as years of this century have and ages do not. */
const FAR = 50;

/** A warning for each such column beside intercepts whose standard deviation has a default prior. */
export function distantOrigins({ design }: CompiledModel, priors: ResolvedPriors): FitWarning[] {
  return design.random.flatMap((term, t) => {
    const { names, group, q, Z, sd } = term;
    const intercept = names.indexOf("(Intercept)");
    const prior = priors.sd[t]?.[intercept];
    if (
      intercept < 0 ||
      sd ||
      (priors.origin?.terms[t] ?? []).length > 0 ||
      priors.covariances?.[t] ||
      prior?.source !== "default"
    )
      return [];
    return names.flatMap((name, k) => {
      // effects on another parameter have an intercept of their own
      if (k === intercept || predictorOfColumn(term, k) !== predictorOfColumn(term, intercept)) return [];
      let [mean, square] = [0, 0];
      for (let i = 0; i < design.n; i++) mean += Z[i * q + k]! / design.n;
      for (let i = 0; i < design.n; i++) square += (Z[i * q + k]! - mean) ** 2 / design.n;
      const distance = Math.abs(mean) / Math.sqrt(square);
      return distance > FAR && square > 0 ? [distantOrigin(name, group, distance)] : [];
    });
  });
}

/** What is said of default priors that are stated in the middle of columns far off. */
export function movedPriors({ fixed, sd, cor, phi, origin }: ResolvedPriors): FitWarning[] {
  if (!origin) return [];
  const moves = [...origin.coefficients.flatMap((own) => own.moves), ...origin.terms.flat()];
  const names = [...fixed, ...sd.flat(), ...cor, ...phi].flatMap((prior) =>
    prior?.at ? [prior.class === "fixed" ? prior.name : `${prior.class}:${prior.name}`] : [],
  );
  return names.length > 0 ? [priorsMoved(names, placesOf(moves))] : [];
}
