/**
 * Which posterior to sample, its mode and the first metric. Random effects are integrated out where that pays: a gradient of the integrated
 * posterior yields many times the effective draws of a joint one, so it may cost as many joint gradients (`worth`).
 */

import { usesFitted } from "../dsl/residual-spec.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { createMarginalLikelihood } from "../marginal/create.ts";
import { importanceCheck } from "../marginal/laplace/importance-check.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { fittedInPosterior, jointNotPossible } from "../messages/residual-fits.ts";
import {
  jointNeedsRandomEffects,
  laplaceBiased,
  modeNotFound,
  nodesNotSettled,
  noFiniteStart,
  reasons,
} from "../messages/sampling.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { createRng } from "../random/rng.ts";
import type { ChainSettings } from "./chain.ts";
import { centredAt, coefficientCentring } from "./coefficient-centring.ts";
import { conditionalEffects } from "./conditional-effects.ts";
import { gradientCosts } from "./gradient-cost.ts";
import { shouldIntegrateCoefficients } from "./integrated-coefficients.ts";
import { jointStart } from "./joint-start.ts";
import type { Mode } from "./mode.ts";
import { findMode } from "./mode.ts";
import { chooseParameterisation, describeParameterisation, type ParameterisationChoice } from "./parameterisation.ts";
import { chooseNodes } from "./quadrature-nodes.ts";
import type { TargetChoice } from "./sampler.ts";
import { startingPoint } from "./starting-point.ts";
import type { Target, TargetData } from "./target-data.ts";
import { buildTarget, targetData } from "./target-data.ts";
import { wellMeasuredSds } from "./well-measured-sds.ts";

/** Largest shift by Laplace's error, in posterior standard deviations, that is let pass. */
const LAPLACE_TOLERANCE = 0.15;
/** Largest change of the log-likelihood by more quadrature nodes that is let pass. */
const NODES_TOLERANCE = 0.1;
/** Largest dimension with a dense metric. */
const MOST_DENSE = 50;

export interface PreparedTarget {
  readonly target: TargetData;
  /** `NUTS, random effects integrated out (exact)` without the sampler's name. */
  readonly description: string;
  readonly reason: string;
  readonly centre: Float64Array;
  readonly metric: ChainSettings["metric"];
  /** Whether centre and metric describe the posterior well: an integrated target at a mode that was found, with definite curvature. */
  readonly informed: boolean;
  readonly warnings: readonly FitWarning[];
  /** Gradients spent on modes and curvature. */
  readonly gradients: number;
}

/**
 * How many joint gradients one integrated gradient may cost. Effective draws a gradient, integrated against joint: 5 times with 15 random
 * effects (cbpp), 16 times with 36 (sleepstudy), over 100 times with 181 (two nested factors); held below what was seen, except that
 * small models keep the integrated posterior for its shape.
 */
const worth = (effects: number): number => Math.min(100, Math.max(10, effects / 3));

/** The mode's natural parameters in standardised units, and the same with all standard deviations half as large again. */
function checkPoints(target: Target, z: Float64Array): [Float64Array, Float64Array] {
  const { chart } = target;
  const x = new Float64Array(chart.naturalSize);
  chart.toNatural(z, x);
  const wider = x.slice();
  for (const { chart: term, naturalOffset } of chart.terms)
    for (let i = 0; i < term.naturalSize; i++) wider[naturalOffset + i]! *= 1.5;
  return [x, wider];
}

/** Standardised natural parameters of a target as the model's own; the same where their coordinates are. */
function inModelUnits({ standardisation }: CompiledModel, target: Target, unit: number | undefined) {
  if (unit === undefined && !standardisation.triangles.some(Boolean)) return (x: Float64Array): Float64Array => x;
  return (x: Float64Array): Float64Array => {
    const original = new Float64Array(x.length);
    target.standardisation.toOriginal(x, original);
    standardisation.toStandardised(original, original);
    return original;
  };
}

/**
 * By how many posterior standard deviations Laplace's error shifts a standard deviation's posterior, at most over terms: the change of the
 * error over one posterior sd of the coordinate (a log-density tilted by t per sd has its mean moved by t sds). The error is known by
 * importance sampling with a fixed stream; its Monte Carlo error is added.
 */
