/** Meets the declared priors with the model's parameters: the most specific declaration wins, defaults fill the rest. */

import { boundStructure } from "../covariance/structures.ts";
import { type Design, predictorOfColumn } from "../data/design.ts";
import type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
import {
  constantParameters,
  type DistributionParameter,
  MEAN_COMPONENT,
  parameterOfPredictor,
  sigmaOf,
} from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { isLinearMean } from "../families/of-mean.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import {
  priorOfGiven,
  priorReachesOut,
  priorSupport,
  repeatedPrior,
  shrinkageNonlinear,
  shrinkageNotForOne,
  shrinkageWithoutSlopes,
  unknownPriorTarget,
} from "../messages/priors.ts";
import { defaultCorrelationPrior, defaultFixedPriors, defaultParameterPrior, defaultSdPriors } from "./defaults.ts";
import { describePrior, PRIOR_PARAMETERS, priorParameterIssues } from "./distributions.ts";
import { movedDesign } from "./moved-columns.ts";
import { findPriorOrigin, type PriorOrigin, placesOf } from "./prior-origin.ts";
import type { PriorRow, ResolvedPrior, ResolvedPriors } from "./resolved.ts";
import { type ResolvedShrinkage, SHRINKAGE_PRIORS } from "./shrinkage.ts";

type Support =
  | "line"
  | "threshold"
  | "positive"
  | "unit"
  | "correlation"
  | { readonly lower: number; readonly upper: number };

/** A parameter that can have a prior: its full name, and other names a declaration may use, the most specific first. */
interface Target {
  readonly class: PriorSpec["class"];
  readonly name: string;
  readonly alsoNamed: readonly string[];
  /** How many names next to each other, from the first, say the same: `disp.x` and `sigma.x`. */
  readonly forms: number;
  readonly support: Support;
  readonly fallback: PriorDistribution;
  /** Whether it is a slope of the mean, which a shrinkage prior of its class covers. */
  readonly slope?: boolean;
  /** Whether it is of another parameter than the mean, on a scale of its own, which a prior of the whole class does not mean. */
  readonly apart?: boolean;
}

/** The names under which priors mean a predictor that is not the mean's: its component, and its role; empty for those of the mean. */
function prefixesOf(family: Family, r: number): string[] {
  const { component, name } = parameterOfPredictor(family, r);
  return component === MEAN_COMPONENT ? [] : [...new Set([component, name])];
}

/** A parameter's name and other names of it with each of the predictor's prefixes, then the prefixes themselves. */
function namesWithin(
  prefixes: readonly string[],
  name: string,
  others: readonly string[],
): Pick<Target, "name" | "alsoNamed" | "forms"> {
  if (prefixes.length === 0) return { name, alsoNamed: others, forms: 1 };
  const all = [name, ...others].flatMap((one) => prefixes.map((prefix) => `${prefix}.${one}`));
  return { name: all[0]!, alsoNamed: [...all.slice(1), ...prefixes], forms: prefixes.length };
}

const isShrinkage = ({ name }: PriorDistribution): boolean => SHRINKAGE_PRIORS.includes(name);

const WHOLE_LINE = ["normal", "studentT", "cauchy", "doubleExponential", "logistic"];
const HALF_LINE =
  "halfNormal halfStudentT halfCauchy exponential pcSd gamma lognormal weibull inverseGamma inverseGammaVariance".split(
    " ",
  );

interface SupportRule {
  readonly text: string;
  /** Besides `flat`, and `uniform` within the bounds. */
  readonly names: readonly string[];
  /** Where a uniform prior may lie; null where there is none. */
  readonly bounds: readonly [number, number] | null;
}

const SUPPORTS: Readonly<Record<Extract<Support, string>, SupportRule>> = {
  line: { text: "can be negative", names: WHOLE_LINE, bounds: [-Infinity, Infinity] },
  threshold: { text: "is a threshold", names: WHOLE_LINE, bounds: null },
  positive: { text: "is positive", names: HALF_LINE, bounds: [0, Infinity] },
  unit: { text: "lies between 0 and 1", names: ["beta"], bounds: [0, 1] },
  correlation: { text: "is a correlation matrix", names: ["lkj"], bounds: null },
};

