/**
 * Which posterior to sample, its mode and the first metric. Random effects are integrated out where that pays: a draw from the integrated
 * posterior is worth several times one from the joint posterior a gradient, so it may cost up to `WORTH` joint gradients.
 */

import { integralShape } from "../marginal/create.ts";
import { importanceCheck } from "../marginal/laplace/importance-check.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import {
  jointNeedsRandomEffects,
  laplaceBiased,
  modeNotFound,
  nodesNotSettled,
  noFiniteStart,
  reasons,
} from "../messages/sampling.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { createRng } from "../random/rng.ts";
import type { ChainSettings } from "./chain.ts";
import { gradientCosts } from "./gradient-cost.ts";
import { jointStart } from "./joint-start.ts";
import type { Mode } from "./mode.ts";
import { findMode } from "./mode.ts";
import { chooseNodes } from "./quadrature-nodes.ts";
import type { TargetChoice } from "./sampler.ts";
import { startingPoint } from "./starting-point.ts";
import type { Target, TargetData } from "./target-data.ts";
import { buildTarget, targetData } from "./target-data.ts";

/** Joint gradients an integrated gradient may cost. */
const WORTH = 12;
/** Largest change of Laplace's error between the mode and larger standard deviations that leaves the posterior as it is. */
const LAPLACE_TOLERANCE = 0.1;
/** Largest dimension with a dense metric. */
const MOST_DENSE = 50;

export interface PreparedTarget {
  readonly target: TargetData;
  /** `NUTS, random effects integrated out (exact)` without the sampler's name. */
  readonly description: string;
  readonly reason: string;
  readonly centre: Float64Array;
  readonly metric: ChainSettings["metric"];
  readonly warnings: readonly FitWarning[];
  /** Gradients spent on modes and curvature. */
  readonly gradients: number;
}

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

/** How much Laplace's error changes between two points, by importance sampling with a fixed stream. */
function laplaceTilt(model: CompiledModel, points: readonly Float64Array[]): number {
  const { data } = model.standardisation;
  const [a, b] = points.map((x) => importanceCheck(data, model.kernel, x, createRng("laplace-check"))) as [
    ReturnType<typeof importanceCheck>,
    ReturnType<typeof importanceCheck>,
  ];
  return Math.abs(a.difference - b.difference) + Math.hypot(a.standardError, b.standardError);
}

function metricOf(mode: Mode, dim: number): ChainSettings["metric"] {
  if (dim <= MOST_DENSE) return { kind: "dense", values: mode.covariance };
  return { kind: "diagonal", values: Float64Array.from({ length: dim }, (_, i) => mode.covariance[i * dim + i]!) };
}

/**
 * Finds the mode, settles the integral's nodes, and chooses the target. Deterministic in model, priors and choice.
 *
 * @throws DeclarationError when the density is not finite anywhere it was tried, or the choice does not fit the model
 */
export function prepareTarget(model: CompiledModel, priors: ResolvedPriors, choice: TargetChoice): PreparedTarget {
  const shape = integralShape(model.data);
  if (shape.kind === "none" && choice === "joint") throw new DeclarationError([jointNeedsRandomEffects]);
  const warnings: FitWarning[] = [];
  let gradients = 0;
  const climb = (target: Target, start: Float64Array): Mode => {
    const mode = findMode(target.density, start);
    if (!mode) throw new DeclarationError([noFiniteStart(model.family.name)]);
    gradients += mode.gradients;
    return mode;
  };

  let method: IntegralMethod = model.gaussian ? { kind: "exact" } : { kind: "laplace" };
  let data = targetData(model, "integrated", method, priors);
  let target = buildTarget(data);
  let mode = climb(target, startingPoint(model, target));
  let nodes = 1;
  let tilt = 0;
  if (!model.gaussian && shape.kind !== "none") {
    const points = checkPoints(target, mode.z);
    if (shape.kind === "grouped") {
      const chosen = chooseNodes(model, shape.q, points);
      nodes = chosen.nodes;
      if (!chosen.settled && choice !== "joint") warnings.push(nodesNotSettled(nodes, chosen.moved));
    } else if (choice !== "joint") tilt = laplaceTilt(model, points);
  }
  const { joint, integrated } = gradientCosts(model, nodes);
  const ratio = integrated / joint;
  const poor = tilt > LAPLACE_TOLERANCE;
  const useJoint = choice === "joint" || (choice === "auto" && shape.kind !== "none" && (ratio > WORTH || poor));

  if (useJoint) {
    const reason = choice === "joint" ? reasons.asked : poor ? reasons.laplacePoor(tilt) : reasons.dear(ratio);
    const jointData = targetData(model, "joint", method, priors);
    const start = jointStart(target, mode, buildTarget(jointData).density.dim);
    return {
      target: jointData,
      description: "random effects sampled, non-centred",
      reason,
      ...start,
      warnings: [],
      gradients,
    };
  }
  if (nodes > 1) {
    method = { kind: "agq", nodes };
    data = targetData(model, "integrated", method, priors);
    target = buildTarget(data);
    mode = climb(target, mode.z);
  }
  if (poor) warnings.push(laplaceBiased(tilt));
  if (!mode.converged) warnings.push(modeNotFound);
  const exactness = method.kind === "exact" ? "exact" : method.kind === "laplace" ? "Laplace" : `AGQ ${nodes}`;
  const reason =
    shape.kind === "none"
      ? reasons.none
      : choice === "integrated"
        ? reasons.asked
        : `${reasons.cheap(ratio)}${tilt > 0 ? `; ${reasons.laplaceGood}` : ""}`;
  return {
    target: data,
    description: shape.kind === "none" ? "no random effects" : `random effects integrated out (${exactness})`,
    reason,
    centre: mode.z,
    metric: metricOf(mode, target.density.dim),
    warnings,
    gradients,
  };
}
