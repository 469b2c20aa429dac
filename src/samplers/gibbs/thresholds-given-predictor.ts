/**
 * The distances κ_2 < … < κ_T of an ordinal probit's thresholds from the first, given the linear predictor, the latent normals integrated out:
 * drawn before them, so that both are one draw. Given the latent normals the thresholds could hardly move (Cowles 1996, "Accelerating Monte
 * Carlo Markov chain convergence for cumulative-link generalized linear models", Stat. Comput. 6, 101–111). The proposal is the normal
 * distribution of a Newton step from where they are (Gamerman 1997), accepted exactly.
 */
import { choleskyFactor, choleskyLogDet, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Block } from "./block.ts";
import { logIntervalProbability, lowerHazard, upperHazard } from "./interval-probability.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { ThresholdPrior } from "./threshold-prior.ts";

/** The log density of κ at a point, with the normal distribution of the Newton step from there. */
interface Step {
  readonly kappa: Float64Array;
  logDensity: number;
  /** Cholesky factor of −∂²/∂κ², free entries only. */
  readonly factor: Float64Array;
  readonly information: Float64Array;
  /** Where the step ends. */
  readonly mean: Float64Array;
}

/** What the thresholds are given. */
interface Thresholds {
  readonly n: number;
  readonly state: GibbsState;
  readonly prior: ThresholdPrior;
  readonly y: Float64Array;
  readonly counts: Float64Array;
  readonly free: number;
}

/** Adds the prior's part and returns its log density; entry k of the free ones is κ_{k+2}. */
function addPrior(s: Thresholds, { kappa, information, mean }: Step): number {
  const { prior, free } = s;
  const level = prior.level();
  let sum = 0;
  for (let k = 0; k < free; k++) {
    const residual = kappa[k + 1]! - level - prior.mean[k + 1]!;
    sum -= 0.5 * prior.precision[k + 1]! * residual * residual;
    mean[k]! -= prior.precision[k + 1]! * residual;
    information[k * (free + 1)]! += prior.precision[k + 1]!;
  }
  return sum;
}

/** Evaluates at `step.kappa`; false where the order or the curvature is lost. */
function evaluate(s: Thresholds, step: Step): boolean {
  const { n, state, y, counts, free } = s;
  const { phi } = state;
  const { kappa, information, mean, factor } = step;
  information.fill(0);
  mean.fill(0);
  for (let k = 0; k < free; k++) if (!(kappa[k + 1]! > kappa[k]!)) return false;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const m = counts[i]!;
    if (m === 0) continue;
    const eta = state.eta[i]!;
    const upperAt = y[i]! - 1;
    const lower = upperAt > 0 ? kappa[upperAt - 1]! : Number.NEGATIVE_INFINITY;
    const upper = upperAt < phi.length ? kappa[upperAt]! : Number.POSITIVE_INFINITY;
    sum += m * logIntervalProbability(eta, lower, upper);
    const atUpper = upperAt > 0 && upperAt < phi.length ? upperHazard(eta, lower, upper) : 0;
    const atLower = upperAt > 1 ? lowerHazard(eta, lower, upper) : 0;
    const u = upperAt - 1;
    if (atUpper > 0) {
      mean[u]! += m * atUpper;
      information[u * (free + 1)]! += m * atUpper * (upper - eta + atUpper);
    }
    if (atLower > 0) {
      mean[u - 1]! -= m * atLower;
      information[(u - 1) * (free + 1)]! += m * atLower * (atLower - (lower - eta));
    }
    if (atUpper > 0 && atLower > 0) {
      information[u * free + u - 1]! -= m * atUpper * atLower;
      information[(u - 1) * free + u]! -= m * atUpper * atLower;
    }
  }
  step.logDensity = sum + addPrior(s, step);
  factor.set(information);
  if (!Number.isFinite(step.logDensity) || !choleskyFactor(factor, free)) return false;
  choleskySolve(factor, free, mean);
  for (let k = 0; k < free; k++) mean[k]! += kappa[k + 1]!;
  return true;
}

/** log density of proposing `to` from `from`. */
function logProposal(s: Thresholds, from: Step, to: Step): number {
  const { free } = s;
  let quadratic = 0;
  for (let a = 0; a < free; a++)
    for (let b = 0; b < free; b++)
      quadratic +=
        (to.kappa[a + 1]! - from.mean[a]!) * from.information[a * free + b]! * (to.kappa[b + 1]! - from.mean[b]!);
  return 0.5 * choleskyLogDet(from.factor, free) - 0.5 * quadratic;
}

/**
 * @param y categories from 1 on
 * @param counts how often each row counts
 */
export function thresholdsGivenPredictor(
  { n }: Pick<GibbsDesign, "n">,
  state: GibbsState,
  prior: ThresholdPrior,
  y: Float64Array,
  counts: Float64Array,
): Block {
  const { phi } = state;
  const free = phi.length - 1;
  const s: Thresholds = { n, state, prior, y, counts, free };

  const make = (): Step => ({
    kappa: new Float64Array(phi.length),
    logDensity: 0,
    factor: new Float64Array(free * free),
    information: new Float64Array(free * free),
    mean: new Float64Array(free),
  });
  let here = make();
  let there = make();
  const noise = new Float64Array(free);
  const proposals = { made: 0, accepted: 0 };

  return {
    name: "thresholds",
    proposals,
    restored: () => prior.refresh(),
    draw(rng) {
      here.kappa.set(phi);
      proposals.made++;
      if (!evaluate(s, here)) return;
      for (let k = 0; k < free; k++) noise[k] = rng.normal();
      solveLowerTransposed(here.factor, 0, free, free, noise, 0, 1);
      there.kappa[0] = 0;
      for (let k = 0; k < free; k++) there.kappa[k + 1] = here.mean[k]! + noise[k]!;
      if (!evaluate(s, there)) return;
      const ratio = there.logDensity - here.logDensity + logProposal(s, there, here) - logProposal(s, here, there);
      if (!(Math.log(rng.uniform()) < ratio)) return;
      proposals.accepted++;
      [here, there] = [there, here];
      phi.set(here.kappa);
      prior.refresh();
    },
    logConditional() {
      here.kappa.set(phi);
      return evaluate(s, here) ? here.logDensity : Number.NEGATIVE_INFINITY;
    },
  };
}