const ruleOf = (support: Support): SupportRule =>
  typeof support === "string"
    ? SUPPORTS[support]
    : {
        text: `lies between ${support.lower} and ${support.upper}`,
        names: [],
        bounds: [support.lower, support.upper],
      };

/** `normal, studentT … or flat`. */
const suggestions = ({ names, bounds }: SupportRule): string =>
  `${[...names, ...(bounds ? ["uniform"] : [])].join(", ")} or flat`;

const KINDS: Readonly<Record<PriorSpec["class"], string>> = {
  fixed: "coefficient",
  sd: "standard deviation of random effects",
  cor: "correlation of random effects",
  sigma: "residual standard deviation",
  threshold: "threshold of an ordered response",
  aux: "family parameter besides sigma",
};

const isApart = (family: Family, r: number): boolean => parameterOfPredictor(family, r).said !== null;

/** Coefficients of predictors other than the mean's are named with their component or role: `disp.(Intercept)`, `sigma.(Intercept)`. */
function fixedTargets(design: Design, family: Family): Target[] {
  return design.predictors.flatMap((predictor, r) => {
    const defaults = defaultFixedPriors(design, family, r);
    const prefixes = prefixesOf(family, r);
    const apart = isApart(family, r);
    return predictor.names.map((name, j): Target => {
      const slope = isLinearMean(predictor) && !(predictor.intercept && j === 0);
      return {
        class: "fixed",
        ...namesWithin(prefixes, name, []),
        support: "line",
        fallback: defaults[j]!,
        slope,
        apart,
      };
    });
  });
}

function sdTargets(design: Design, family: Family): Target[][] {
  return design.random.map((term) => {
    const { given, homogeneous } = boundStructure(term);
    if (given) return [];
    const defaults = defaultSdPriors(design, family, term);
    const ofEffect = (a: number) => {
      const r = predictorOfColumn(term, a);
      const apart = isApart(family, r);
      return { apart, prefixes: apart ? prefixesOf(family, r) : [] };
    };
    if (homogeneous) {
      const fallback = defaults.reduce((widest, prior) =>
        prior.parameters[1]! > widest.parameters[1]! ? prior : widest,
      );
      const { apart, prefixes } = ofEffect(0);
      return [{ class: "sd", ...namesWithin(prefixes, term.group, []), support: "positive", fallback, apart }];
    }
    return (term.within ?? term.names).map((name, a): Target => {
      const { apart, prefixes } = ofEffect(a);
      const own = namesWithin(prefixes, `${term.group}.${name}`, [term.group]);
      return { class: "sd", ...own, support: "positive", fallback: defaults[a]!, apart };
    });
  });
}

function correlationTargets(design: Design, family: Family): (Target | null)[] {
  return design.random.map((term) => {
    const { diagonal, prior } = boundStructure(term);
    if (diagonal || term.q < 2) return null;
    const own = namesWithin(isApart(family, term.predictor) ? prefixesOf(family, term.predictor) : [], term.group, []);
    return { class: "cor", ...own, support: "correlation", fallback: defaultCorrelationPrior(prior!.usualShape) };
  });
}

const supportOf = ({ said, kind }: DistributionParameter): Support => {
  const { support } = said!;
  return kind === "threshold" ? "threshold" : support === "real" || support === "ordered" ? "line" : support;
};

function parameterTargets(design: Design, family: Family): Target[] {
  return constantParameters(family).map((parameter) => ({
    class: parameter.priorClass,
    name: parameter.name,
    alsoNamed: [],
    forms: 1,
    support: supportOf(parameter),
    fallback: defaultParameterPrior(design, family, parameter),
  }));
}

const label = (spec: { class: string; name?: string }): string =>
  spec.name === undefined ? spec.class : `${spec.class}:${spec.name}`;

/** What a prior could be for if the standard deviations were not given, as priors name it. */
function givenTargets({ random }: Design, family: Family): string[] {
  const terms = random.filter(({ sd }) => sd);
  return [
    ...(terms.length > 0 ? ["sd"] : []),
    ...terms.flatMap(({ group, names }) => [`sd:${group}`, ...names.map((name) => `sd:${group}.${name}`)]),
    ...(family.given === "sigma" ? ["sigma"] : []),
  ];
}

