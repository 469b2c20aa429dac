/** What is said of priors before the chains begin: flat ones, and what is known to make an improper posterior. */
import type { FitWarning } from "../messages/issue.ts";
import { exactResponse, improperDirection, improperPosterior } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { fitsExactly } from "../model/exact-response.ts";
import { degenerateTerms } from "../model/level-responses.ts";
import { distantEffects } from "../model/origin-of-effects.ts";
import { recessionWithin } from "../model/recession.ts";
import type { ResolvedPrior, ResolvedPriors } from "../priors/resolved.ts";
import { distantOrigins, movedPriors } from "./distant-origin.ts";

const isFlat = ({ distribution }: ResolvedPrior): boolean => distribution.name === "flat";

const priorName = ({ class: c, name }: ResolvedPrior): string => `${c}:${name}`;

/** Flat priors of which the data are known to make an improper posterior. */
function improperNames(model: CompiledModel, priors: ResolvedPriors): string[] {
  const { layout } = model;
  const fixed = priors.jointNormal ? [] : priors.fixed;
  const free = [
    ...fixed.flatMap((prior, j) => (isFlat(prior) ? [j] : [])),
    ...priors.phi.flatMap((prior, g) => (isFlat(prior) ? [layout.phi.offset + g] : [])),
  ];
  const infinite = free.length === 0 ? [] : recessionWithin(model, free);
  // a likelihood of one-trial outcomes does not fall as such a standard deviation grows, whatever the coefficients
  const sds = degenerateTerms(model).flatMap(({ term }) =>
    priors.covariances?.[term] ? [] : priors.sd[term]!.filter(isFlat),
  );
  return [
    ...infinite.map((position) =>
      priorName(position < layout.phi.offset ? fixed[position]! : priors.phi[position - layout.phi.offset]!),
    ),
    ...sds.map(priorName),
  ];
}

/** Whether a prior of sigma has a positive density, or more, as it goes to 0. */
const reachesZero = ({ class: priorClass, distribution: { name, parameters } }: ResolvedPrior): boolean => {
  if (priorClass !== "sigma" || name === "lognormal" || name === "inverseGamma") return false;
  const [first] = parameters;
  if (name === "gamma" || name === "weibull") return first! <= 1;
  if (name === "uniform") return first! <= 0;
  return name !== "inverseGammaVariance" || first === 0;
};

/** Flat priors, and what is known to make an improper posterior. */
function improperWarnings(model: CompiledModel, priors: ResolvedPriors): FitWarning[] {
  const names = [...(priors.jointNormal ? [] : priors.fixed), ...priors.sd.flat(), ...priors.phi]
    .filter(isFlat)
    .map(priorName);
  const exact = priors.phi.some(reachesZero) && fitsExactly(model) ? [exactResponse] : [];
  if (names.length === 0) return exact;
  const improper = improperNames(model, priors);
  return [improperPosterior(names), ...(improper.length > 0 ? [improperDirection(improper)] : []), ...exact];
}

export const priorWarnings = (model: CompiledModel, priors: ResolvedPriors): FitWarning[] => [
  ...improperWarnings(model, priors),
  ...distantEffects(model),
  ...distantOrigins(model, priors),
  ...movedPriors(priors),
];
