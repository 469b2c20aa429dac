/** The declaration as a statement of its likelihood. */
import { structureOf } from "../covariance/structures.ts";
import { DISPERSION, dispersionOf, type Parametrised, parameterNamed } from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { isMeans } from "../families/of-mean.ts";
import { familyByName, familyNames } from "../families/registry.ts";
import { notAFamily } from "../messages/declaration.ts";
import { refusal } from "../messages/issue.ts";
import { deparse, groupName, quoteName, termLabel } from "./deparse.ts";
import { sdText } from "./given-sds.ts";
import type { ModelSpec, PredictorSpec, PriorSpec, RandomTermSpec } from "./model-spec.ts";
import { hasNoResidual } from "./no-residual.ts";
import { responseText } from "./print-formula.ts";
import { requireSpec } from "./require-spec.ts";
import { correlationText, varianceText } from "./residual-text.ts";

/** What of a family is stated; the rest of its record is not read. */
export type DescribedFamily = Pick<Family, "name" | "link" | "normal" | "notation" | "forCategories" | "categories"> &
  Parametrised;

/** Greek letters by which the statements of distributions write parameters. */
const SYMBOLS: Readonly<Record<string, string>> = { sigma: "σ", theta: "θ", alpha: "α", phi: "φ" };

/** The parameter that a role means: the dispersion whatever its name. */
const parameterMeant = (family: DescribedFamily, role: string) =>
  role === DISPERSION ? dispersionOf(family) : parameterNamed(family, role);

/** The left of a parameter's predictor: `log(σ_i)`; the family's dispersion by its own name. */
function parameterSide(family: DescribedFamily | null, role: string): string {
  const parameter = family && parameterMeant(family, role);
  const link = parameter?.link;
  return parameter && link ? withLink(link.name, `${SYMBOLS[parameter.name] ?? parameter.name}_i`) : `η[${role}]_i`;
}

/** The parameters that have predictors, so that they differ from row to row. */
const predictedNames = (spec: ModelSpec, family: DescribedFamily | null): string[] =>
  spec.predictors.slice(1).flatMap(({ role }) => {
    if (role !== DISPERSION) return [role];
    return (family && dispersionOf(family)?.name) ?? [];
  });

/** The family that a declaration names, where it is known; its link is then the one it is fitted with. */
function familyOf({ family: { name, link } }: ModelSpec): DescribedFamily | null {
  return familyNames().includes(name) ? familyByName(name, link) : null;
}

/** Distribution of y_i: symbol of the mean and the statement. */
function distribution(
  spec: ModelSpec,
  family: DescribedFamily | null,
  trials: string,
): { readonly mean: string; readonly statement: string } {
  const { name } = spec.family;
  const predicted = predictedNames(spec, family);
  if (family?.normal && spec.knownVariance)
    return { mean: "μ_i", statement: `N(μ_i, ${subscript(deparse(spec.knownVariance))})` };
  if (family?.normal) {
    const weights = spec.weights === null ? "" : ` / ${quoteName(spec.weights)}_i`;
    if (hasNoResidual(spec, family)) return { mean: "μ_i", statement: "N(μ_i, 0)" };
    const sigma = predicted.includes("sigma") ? "σ_i" : "σ";
    return { mean: "μ_i", statement: `N(μ_i, ${spec.sigma === undefined ? sigma : spec.sigma}²${weights})` };
  }
  if (family?.notation) {
    const own = family.notation.statement(trials);
    const statement = predicted.reduce((text, parameter) => {
      const symbol = SYMBOLS[parameter] ?? parameter;
      return text.replaceAll(new RegExp(`(?<!\\p{L})${symbol}(?!\\p{L})`, "gu"), `${symbol}_i`);
    }, own);
    return { mean: family.notation.mean, statement };
  }
  const parameters = family
    ? family.parameters.map(({ name: own }) => (predicted.includes(own) ? `${own}_i` : own))
    : ["…"];
  return {
    mean: "μ_i",
    statement: `${name[0]!.toUpperCase()}${name.slice(1)}(${["μ_i", ...parameters].join(", ")})${trials === "1" ? "" : ` of ${trials} trials`}`,
  };
}

const subscript = (text: string) => (/^[\p{L}\p{N}._]+$/u.test(text) ? `${text}_i` : `(${text})_i`);

const withLink = (link: string, mean: string): string => (link === "identity" ? mean : `${link}(${mean})`);

function effects(term: RandomTermSpec, label: string): string {
  const names = term.terms.map((inner) => subscript(termLabel(inner)));
  const one = !term.intercept || names.length === 0 ? [] : ["1"];
  if (names.length === 0) return label;
  return [...one, ...names].length === 1 ? `${names[0]} ${label}` : `(${[...one, ...names].join(", ")}) · ${label}`;
}

function linearPredictor(predictor: PredictorSpec, labels: readonly string[], letter = "β"): string {
  const parts = [
    ...(predictor.intercept ? [`${letter}₀`] : []),
    ...predictor.terms.map((term) => `${letter}[${termLabel(term)}] · ${subscript(termLabel(term))}`),
    ...predictor.offsets.map((offset) => subscript(deparse(offset))),
    ...predictor.random.map((term, t) => effects(term, labels[t]!)),
  ];
  return parts.length === 0 ? "0" : parts.join(" + ");
}

