/** The priors of a model with those of a conjugate prior put in their place. */

import { boundStructure } from "../covariance/structures.ts";
import { sigmaOf } from "../families/distribution-parameters.ts";
import {
  conjugateCoefficients,
  conjugateEffects,
  conjugateNeedsUnstructured,
  conjugateTerms,
  expandedNeedsGibbs,
  expansionEffects,
  improperNeedsGibbs,
  residualOfFamilyWithout,
  residualOfKnownVariances,
} from "../messages/gibbs.ts";
import { conjugateGivenSds, residualOfGivenSigma } from "../messages/given-sds.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { shrinkageBesideJointNormal } from "../messages/priors.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ConjugatePrior, TermPrior } from "./conjugate-prior.ts";
import type { MatrixPrior } from "./covariance-density.ts";
import { describePrior } from "./distributions.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";
import { SHRINKAGE_PRIORS } from "./shrinkage.ts";

function declared(
  { at: _, ...prior }: ResolvedPrior,
  name: ResolvedPrior["distribution"]["name"],
  parameters: readonly number[],
): ResolvedPrior {
  return { ...prior, distribution: { name, parameters }, source: "declared" };
}

const isDiagonal = (rows: readonly (readonly number[])[]): boolean =>
  rows.every((row, i) => row.every((value, j) => i === j || value === 0));

const isCentred = (own: TermPrior & { readonly kind: "expanded" }): boolean => own.alphaMu.every((mean) => mean === 0);

/** The prior of a single standard deviation, where that is what the prior of a covariance comes to. */
function sdPrior(prior: ResolvedPrior, own: TermPrior): ResolvedPrior | null {
  if (own.kind === "huang-wand") return declared(prior, "halfStudentT", [own.df, own.scales[0]!]);
  if (!(own.nu > 0)) return null;
  const variance = own.V[0]![0]!;
  if (own.kind === "inverse-wishart")
    return declared(prior, "inverseGammaVariance", [own.nu / 2, (own.nu * variance) / 2]);
  // |α|√ω with α ~ N(0, A) and ω ~ IG(ν/2, νV/2) is half-t
  return isCentred(own) ? declared(prior, "halfStudentT", [own.nu, Math.sqrt(own.alphaV[0]![0]! * variance)]) : null;
}

/** The priors with those of a conjugate prior that can be written as a prior of one parameter put in. */
export function effectivePriors(priors: ResolvedPriors, given: ConjugatePrior | null): ResolvedPriors {
  if (!given) return priors;
  const { fixed, residual, covariances } = given;
  const { origin } = priors;
  return {
    ...priors,
    // what is given is meant where all columns are 0
    ...(origin && {
      origin: {
        coefficients: origin.coefficients.map(({ size, moves }) => ({ size, moves: fixed ? [] : moves })),
        terms: origin.terms.map((moves, t) => (covariances[t] ? [] : moves)),
      },
    }),
    fixed:
      fixed && isDiagonal(fixed.covariance)
        ? priors.fixed.map((prior, j) =>
            declared(prior, "normal", [fixed.mean[j]!, Math.sqrt(fixed.covariance[j]![j]!)]),
          )
        : priors.fixed,
    sd: priors.sd.map((term, t) => {
      const own = covariances[t];
      if (!own || term.length !== 1) return term;
      return [sdPrior(term[0]!, own) ?? term[0]!];
    }),
    phi:
      residual && residual.shape > 0
        ? priors.phi.map((prior) =>
            prior.class === "sigma" ? declared(prior, "inverseGammaVariance", [residual.shape, residual.scale]) : prior,
          )
        : priors.phi,
  };
}

/** Faults of a conjugate prior that does not fit the model: numbers of coefficients, terms and effects, two priors of the same slopes. */
export function conjugateIssues({ design, family, layout, spec }: CompiledModel, given: ConjugatePrior): Issue[] {
  const issues: Issue[] = [];
  const p = layout.beta.reduce((sum, { size }) => sum + size, 0);
  const names = design.predictors.flatMap((predictor) => predictor.names);
  if (given.fixed && (given.fixed.covariance.length !== p || given.fixed.mean.length !== p))
    issues.push(conjugateCoefficients(given.fixed.covariance.length, names));
  const shrinkage = spec.priors.find(({ distribution }) => SHRINKAGE_PRIORS.includes(distribution.name));
  if (given.fixed && shrinkage) issues.push(shrinkageBesideJointNormal(describePrior(shrinkage.distribution)));
  if (given.covariances.length > design.random.length)
    issues.push(conjugateTerms(given.covariances.length, design.random.length));
  if (given.residual && family.given === "variances") issues.push(residualOfKnownVariances);
  else if (given.residual && family.given === "sigma") issues.push(residualOfGivenSigma);
  else if (given.residual && !sigmaOf(family)) issues.push(residualOfFamilyWithout(family.name));
  design.random.forEach((term, t) => {
    const own = given.covariances[t];
    if (!own) return;
    const name = `${term.names.join(", ")} | ${term.group}`;
    const size = own.kind === "huang-wand" ? own.scales.length : own.V.length;
    if (size !== term.q) issues.push(conjugateEffects(name, size, term.q));
    if (term.sd) issues.push(conjugateGivenSds(name));
    else if (!boundStructure(term).unstructured && term.q > 1)
      issues.push(conjugateNeedsUnstructured(name, term.covariance));
    if (own.kind === "expanded" && (own.alphaMu.length !== size || own.alphaV.length !== size))
      issues.push(expansionEffects(name, size));
  });
  return issues;
}

/**
 * The priors for samplers that follow a gradient: whole matrices where a conjugate prior has them.
 *
 * @throws DeclarationError where the prior does not fit the model, is improper, or is an expanded one without a closed form
 */
export function priorsWithConjugate(
  model: CompiledModel,
  priors: ResolvedPriors,
  given: ConjugatePrior | null,
): ResolvedPriors {
  if (!given) return priors;
  const issues = conjugateIssues(model, given);
  const { fixed, residual } = given;
  const covariances = model.design.random.map((term, t): MatrixPrior | null => {
    const own = given.covariances[t];
    if (!own) return null;
    const name = `the term (${term.names.join(", ")} | ${term.group})`;
    if (own.kind === "expanded" && (term.q > 1 || !isCentred(own))) issues.push(expandedNeedsGibbs(name));
    if (own.kind !== "huang-wand" && !(own.nu > (own.kind === "expanded" ? 0 : term.q - 1)))
      issues.push(improperNeedsGibbs(name, own.nu, term.q - 1));
    if (term.q === 1 || own.kind === "expanded") return null;
    return own.kind === "huang-wand"
      ? { kind: "huang-wand", df: own.df, scales: own.scales }
      : { kind: "inverse-wishart", df: own.nu, scale: own.V.flat().map((value) => value * own.nu) };
  });
  if (residual && !(residual.shape > 0)) issues.push(improperNeedsGibbs("the residual variance", 0, 0));
  if (issues.length > 0) throw new DeclarationError(issues);
  return {
    ...effectivePriors(priors, given),
    ...(covariances.some((own) => own !== null) && { covariances }),
    ...(fixed &&
      !isDiagonal(fixed.covariance) && {
        jointNormal: { mean: fixed.mean, covariance: fixed.covariance.flat() },
      }),
  };
}
