/** What a model comes to for Gibbs sampling: which augmentation, which priors as blocks take them, or every reason why it does not. */

import { columnsForText, kernelToText } from "../../autodiff/kernel-text.ts";
import { posteriorChart } from "../../charts/posterior-chart.ts";
import { areNested } from "../../data/nested-levels.ts";
import { ofMean } from "../../families/of-mean.ts";
import { isBuiltInRecord } from "../../families/registry.ts";
import { groupTerms } from "../../marginal/gaussian/grouping.ts";
import {
  gibbsFamily,
  gibbsModelPart,
  gibbsPredictors,
  gibbsPrior,
  gibbsReasons,
  improperConjugatePrior,
  probitTooLarge,
  probitWeights,
} from "../../messages/gibbs.ts";
import type { FitWarning, Issue } from "../../messages/issue.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { ordinalConjugate } from "../../messages/ordinal-fits.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { refusedParts } from "../../model/model-parts.ts";
import { standardise } from "../../model/standardise.ts";
import type { ConjugatePrior } from "../../priors/conjugate-prior.ts";
import { describePrior } from "../../priors/distributions.ts";
import { conjugateIssues, effectivePriors } from "../../priors/effective-priors.ts";
import { movedDesign } from "../../priors/moved-columns.ts";
import { type OriginMap, originMap } from "../../priors/origin-map.ts";
import type { ResolvedPrior, ResolvedPriors } from "../../priors/resolved.ts";
import { polyaGammaParts } from "../../random/polya-gamma.ts";
import { startingPoint } from "../starting-point.ts";
import { MIXTURES_OF_NORMALS } from "./coefficient-prior.ts";
import type { Augmentation, CoefficientPrior, CovariancePrior, GibbsData } from "./gibbs-data.ts";
import { MOST_PARTS } from "./negative-binomial-sweep.ts";
import { hasRareOutcomes } from "./rare-outcomes.ts";
import { levelFromThresholds, withIntercept } from "./threshold-level.ts";

/** Most latent normals of a probit model. */
const MOST_LATENT = 1_000_000;

export interface PreparedGibbs {
  readonly data: GibbsData;
  /** `conjugate blocks`, `Pólya-Gamma variables` … */
  readonly description: string;
  readonly reason: string;
  /** The way between the natural parameters of `data` and the user's; null where they are the same. */
  readonly origin: OriginMap | null;
  /** Natural parameters of `data` that chains are started about. */
  readonly start: Float64Array;
  readonly warnings: readonly FitWarning[];
}

interface Choice {
  readonly augmentation: Augmentation;
  readonly description: string;
  readonly reason: string;
}

/** Sum over rows of multiplier × trials and the first row where that is not whole. */
function countTrials({ data }: CompiledModel): {
  readonly total: number;
  readonly broken: number;
  readonly parts: number;
} {
  const { n, columns, multiplier } = data;
  let total = 0;
  let parts = 0;
  let broken = -1;
  for (let i = 0; i < n; i++) {
    const m = multiplier ? multiplier[i]! : 1;
    const trials = m * (columns["trials"]?.[i] ?? 1);
    total += trials;
    parts += polyaGammaParts(trials);
    if (broken < 0 && !(Number.isInteger(trials) && Number.isInteger(m * columns["y"]![i]!))) broken = i;
  }
  return { total, broken, parts: parts / n };
}

/** Sum over rows of their multiplier and the first row where that is not whole. */
const countRows = ({
  data: { n, multiplier },
}: CompiledModel): { readonly total: number; readonly broken: number } => ({
  total: multiplier?.reduce((sum, m) => sum + m, 0) ?? n,
  broken: multiplier?.findIndex((m) => !Number.isInteger(m)) ?? -1,
});