/** Symbols of the random effects, told apart by a number where a group has several terms. */
function effectLabels(random: readonly RandomTermSpec[]): string[] {
  return random.map((term, t) => {
    const name = groupName(term);
    const earlier = random.slice(0, t).filter((other) => groupName(other) === name).length;
    return `b_${name}[i]${earlier > 0 ? `,${earlier + 1}` : ""}`;
  });
}

function priorLine(prior: PriorSpec): string {
  const target = prior.name === undefined ? prior.class : `${prior.class}:${prior.name}`;
  return `prior ${target} ~ ${prior.distribution.name}(${prior.distribution.parameters.join(", ")})`;
}

/**
 * States the likelihood: the distribution of a row, its linear predictor, the distribution of the random effects, the priors.
 *
 * @param given the family's record; by default the one known by the name that is declared. Of an unknown one only the name is stated.
 * @example
 * describe(specOf("incidence | trials(size) ~ period + (1 | herd)", binomial()));
 * // incidence_i ~ Binomial(size_i, p_i)
 * // logit(p_i) = β₀ + β[period] · period_i + b_herd[i]
 * // b_herd ~ N(0, σ²_herd)
 */
export function describe(spec: ModelSpec, given?: DescribedFamily | null): string {
  requireSpec(spec, "describe()");
  if (given !== undefined && given !== null && !(typeof given.name === "string" && Array.isArray(given.parameters)))
    throw refusal("bad-family", ["describe()"], notAFamily("describe()"));
  const family = given === undefined ? familyOf(spec) : given;
  const { response } = spec;
  const trials =
    response?.kind === "trials"
      ? response.trials.kind === "number"
        ? deparse(response.trials)
        : subscript(deparse(response.trials))
      : response?.kind === "successesFailures"
        ? `${subscript(deparse(response.successes))} + ${subscript(deparse(response.failures))}`
        : "1";
  const name =
    response === null
      ? "(no response yet)"
      : subscript(
          response.kind === "single"
            ? responseText(response)
            : deparse(response.kind === "trials" ? response.expression : response.successes),
        );
  const { mean, statement } = distribution(spec, family, trials);
  const known = spec.nonlinear ? (spec.family.link ?? family?.link) : (family?.link ?? spec.family.link);
  const link = known === undefined || known === "custom" ? "g" : known;
  const lines = [`${name} ~ ${statement}`];
  if (spec.nonlinear) lines.push(`${withLink(link, mean)} = ${deparse(spec.nonlinear.expression)}`);
  /** By name that terms share the effects of all of them. */
  const shared = new Map<string, string[]>();
  const ofCurve = (p: number) => p < (spec.nonlinear?.parameters.length ?? 0);
  spec.predictors.forEach((predictor, p) => {
    if (p > 0 && hasNoResidual(spec, family)) return;
    const earlier = (spec.nonlinear ? [] : spec.predictors.slice(0, p)).flatMap(({ random }) => random);
    const labels = effectLabels([...earlier, ...predictor.random]).slice(earlier.length);
    const left = ofCurve(p)
      ? `${predictor.role}_i`
      : isMeans(p)
        ? withLink(link, mean)
        : parameterSide(family, predictor.role);
    // thresholds take the place of the intercept, and a higher predictor goes with higher categories
    const right =
      family?.forCategories && isMeans(p)
        ? `τ_k − (${linearPredictor({ ...predictor, intercept: false }, labels)})`
        : linearPredictor(predictor, labels, ofCurve(p) || isMeans(p) ? "β" : "γ");
    lines.push(`${left} = ${right}`);
    predictor.random.forEach((term, t) => {
      const label = labels[t]!.replace("[i]", "");
      if (term.id !== undefined) {
        shared.set(term.id, [...(shared.get(term.id) ?? []), label]);
        return;
      }
      const index = label.slice(2);
      const single = Number(term.intercept) + term.terms.length === 1;
      const { sd } = term;
      const variance = sd ? `${sd[0]}²` : `σ²_${index}`;
      const given = sd ? `, sd = ${sdText(sd)}` : "";
      const covariance =
        single && term.intercept ? variance : `Σ_${index}${structureOf(term.covariance).statement}${given}`;
      const across = term.known === undefined ? "" : single && term.intercept ? ` ${term.known}` : ` ⊗ ${term.known}`;
      lines.push(`${label} ~ N(0, ${covariance}${across})`);
    });
  });
  for (const labels of shared.values())
    lines.push(
      labels.length > 1
        ? `(${labels.join("; ")}) ~ N(0, Σ_${labels[0]!.slice(2)})`
        : `${labels[0]} ~ N(0, Σ_${labels[0]!.slice(2)})`,
    );
  if (spec.residual?.variance)
    lines.push(
      `sd(y_i | μ_i) = ${spec.sigma ?? (predictedNames(spec, family).includes("sigma") ? "σ_i" : "σ")} g_i, g = ${varianceText(spec.residual.variance)}`,
    );
  if (spec.residual?.correlation) lines.push(`cor(y | μ) = ${correlationText(spec.residual.correlation)}`);
  if (spec.weights !== null && !family?.normal) lines.push(`precision weights ${quoteName(spec.weights)}`);
  if (spec.frequencyWeights !== null) lines.push(`each row counts ${quoteName(spec.frequencyWeights)} times`);
  return [...lines, ...spec.priors.map(priorLine)].join("\n");
}
