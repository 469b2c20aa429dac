/**
 * The true parameters of a mechanism from what is given: by the names of tables; or the standard deviations of random effects as intraclass correlations
 * (`icc:g`) and ratios of variances (`ratio:g.x`), and coefficients as marginal ones (`marginal:trt`), which hold for the population.
 */
import { marginalCoefficients } from "../effects/marginal-coefficients.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type NamedParameters, parametersByName, placesOf } from "../model/named-parameters.ts";
import { naturalParameters } from "../model/natural-parameters.ts";

import { parameterLabel, type ReportedParameter } from "../model/reported-parameters.ts";
import { isRecord } from "../options/kinds.ts";
import { nearestName } from "../options/nearest-name.ts";
import { trueFit } from "./true-fit.ts";

/** Variance of the latent response given the random effects, by link: what intraclass correlations of 0/1 and ordered responses are of. */
const LATENT: Readonly<Record<string, number>> = { logit: Math.PI ** 2 / 3, probit: 1, cloglog: Math.PI ** 2 / 6 };

const RELATIVE = /^(icc|ratio):(.+)$/;
const MARGINAL = /^marginal:(.+)$/;

/**
 * The natural parameters of a model.
 *
 * @throws DeclarationError as `parametersByName`, for shares that leave no residual variance, for models without a residual variance on the scale of
 *   the link, and for marginal coefficients that no conditional ones have
 */
export function trueParameters(model: CompiledModel, given: NamedParameters): Float64Array {
  if (!isRecord(given)) throw new DeclarationError([messages.notParameters(given)]);
  const names = Object.keys(given);
  if (!names.some((name) => RELATIVE.test(name) || MARGINAL.test(name))) return parametersByName(model, given);
  const plain = withStandardDeviations(model, given);
  const wanted = names.flatMap((name) => {
    const [, term] = MARGINAL.exec(name) ?? [];
    return term === undefined ? [] : [[term, given[name]!] as const];
  });
  if (wanted.length === 0) return parametersByName(model, plain);
  const twice = wanted.filter(([term]) => Object.hasOwn(plain, term));
  if (twice.length > 0)
    throw new DeclarationError(twice.map(([term]) => messages.parameterTwice(term, [term, `marginal:${term}`])));
  return withMarginal(model, plain, wanted);
}

const isIntercept = ({ kind, of }: ReportedParameter, group: string, own: string) =>
  kind === "sd" && own === group && of[0] === "(Intercept)";

const isOwnIntercept = (parameter: ReportedParameter) =>
  isIntercept(parameter, parameter.group ?? "", parameter.group ?? "");

/**
 * Shares and ratios as standard deviations: σ²_g = icc_g/(1 - Σ icc) (σ² + Σ σ²_h), the last sum over the intercepts whose standard deviation or ratio is given;
 * the others stay, but for the marginal coefficients.
 */