function chooseAugmentation(model: CompiledModel, issues: Issue[]): Choice {
  const { family, data } = model;
  const none: Choice = { augmentation: "gaussian", description: "", reason: "" };
  if (family.predictors.length !== 1 || data.predictors.length !== 1) {
    // those of a nonlinear mean are refused as such
    if (!family.curve)
      issues.push(gibbsPredictors(family.name, Math.max(family.predictors.length, data.predictors.length)));
    return none;
  }
  if (chooseIntegral(model).exact)
    return {
      augmentation: "gaussian",
      description: "coefficients and random effects drawn jointly",
      reason: gibbsReasons.gaussian,
    };
  const metropolis = (reason: string): Choice => ({
    augmentation: "metropolis",
    description: "Gaussian proposals accepted exactly",
    reason,
  });
  // a record made from a built-in one with another density says what is no longer true
  switch (isBuiltInRecord(family) ? family.augmentation : undefined) {
    case "latent-normals": {
      const ordered = family.response === "ordered";
      const { total, broken } = ordered ? countRows(model) : countTrials(model);
      if (broken >= 0) issues.push(probitWeights(model.design.rows[broken]! + 1));
      else if (total > MOST_LATENT) issues.push(probitTooLarge(total, MOST_LATENT));
      const description = "latent normals";
      return ordered
        ? { augmentation: "ordinal-probit", description, reason: gibbsReasons.ordinalProbit }
        : { augmentation: "probit", description, reason: gibbsReasons.probit };
    }
    case "polya-gamma": {
      const ofCounts = family.response === "count";
      const parts = ofCounts ? 0 : countTrials(model).parts;
      if (parts > MOST_PARTS) return metropolis(gibbsReasons.dearPolyaGamma(parts));
      return {
        augmentation: ofCounts ? "negative-binomial" : "polya-gamma",
        description: "Pólya-Gamma variables",
        reason: gibbsReasons.polyaGamma,
      };
    }
    case "gaussian-proposals":
      return metropolis(gibbsReasons.metropolis(`${family.name[0]!.toUpperCase()}${family.name.slice(1)}`));
    default:
      issues.push(gibbsFamily(family.name, family.link));
      return none;
  }
}

const label = ({ class: c, name }: ResolvedPrior): string => `${c}:${name}`;

function coefficientPrior(priors: ResolvedPriors, given: ConjugatePrior | null, issues: Issue[]): CoefficientPrior {
  if (given?.fixed) {
    const { mean, covariance } = given.fixed;
    return { kind: "normal", mean, covariance: covariance.flat() };
  }
  for (const prior of priors.fixed)
    if (!MIXTURES_OF_NORMALS.includes(prior.distribution.name))
      issues.push(
        gibbsPrior(
          label(prior),
          describePrior(prior.distribution, 4),
          "normal, studentT, cauchy, doubleExponential or flat",
        ),
      );
  return { kind: "independent", distributions: priors.fixed.map(({ distribution }) => distribution) };
}

/** With a place for the level of the thresholds, whose prior follows from theirs. */
const withLevel = (prior: CoefficientPrior): CoefficientPrior =>
  prior.kind === "independent"
    ? { kind: "independent", distributions: [{ name: "flat", parameters: [] }, ...prior.distributions] }
    : prior;

function covariancePriors(
  { design }: CompiledModel,
  priors: ResolvedPriors,
  given: ConjugatePrior | null,
  issues: Issue[],
  improper: string[],
): CovariancePrior[] {
  return design.random.map((term, t): CovariancePrior => {
    const own = given?.covariances[t] ?? null;
    const name = `${term.names.join(", ")} | ${term.group}`;
    if (!own) {
      const cor = priors.cor[t];
      const eta = cor && cor.distribution.name === "lkj" ? cor.distribution.parameters[0]! : 1;
      if (cor && cor.distribution.name !== "lkj" && cor.distribution.name !== "flat")
        issues.push(gibbsPrior(label(cor), describePrior(cor.distribution, 4), "lkj or flat"));
      return { kind: "separate", sd: priors.sd[t]!.map(({ distribution }) => distribution), eta };
    }
    if (own.kind === "huang-wand") return { kind: "huang-wand", df: own.df, scales: own.scales };
    if (own.nu <= term.q - 1) improper.push(name);
    const scale = own.V.flat().map((value) => value * own.nu);
    if (own.kind === "inverse-wishart") return { kind: "inverse-wishart", df: own.nu, scale };
    return {
      kind: "expanded",
      df: own.nu,
      scale,
      alphaMean: own.alphaMu,
      alphaCovariance: own.alphaV.flat(),
    };
  });
}

/** Most random effects a factorisation is cheap with. */
const FEW_EFFECTS = 100;
/** Most numbers kept for the sums of cross-products over levels. */
const MOST_PRODUCTS = 4_000_000;

/**
 * Whether sigma and covariances of a Gaussian model are drawn with the effects integrated out. With one grouping factor that gives 1 to 4 times the effective
 * draws a second, most where levels are few or alike; with several it costs more than it gives, but for nested ones, which interweaving moves slowly.
 */
