/**
 * The no-U-turn sampler with multinomial sampling of the trajectory and biased progressive sampling of the doublings (Hoffman & Gelman 2014;
 * Betancourt 2017, "A conceptual introduction to Hamiltonian Monte Carlo", appendix A.3), with the generalised criterion: a span of the
 * trajectory with total momentum ρ and end velocities v has turned unless ρ'v > 0 at both ends, checked for every merged pair of
 * spans and also across their joint (each span with the first point of the other).
 */
import type { Rng } from "../random/rng.ts";
import type { PhasePoint } from "./leapfrog.ts";
import { copyPoint, copyVector, energy, leapfrog, phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import type { Metric } from "./metric.ts";
import type { Transition, TransitionInfo } from "./transition.ts";
import { DIVERGENCE_THRESHOLD } from "./transition.ts";

/** One end of a span: momentum and velocity there. */
interface End {
  momentum: Float64Array;
  velocity: Float64Array;
}

/** A span of the trajectory, in the order it was integrated. */
interface Span {
  near: End;
  far: End;
  /** Sum of momenta over its points. */
  readonly total: Float64Array;
  /** log Σ exp(H₀ − H). */
  logWeight: number;
  /** A point drawn from the span in proportion to exp(−H). */
  proposal: PhasePoint;
  proposalEnergy: number;
}

const end = (dim: number): End => ({ momentum: new Float64Array(dim), velocity: new Float64Array(dim) });
const span = (dim: number): Span => ({
  near: end(dim),
  far: end(dim),
  total: new Float64Array(dim),
  logWeight: 0,
  proposal: phasePoint(dim),
  proposalEnergy: 0,
});

const logAddExp = (a: number, b: number): number => {
  const top = Math.max(a, b);
  return top === -Infinity ? -Infinity : top + Math.log1p(Math.exp(Math.min(a, b) - top));
};

/** ρ'v for ρ = a + b. */
function dotSum(a: Float64Array, b: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += (a[i]! + b[i]!) * v[i]!;
  return sum;
}

/** Whether the union of two adjacent spans (`a` before `b`) keeps going: no U-turn within it nor across its joint. */
export function keepsGoing(a: Pick<Span, "near" | "far" | "total">, b: Pick<Span, "near" | "far" | "total">): boolean {
  return (
    dotSum(a.total, b.total, a.near.velocity) > 0 &&
    dotSum(a.total, b.total, b.far.velocity) > 0 &&
    dotSum(a.total, b.near.momentum, a.near.velocity) > 0 &&
    dotSum(a.total, b.near.momentum, b.near.velocity) > 0 &&
    dotSum(b.total, a.far.momentum, a.far.velocity) > 0 &&
    dotSum(b.total, a.far.momentum, b.far.velocity) > 0
  );
}

/** Room for a trajectory, and where it stands. */
interface Trajectory {
  readonly density: LogDensity;
  readonly maxTreeDepth: number;
  readonly point: PhasePoint;
  readonly ends: [PhasePoint, PhasePoint];
  readonly velocity: Float64Array;
  readonly trajectory: Span;
  readonly subtree: Span;
  readonly scratch: Span[];
  readonly info: TransitionInfo;
  startEnergy: number;
  acceptanceSum: number;
  /** Those of the step that is being made. */
  currentMetric: Metric | null;
  currentRng: Rng | null;
  epsilon: number;
}

/** Extends `point` by one step and makes a span of it. */
function leaf(s: Trajectory, out: Span): boolean {
  const { density, point, velocity, info, startEnergy, currentMetric, epsilon } = s;
  leapfrog(density, currentMetric!, point, epsilon, velocity);
  info.gradients++;
  const h = energy(point, velocity);
  const error = startEnergy - h;
  s.acceptanceSum += error >= 0 ? 1 : Math.exp(error);
  out.logWeight = error;
  out.proposalEnergy = h;
  copyPoint(point, out.proposal);
  copyVector(point.p, out.total);
  copyVector(point.p, out.near.momentum);
  copyVector(velocity, out.near.velocity);
  copyVector(point.p, out.far.momentum);
  copyVector(velocity, out.far.velocity);
  if (-error > DIVERGENCE_THRESHOLD) {
    info.divergent = true;
    return false;
  }
  return true;
}

/** Builds a span of 2^depth points into `out`; false as soon as it diverges or turns. */
function build(s: Trajectory, depth: number, out: Span): boolean {
  const { scratch, currentRng } = s;
  if (depth === 0) return leaf(s, out);
  const second = scratch[depth - 1]!;
  if (!build(s, depth - 1, out) || !build(s, depth - 1, second)) return false;
  const logWeight = logAddExp(out.logWeight, second.logWeight);
  // Within a subtree the draw is multinomial: the second half in proportion to its weight.
  if (Math.log(currentRng!.uniform()) < second.logWeight - logWeight) adopt(out, second);
  const going = keepsGoing(out, second);
  join(s, out, second, logWeight);
  return going;
}

/** Takes over the other span's proposal. */
function adopt(to: Span, from: Span): void {
  const swap = to.proposal;
  to.proposal = from.proposal;
  from.proposal = swap;
  to.proposalEnergy = from.proposalEnergy;
}

function join(s: Trajectory, first: Span, second: Span, logWeight: number): void {
  const { density } = s;
  const { dim } = density;
  for (let i = 0; i < dim; i++) first.total[i]! += second.total[i]!;
  const swap = first.far;
  first.far = second.far;
  second.far = swap;
  first.logWeight = logWeight;
}

function step(s: Trajectory, current: PhasePoint, metric: Metric, stepSize: number, rng: Rng): void {
  const { maxTreeDepth, point, ends, velocity, trajectory, subtree, info } = s;
  s.currentMetric = metric;
  s.currentRng = rng;
  metric.drawMomentum(rng, current.p);
  metric.velocity(current.p, velocity);
  s.startEnergy = energy(current, velocity);
  s.acceptanceSum = 0;
  info.gradients = 0;
  info.divergent = false;
  info.treeDepth = 0;
  copyPoint(current, ends[0]);
  copyPoint(current, ends[1]);
  copyPoint(current, trajectory.proposal);
  trajectory.proposalEnergy = s.startEnergy;
  trajectory.logWeight = 0;
  trajectory.total.set(current.p);
  for (const side of [trajectory.near, trajectory.far]) {
    side.momentum.set(current.p);
    side.velocity.set(velocity);
  }
  // The trajectory is kept so that it is extended at its `far` end: going the other way turns it round, which the criterion
  // does not see (momenta keep their signs, both ends are tested alike).
  let forwards = true;
  while (info.treeDepth < maxTreeDepth) {
    const towards = rng.uniform() > 0.5;
    if (towards !== forwards) {
      const swap = trajectory.near;
      trajectory.near = trajectory.far;
      trajectory.far = swap;
      forwards = towards;
    }
    const side = forwards ? ends[1] : ends[0];
    copyPoint(side, point);
    s.epsilon = forwards ? stepSize : -stepSize;
    if (!build(s, info.treeDepth, subtree)) break;
    copyPoint(point, side);
    info.treeDepth++;
    // Between doublings the draw is biased towards the new half.
    if (Math.log(rng.uniform()) < subtree.logWeight - trajectory.logWeight) adopt(trajectory, subtree);
    const going = keepsGoing(trajectory, subtree);
    join(s, trajectory, subtree, logAddExp(trajectory.logWeight, subtree.logWeight));
    if (!going) break;
  }
  copyPoint(trajectory.proposal, current);
  info.acceptance = s.acceptanceSum / Math.max(1, info.gradients);
  info.energy = trajectory.proposalEnergy;
}

/**
 * @param maxTreeDepth most doublings: at most 2^maxTreeDepth − 1 gradients a transition
 */
export function nutsTransition(density: LogDensity, maxTreeDepth: number): Transition {
  const { dim } = density;
  const point = phasePoint(dim);
  const ends: [PhasePoint, PhasePoint] = [phasePoint(dim), phasePoint(dim)];
  const velocity = new Float64Array(dim);
  const trajectory = span(dim);
  const subtree = span(dim);
  // One scratch span a level: the second half while the first is held by the caller's span.
  const scratch = Array.from({ length: maxTreeDepth }, () => span(dim));
  const info: TransitionInfo = { acceptance: 0, treeDepth: 0, gradients: 0, divergent: false, energy: 0 };
  const s: Trajectory = {
    density,
    maxTreeDepth,
    point,
    ends,
    velocity,
    trajectory,
    subtree,
    scratch,
    info,
    startEnergy: 0,
    acceptanceSum: 0,
    currentMetric: null,
    currentRng: null,
    epsilon: 0,
  };

  return {
    info,
    step: (current, metric, stepSize, rng) => step(s, current, metric, stepSize, rng),
  };
}