function withStandardDeviations(model: CompiledModel, given: NamedParameters): Record<string, number> {
  const { parameters } = naturalParameters(model);
  const issues: Issue[] = [];
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(given))
    if (!RELATIVE.test(name) && !MARGINAL.test(name)) found[name] = value;
  const relative = Object.entries(given).flatMap(([name, value]) => {
    const [, kind, of] = RELATIVE.exec(name) ?? [];
    return kind === undefined ? [] : [{ name, kind, of: of!, value }];
  });
  if (relative.length === 0) return found;
  const sds = parameters.filter(({ kind }) => kind === "sd");
  const places = relative.map(({ name, kind, of }) => {
    const place = sds.find((sd) =>
      kind === "icc" ? isIntercept(sd, of, sd.group!) : `${sd.group}.${sd.of[0]}` === of,
    );
    const known = sds.map((sd) => (kind === "icc" ? `icc:${sd.group}` : `ratio:${sd.group}.${sd.of[0]}`));
    if (!place) issues.push(messages.noSuchShare(name, nearestName(name, known), known));
    return place;
  });
  for (const { name, kind, value } of relative)
    if (!(Number.isFinite(value) && value >= 0 && (kind === "ratio" || value < 1)))
      issues.push(messages.impossibleParameter(name, value, kind === "icc" ? "from 0 to below 1" : "0 or above"));
  const shares = relative.filter(({ kind }) => kind === "icc").reduce((sum, { value }) => sum + value, 0);
  if (shares >= 1) issues.push(messages.sharesAboveOne(shares));
  const residual = residualVariance(model, found, parameters);
  if (residual === null) issues.push(messages.noResidualVariance(relative.map(({ name }) => name)));
  const labels = parameters.map(parameterLabel);
  // names and values of the standard deviations that are given as such; a name that is none is told later
  const stated = Object.entries(found).flatMap(([name, value]) => {
    const [place, second] = placesOf(name, parameters, labels);
    return place === undefined || second !== undefined ? [] : [{ name, place, value }];
  });
  const taken = new Map(stated.map(({ name, place }) => [labels[place]!, name]));
  relative.forEach(({ name }, k) => {
    const label = places[k] && parameterLabel(places[k]);
    const other = label === undefined ? undefined : taken.get(label);
    if (label !== undefined && other !== undefined) issues.push(messages.parameterTwice(label, [other, name]));
    if (label !== undefined) taken.set(label, name);
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  const beside = stated.reduce(
    (sum, { place, value }) => sum + (isOwnIntercept(parameters[place]!) ? value ** 2 : 0),
    0,
  );
  const ofRatios = relative.reduce(
    (sum, { kind, value }, k) => sum + (kind === "ratio" && isOwnIntercept(places[k]!) ? value * residual! : 0),
    0,
  );
  relative.forEach(({ kind, value }, k) => {
    const variance = kind === "icc" ? (value / (1 - shares)) * (residual! + beside + ofRatios) : value * residual!;
    found[parameterLabel(places[k]!)] = Math.sqrt(variance);
  });
  return found;
}

/** σ² of a linear model, as given; the latent variance of 0/1 and ordered responses. Null of others. */
function residualVariance(
  { family, gaussian }: CompiledModel,
  given: NamedParameters,
  parameters: readonly ReportedParameter[],
): number | null {
  if (gaussian) {
    const sigma = parameters.find(({ kind }) => kind === "sigma");
    const value = sigma && (given["sigma"] ?? given[parameterLabel(sigma)] ?? given[sigma.term]);
    return value === undefined ? null : value * value;
  }
  const latent = family.response === "trials" || family.response === "ordered";
  return latent ? (LATENT[family.link] ?? null) : null;
}

const STEPS = 50;
const CLOSE = 1e-10;

/** Newton's method on the library's own integral: the conditional coefficients whose marginal ones are those wanted. */
function withMarginal(
  model: CompiledModel,
  plain: Record<string, number>,
  wanted: readonly (readonly [term: string, value: number])[],
): Float64Array {
  const terms = wanted.map(([term]) => term);
  const values = Float64Array.from(wanted, ([, value]) => value);
  const conditional = values.slice();
  const natural = () =>
    parametersByName(model, { ...plain, ...Object.fromEntries(terms.map((term, k) => [term, conditional[k]!])) });
  const marginal = (): Float64Array => {
    const { rows } = marginalCoefficients(trueFit(model, natural()));
    return Float64Array.from(terms, (term) => rows.find((row) => row.term === term)?.estimate ?? Number.NaN);
  };
  const p = terms.length;
  for (let step = 0; step < STEPS; step++) {
    const at = marginal();
    const gap = values.map((value, k) => value - at[k]!);
    if (gap.every((g) => Math.abs(g) < CLOSE)) return natural();
    if (gap.some(Number.isNaN)) break;
    const J = Array.from({ length: p }, (_, j) => {
      const before = conditional[j]!;
      const h = 1e-5 * Math.max(1, Math.abs(before));
      conditional[j] = before + h;
      const above = marginal();
      conditional[j] = before;
      return above.map((value, k) => (value - at[k]!) / h);
    });
    const move = solved(J, gap, p);
    for (let k = 0; k < p; k++) conditional[k]! += move[k]!;
  }
  throw new DeclarationError([messages.noConditional(terms)]);
}

/** Least squares of J'd = gap by its normal equations; J[j] is the derivative by the j-th coefficient. */
function solved(J: readonly Float64Array[], gap: Float64Array, p: number): Float64Array {
  const A = new Float64Array(p * p);
  const right = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) A[i * p + j] = J[i]!.reduce((sum, value, k) => sum + value * J[j]![k]!, 0);
    right[i] = J[i]!.reduce((sum, value, k) => sum + value * gap[k]!, 0);
  }
  choleskyFactor(A, p);
  choleskySolve(A, p, right);
  return right;
}