/** The name that stands for all that say the same as this one. */
function firstForm(name: string, targets: readonly Target[]): string {
  for (const { name: own, alsoNamed, forms } of targets) {
    const names = [own, ...alsoNamed];
    const at = names.indexOf(name);
    if (at >= 0) return names[at - (at % forms)]!;
  }
  return name;
}

function findIssues(declared: readonly PriorSpec[], targets: readonly Target[], given: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  for (const spec of declared) {
    const ofClass = targets.filter((target) => target.class === spec.class);
    const names = [...new Set(ofClass.flatMap(({ name, alsoNamed }) => [name, ...alsoNamed]))];
    const matched =
      spec.name === undefined
        ? ofClass.filter(({ apart }) => !apart)
        : ofClass.filter((t) => t.name === spec.name || t.alsoNamed.includes(spec.name!));
    if (matched.length === 0)
      issues.push(
        given.includes(label(spec))
          ? priorOfGiven(label(spec), KINDS[spec.class])
          : unknownPriorTarget(spec.class, spec.name, KINDS[spec.class], names),
      );
    issues.push(...priorParameterIssues(spec.distribution));
    const said = label(spec.name === undefined ? spec : { class: spec.class, name: firstForm(spec.name, ofClass) });
    if (seen.has(said)) issues.push(repeatedPrior(label(spec)));
    seen.add(said);
    const { distribution } = spec;
    if (isShrinkage(distribution) && spec.class === "fixed") {
      if (spec.name !== undefined) issues.push(shrinkageNotForOne(describePrior(distribution), label(spec)));
      continue;
    }
    for (const support of new Set(matched.map((target) => target.support))) {
      const rule = ruleOf(support);
      const written = describePrior(distribution);
      if (distribution.name === "flat" || rule.names.includes(distribution.name)) continue;
      if (distribution.name !== "uniform" || !rule.bounds)
        issues.push(priorSupport(label(spec), written, rule.text, suggestions(rule)));
      else if (distribution.parameters[0]! < rule.bounds[0] || distribution.parameters[1]! > rule.bounds[1])
        issues.push(
          priorReachesOut(label(spec), written, rule.text, rule.bounds.join(" and ").replace("Infinity", "above")),
        );
    }
  }
  return issues;
}

function resolveTarget(target: Target, declared: readonly PriorSpec[]): ResolvedPrior {
  const ofClass = declared.filter((spec) => spec.class === target.class);
  const choices = [target.name, ...target.alsoNamed, ...(target.apart ? [] : [undefined])];
  const found = choices
    .map((name) => ofClass.find((spec) => spec.name === name))
    .find((spec) => spec !== undefined && (target.slope || !isShrinkage(spec.distribution)));
  return {
    class: target.class,
    name: target.name,
    distribution: found?.distribution ?? target.fallback,
    source: found ? "declared" : "default",
  };
}

/** The joint prior of the slopes whose own prior it is; none where no shrinkage prior is declared. */
function resolveShrinkage(
  design: Design,
  family: Family,
  declared: readonly PriorSpec[],
  fixed: readonly ResolvedPrior[],
): ResolvedShrinkage | undefined {
  const distribution = declared.find((spec) => spec.class === "fixed" && isShrinkage(spec.distribution))?.distribution;
  if (!distribution) return undefined;
  const coefficients = fixed.flatMap((prior, j) => (isShrinkage(prior.distribution) ? [j] : []));
  if (coefficients.length === 0) {
    const nonlinear = design.predictors.some((predictor) => predictor.nonlinear);
    const issue = nonlinear ? shrinkageNonlinear : shrinkageWithoutSlopes;
    throw new DeclarationError([issue(describePrior(distribution))]);
  }
  const autoscale = distribution.parameters[PRIOR_PARAMETERS[distribution.name].length - 1] === 1;
  return {
    distribution,
    coefficients,
    names: coefficients.map((j) => fixed[j]!.name),
    sigma: autoscale ? (sigmaOf(family)?.constant ?? null) : null,
    rows: design.n,
  };
}