function* laplaceShift(model: CompiledModel, { chart, standardisation }: Target, mode: Mode): Pausable<number> {
  const { data } = standardisation;
  const x = new Float64Array(chart.naturalSize);
  const errorAt = function* (z: Float64Array) {
    chart.toNatural(z, x);
    return yield* importanceCheck(data, model.kernel, x, createRng("laplace-check"));
  };
  const centre = yield* errorAt(mode.z);
  let worst = 0;
  for (const { chart: term, offset } of chart.terms)
    for (let a = 0; a < term.signed.length; a++) {
      const i = offset + a;
      const z = mode.z.slice();
      z[i]! += Math.sqrt(mode.covariance[i * chart.size + i]!) * (term.signed[a] && z[i]! < 0 ? -1 : 1);
      const there = yield* errorAt(z);
      const shift = Math.abs(there.difference - centre.difference);
      worst = Math.max(worst, shift + Math.hypot(there.standardError, centre.standardError));
    }
  return worst;
}

function metricOf(mode: Mode, dim: number): ChainSettings["metric"] {
  // variances too far apart for a double have no Cholesky factor
  if (dim <= MOST_DENSE && choleskyFactor(mode.covariance.slice(), dim))
    return { kind: "dense", values: mode.covariance };
  return {
    kind: "diagonal",
    values: Float64Array.from({ length: dim }, (_, i) => {
      const variance = mode.covariance[i * dim + i]!;
      return variance > 0 && variance < Infinity ? variance : 1;
    }),
  };
}

/** How many nodes the integral needs about the mode. */
function* nodesAt(model: CompiledModel, target: Target, mode: Mode, q: number, unit: number | undefined) {
  const { origin, standardisation } = target;
  const points = checkPoints(target, mode.z);
  // columns that were moved are no longer the model's
  return origin
    ? yield* chooseNodes((own) => createMarginalLikelihood(standardisation.data, model.kernel, own), q, points)
    : yield* chooseNodes(model.standardisedMarginal, q, points.map(inModelUnits(model, target, unit)));
}

/** A mode and its covariance in a target whose standard deviations have other coordinates. */
function inOtherSds(
  mode: Mode,
  from: Target,
  to: Target,
): { readonly start: Float64Array; readonly known: Float64Array } {
  const start = mode.z.slice();
  // and by how much a coordinate changes with its old one
  const change = new Float64Array(start.length).fill(1);
  to.chart.terms.forEach(({ chart: term, offset }, t) => {
    term.sds.forEach((sd, a) => {
      const before = from.chart.terms[t]!.chart.sds[a]!;
      const value = before.value(start[offset + a]!);
      start[offset + a] = sd.inverse(value);
      change[offset + a] = before.slopeAt(Math.abs(value)) / sd.slopeAt(Math.abs(value));
    });
  });
  const { length: dim } = start;
  const known = mode.covariance.map((value, i) => value * change[Math.floor(i / dim)]! * change[i % dim]!);
  return { start, known };
}

/** @throws DeclarationError when the model has no posterior, or none of the kind that is asked for */
function refuseImpossible(model: CompiledModel, joint: boolean, integratedOnly: boolean, alone: boolean): void {
  if (integratedOnly && joint) throw new DeclarationError([jointNotPossible()]);
  if (usesFitted(model.spec.residual)) throw new DeclarationError([fittedInPosterior()]);
  if (alone && joint) throw new DeclarationError([jointNeedsRandomEffects]);
}

/** Why random effects are sampled. @param laplaceShift, nodesShift by how much the integral fails, null where it does not */
function jointReason(
  choice: TargetChoice,
  laplaceShift: number | null,
  nodesShift: number | null,
  ratio: number,
): string {
  if (choice === "joint") return reasons.asked;
  if (laplaceShift !== null) return reasons.laplacePoor(laplaceShift);
  return nodesShift === null ? reasons.dear(ratio) : reasons.quadraturePoor(nodesShift);
}

/** What was integrated out, how and why. @param alone whether there are no random effects */
function integratedWords(
  alone: boolean,
  collapsed: boolean,
  choice: TargetChoice,
  method: IntegralMethod,
  ratio: number,
  shift: number,
): Pick<PreparedTarget, "description" | "reason"> {
  if (alone)
    return {
      description: collapsed ? "coefficients integrated out (exact)" : "no random effects",
      reason: reasons.none,
    };
  const exactness = method.kind === "exact" ? "exact" : method.kind === "laplace" ? "Laplace" : `AGQ ${method.nodes}`;
  return {
    description: `random effects ${collapsed ? "and coefficients " : ""}integrated out (${exactness})`,
    reason:
      choice === "integrated" ? reasons.asked : `${reasons.cheap(ratio)}${shift > 0 ? `; ${reasons.laplaceGood}` : ""}`,
  };
}