function shouldCollapse({ design, data }: CompiledModel, covariances: readonly CovariancePrior[]): boolean {
  const terms = data.random;
  // given standard deviations may leave nothing to draw without the effects
  const drawn = data.layout.phi.size + data.layout.terms.reduce((sum, { size }) => sum + size, 0);
  if (
    drawn === 0 ||
    terms.length === 0 ||
    terms.some((term) => term.known) ||
    covariances.some(({ kind }) => kind !== "separate")
  )
    return false;
  const { factors, size } = groupTerms(terms, data.layout);
  const groupings = terms.map(({ index, levels }) => ({ index, levels: levels.length }));
  if (factors.length > 1)
    return size <= FEW_EFFECTS && groupings.some((a, s) => groupings.some((b, t) => s < t && areNested(a, b)));
  const { levels, q } = factors[0]!;
  const k = ofMean(design.predictors).names.length + 1;
  return (levels * k * (k + 1) * q * (q + 1)) / 4 <= MOST_PRODUCTS;
}

/**
 * @throws DeclarationError with every reason why Gibbs sampling does not serve the model or its priors
 */
export function prepareGibbs(
  model: CompiledModel,
  priors: ResolvedPriors,
  given: ConjugatePrior | null,
): PreparedGibbs {
  const { layout, design } = model;
  const place = effectivePriors(priors, given).origin;
  const data = place ? movedDesign(model.data, place) : model.data;
  const origin = place ? originMap(place, layout, data.thresholds ?? 0) : null;
  const issues: Issue[] = [];
  const improper: string[] = [];
  issues.push(
    ...refusedParts(model, {
      "residual structure": () => gibbsModelPart("a residual variance function or correlation"),
      "nonlinear mean": () => gibbsModelPart("a nonlinear mean"),
    }),
  );
  if (data.random.some((term) => term.predictors))
    issues.push(gibbsModelPart("random effects shared by several predictors"));
  const { augmentation, description, reason } = chooseAugmentation(model, issues);
  if (given) issues.push(...conjugateIssues(model, given));
  const coefficients = coefficientPrior(priors, given, issues);
  if (augmentation === "ordinal-probit") {
    if (given?.fixed) issues.push(ordinalConjugate());
    for (const prior of priors.phi)
      if (!MIXTURES_OF_NORMALS.includes(prior.distribution.name))
        issues.push(
          gibbsPrior(
            label(prior),
            describePrior(prior.distribution, 4),
            "normal, studentT, cauchy, doubleExponential or flat",
          ),
        );
  }
  const covariances = covariancePriors(model, priors, given, issues, improper);
  if (issues.length > 0) throw new DeclarationError(issues);
  const parameters = effectivePriors(priors, given).phi.map(({ distribution }, g) => {
    if (given?.residual && priors.phi[g]!.class === "sigma")
      return { name: "inverseGammaVariance" as const, parameters: [given.residual.shape, given.residual.scale] };
    return distribution;
  });
  if (given?.residual && given.residual.shape === 0) improper.push("the residual variance");

  const signed = priors.sd.map((term) => term.map(() => true));
  const chart = posteriorChart(layout, signed, priors.phiSupport);
  const standardised = new Float64Array(layout.size);
  const standardisation =
    origin || model.standardisation.triangles.some(Boolean)
      ? standardise(data, { diagonal: true })
      : model.standardisation;
  chart.toNatural(startingPoint(model, { chart, standardisation, origin }, priors), standardised);
  const start = new Float64Array(layout.size);
  standardisation.toOriginal(standardised, start);

  const gaussian = augmentation === "gaussian";
  const warnings = improper.length > 0 ? [improperConjugatePrior(improper)] : [];
  /** With the steps that rare outcomes need. */
  const prepared = (own: GibbsData, from: Float64Array): PreparedGibbs => {
    if (!hasRareOutcomes(own, from)) return { data: own, description, reason, start: from, warnings, origin };
    return {
      origin,
      data: { ...own, rare: true },
      description: `${description}, then Gaussian proposals without them`,
      reason: gibbsReasons.rare(reason),
      start: from,
      warnings,
    };
  };
  const shared = { augmentation, covariances, parameters, supports: priors.phiSupport };
  if (augmentation === "ordinal-probit")
    return prepared(
      {
        ...shared,
        data: withIntercept(data),
        kernel: null,
        coefficients: withLevel(coefficients),
        thresholds: layout.phi.size,
      },
      levelFromThresholds(start, layout.phi.size),
    );
  if (!gaussian)
    return prepared(
      {
        ...shared,
        data: { ...data, columns: columnsForText(model.kernel, data.columns, design.n) },
        kernel: kernelToText(model.kernel),
        coefficients,
      },
      start,
    );
  const collapsed = shouldCollapse(model, covariances);
  return {
    data: { ...shared, data, kernel: null, coefficients, collapsed },
    origin,
    description: collapsed ? `${description}, standard deviations without them` : description,
    reason,
    start,
    warnings,
  };
}