/**
 * One prior for every parameter of the model. A prior for one coefficient goes before a prior for its group, that before one for its
 * class, that before the default (see `defaults.ts`). A prior for a class is for the mean: those of the dispersion are named, `disp.x`, or `disp` for all. The prior of the intercept is on the intercept as declared, the value of the
 * predictor where all columns of X are 0, not at their means, but for default
 * priors of columns far from 0 (`prior-origin.ts`). A shrinkage prior of the class `fixed` is a joint prior of those slopes of the
 * mean that have no prior of their own; all other coefficients keep their defaults.
 *
 * @throws DeclarationError when a prior names a parameter the model does not have, is given twice, or does not suit what it is for
 */
export function resolvePriors(model: {
  readonly design: Design;
  readonly family: Family;
  readonly spec: { readonly priors: readonly PriorSpec[] };
}): ResolvedPriors {
  const { design, family } = model;
  const declared = model.spec.priors;
  const targets = targetsOf(design, family);
  const { fixed, sd, cor, phi } = targets;
  const all = [...fixed, ...sd.flat(), ...cor.filter((target) => target !== null), ...phi];
  const issues = findIssues(declared, all, givenTargets(design, family));
  if (issues.length > 0) throw new DeclarationError(issues);
  const atColumns = resolveTargets(targets, declared);
  const shrinkage = resolveShrinkage(design, family, declared, atColumns.fixed);
  const origin = design.priorOrigin === undefined ? findPriorOrigin(design, atColumns) : design.priorOrigin;
  return {
    ...(origin ? placed(resolveTargets(targetsOf(movedDesign(design, origin), family), declared), origin) : atColumns),
    phiSupport: family.parameters.map(({ support }) => support),
    ...(shrinkage && { shrinkage }),
    ...(origin && { origin }),
  };
}

/** The priors with the places said where those are that moved. */
function placed(
  { fixed, sd, cor, phi }: ReturnType<typeof resolveTargets>,
  { coefficients, terms }: PriorOrigin,
): ReturnType<typeof resolveTargets> {
  const at = (prior: ResolvedPrior, place: string): ResolvedPrior => (place === "" ? prior : { ...prior, at: place });
  const places = coefficients.flatMap(({ moves, size }) => Array.from({ length: size }, (_, j) => placesOf(moves, j)));
  return {
    fixed: fixed.map((prior, j) => at(prior, places[j]!)),
    sd: sd.map((term, t) => term.map((prior, a) => at(prior, placesOf(terms[t]!, a)))),
    cor: cor.map((prior, t) => prior && at(prior, placesOf(terms[t]!))),
    phi: phi.map((prior) => (prior.class === "threshold" ? at(prior, placesOf(coefficients[0]!.moves, -1)) : prior)),
  };
}

const targetsOf = (design: Design, family: Family) => ({
  fixed: fixedTargets(design, family),
  sd: sdTargets(design, family),
  cor: correlationTargets(design, family),
  phi: parameterTargets(design, family),
});

function resolveTargets(
  { fixed, sd, cor, phi }: ReturnType<typeof targetsOf>,
  declared: readonly PriorSpec[],
): Pick<ResolvedPriors, "fixed" | "sd" | "cor" | "phi"> {
  const resolve = (target: Target) => resolveTarget(target, declared);
  return {
    fixed: fixed.map(resolve),
    sd: sd.map((term) => term.map(resolve)),
    cor: cor.map((target) => target && resolve(target)),
    phi: phi.map(resolve),
  };
}

/** The priors as rows to print; defaults are rounded to four digits in the text. */
export function priorTable(priors: ResolvedPriors): PriorRow[] {
  const all = [...priors.fixed, ...priors.sd.flat(), ...priors.cor.filter((prior) => prior !== null), ...priors.phi];
  return all.map(({ class: priorClass, name, distribution, source, at }) => ({
    class: priorClass,
    name,
    prior: `${describePrior(distribution, source === "default" ? 4 : undefined)}${at ? ` at ${at}` : ""}`,
    source,
  }));
}