/**
 * Finds the mode, settles the integral's nodes, and chooses the target. Deterministic in model, priors and choice.
 *
 * @throws DeclarationError when the density is not finite anywhere it was tried, or the choice does not fit the model
 */
export function* prepareTarget(
  model: CompiledModel,
  priors: ResolvedPriors,
  choice: TargetChoice,
  parameterisation: ParameterisationChoice = "auto",
): Pausable<PreparedTarget> {
  const plan = chooseIntegral(model);
  const { shape } = plan;
  // of a linear model only the exact integral knows a residual structure
  const integratedOnly = model.spec.residual && plan.exact;
  refuseImpossible(model, choice === "joint", Boolean(integratedOnly), shape.kind === "none");
  const warnings: FitWarning[] = [];
  let gradients = 0;
  const climb = function* (target: Target, start: Float64Array, known?: Float64Array): Pausable<Mode> {
    const mode = yield* findMode(target.density, start, known);
    if (!mode) throw new DeclarationError([noFiniteStart(model.family.name)]);
    gradients += mode.gradients;
    return mode;
  };

  let method = plan.integral;
  const found = priors.shrinkage ? yield* coefficientCentring(model, priors, method) : null;
  gradients += found?.gradients ?? 0;
  const placed = (own: TargetData): TargetData => centredAt(own, found?.centring ?? null);
  let data = placed(targetData(model, "integrated", method, priors));
  let target = buildTarget(data);
  let start = startingPoint(model, target, priors);
  const collapsed = choice !== "joint" && shouldIntegrateCoefficients(model, plan, priors);
  if (collapsed) {
    data = { ...data, coefficients: "integrated" };
    target = buildTarget(data);
    start = start.slice(priors.fixed.length);
  }
  let mode = yield* climb(target, start);
  let nodes = 1;
  let moved = 0;
  let shift = 0;
  if (!plan.exact && shape.kind !== "none") {
    if (shape.kind === "grouped") {
      const chosen = yield* nodesAt(model, target, mode, shape.q, data.unit);
      nodes = chosen.nodes;
      moved = chosen.moved;
      if (!chosen.settled && choice !== "joint") warnings.push(nodesNotSettled(nodes, chosen.moved));
    } else if (choice !== "joint") shift = yield* laplaceShift(model, target, mode);
  }
  const { joint, integrated } = gradientCosts(model, plan, nodes);
  const ratio = integrated / joint;
  const effects = model.design.random.reduce((sum, term) => sum + term.levels.length * term.q, 0);
  const unsettled = moved > NODES_TOLERANCE;
  const poor = shift > LAPLACE_TOLERANCE;
  const useJoint =
    choice === "joint" ||
    (choice === "auto" &&
      !integratedOnly &&
      !collapsed &&
      shape.kind !== "none" &&
      (ratio > worth(effects) || poor || unsettled));
  if (useJoint) {
    const [x] = checkPoints(target, mode.z);
    const effects = conditionalEffects(target, x);
    const chosen = chooseParameterisation(model, effects, parameterisation);
    const jointData = placed(targetData(model, "joint", method, priors, chosen.kinds));
    const start = jointStart(target, mode, x, effects, buildTarget(jointData));
    return {
      target: jointData,
      description: `random effects sampled, ${describeParameterisation(model, chosen.kinds)}`,
      reason: [jointReason(choice, poor ? shift : null, unsettled ? moved : null, ratio), ...chosen.reasons].join("; "),
      ...start,
      informed: false,
      warnings: [],
      gradients,
    };
  }
  if (nodes > 1) {
    method = { kind: "agq", nodes };
    data = placed(targetData(model, "integrated", method, priors));
    target = buildTarget(data);
    mode = yield* climb(target, mode.z, mode.covariance);
  }
  const logarithms = wellMeasuredSds(model.design.random, target, mode);
  if (logarithms) {
    const signed = target;
    data = { ...data, logarithms };
    target = buildTarget(data);
    const { start, known } = inOtherSds(mode, signed, target);
    mode = yield* climb(target, start, known);
  }
  if (poor) warnings.push(laplaceBiased(shift));
  if (!mode.converged) warnings.push(modeNotFound);
  return {
    target: data,
    ...integratedWords(shape.kind === "none", collapsed, choice, method, ratio, shift),
    centre: mode.z,
    metric: metricOf(mode, target.density.dim),
    // The mode says little of where scales with heavy tails lie.
    informed: mode.converged && mode.definite && !priors.shrinkage,
    warnings,
    gradients,
  };
}
