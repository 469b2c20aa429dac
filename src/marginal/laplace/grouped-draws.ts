/**
 * Random effects given parameters, and the integral by importance sampling, where groups are independent.
 *
 * Both propose from a multivariate t at the group's mode with the curvature's scale. Draws are the state of an independence
 * Metropolis chain (Tierney 1994, Ann. Statist. 22) after `CORRECTIONS` steps. The weights are bounded, so the chain is uniformly
 * ergodic: its distance from the conditional distribution is at most (1 − 1/w)^CORRECTIONS, w the largest ratio of target to
 * proposal density (Mengersen & Tweedie 1996, Ann. Statist. 24): below 2e-6 for w ≤ 1.5, 3e-4 for w ≤ 2. Only a conditional
 * distribution with a second mode far from the first would be missed.
 */
import { choleskyLogDet } from "../../linalg/dense-cholesky.ts";
import { type Pausable, pauseDue } from "../../optimise/pausable.ts";
import type { Rng } from "../../random/rng.ts";
import type { GroupModeSearch } from "./group-modes.ts";
import { type GroupedModel, type GroupModes, setPredictors } from "./grouped-model.ts";
import { weightSums } from "./importance-weights.ts";
import type { ImportanceEstimate } from "./laplace-marginal.ts";
import { invertFactor } from "./small-cholesky.ts";
import { tProposal } from "./t-proposal.ts";

const CORRECTIONS = 12;

/** Copies û and L of group g. */
function readMode(modes: GroupModes, g: number, u: Float64Array, L: Float64Array): void {
  u.set(modes.u.subarray(g * u.length, (g + 1) * u.length));
  L.set(modes.L.subarray(g * L.length, (g + 1) * L.length));
}

/** Writes û + sign·L⁻ᵀw into `u`. */
function place(mode: Float64Array, inverseL: Float64Array, w: Float64Array, sign: number, u: Float64Array): void {
  const q = mode.length;
  for (let a = 0; a < q; a++) {
    let sum = 0;
    for (let c = a; c < q; c++) sum += inverseL[c * q + a]! * w[c]!;
    u[a] = mode[a]! + sign * sum;
  }
}

/** −h(u) for group g: Σ ℓ − ½u'u, −∞ outside the support. `all` (groups × q) takes u to its place. */
function logTarget(model: GroupedModel, g: number, u: Float64Array, all: Float64Array): number {
  all.set(u, g * model.q);
  setPredictors(model, all, g, g + 1);
  let value = model.rows.kernel.value(model.start[g]!, model.start[g + 1]!);
  for (let a = 0; a < u.length; a++) value -= 0.5 * u[a]! * u[a]!;
  return Number.isNaN(value) ? -Infinity : value;
}

/**
 * Draws b = Λu of every group into `out` (by term: levels × q) at the parameters last set. Where a group has no mode its effects
 * are NaN.
 */
export function drawGroupedEffects(
  model: GroupedModel,
  search: GroupModeSearch,
  rng: Rng,
  out: readonly Float64Array[],
): void {
  const { q, groups, blocks, modes } = model;
  const proposal = tProposal(q);
  const all = new Float64Array(groups * q);
  const mode = new Float64Array(q);
  const L = new Float64Array(q * q);
  const inverseL = new Float64Array(q * q);
  const w = new Float64Array(q);
  let state = new Float64Array(q);
  let candidate = new Float64Array(q);
  for (let g = 0; g < groups; g++) {
    if (search.find(g, g + 1, false)) {
      readMode(modes, g, mode, L);
      invertFactor(L, q, inverseL);
      let weight = -Infinity;
      for (let step = 0; step <= CORRECTIONS; step++) {
        const square = proposal.draw(rng, w);
        place(mode, inverseL, w, 1, candidate);
        const next = logTarget(model, g, candidate, all) - proposal.logDensity(square);
        if (step === 0 || Math.log(rng.uniform()) < next - weight || weight === -Infinity) {
          [state, candidate] = [candidate, state];
          weight = next;
        }
      }
    } else state.fill(NaN);
    for (const block of blocks)
      for (const { term, layout, first, factor, levelOf } of block.terms) {
        const size = layout.q;
        const at = levelOf[g]! * size;
        for (let a = 0; a < size; a++) {
          let b = 0;
          for (let c = 0; c <= a; c++) b += factor[a * size + c]! * state[block.first + first + c]!;
          out[term]![at + a] = b;
        }
      }
  }
}

/** The log-likelihood at the parameters last set, each group's integral by importance sampling with antithetic pairs. */
export function* importanceByGroup(
  model: GroupedModel,
  search: GroupModeSearch,
  rng: Rng,
  draws: number,
): Pausable<ImportanceEstimate> {
  const { q, groups, modes } = model;
  const proposal = tProposal(q);
  const pairs = Math.max(2, Math.ceil(draws / 2));
  const all = new Float64Array(groups * q);
  const mode = new Float64Array(q);
  const L = new Float64Array(q * q);
  const inverseL = new Float64Array(q * q);
  const w = new Float64Array(q);
  const u = new Float64Array(q);
  const logWeights = new Float64Array(2 * pairs);
  let logLik = 0;
  let variance = 0;
  let effectiveDraws = Infinity;
  for (let g = 0; g < groups; g++) {
    if (!search.find(g, g + 1, false)) return { logLik: -Infinity, standardError: NaN, effectiveDraws: 0 };
    readMode(modes, g, mode, L);
    invertFactor(L, q, inverseL);
    for (let pair = 0; pair < pairs; pair++) {
      const logProposal = proposal.logDensity(proposal.draw(rng, w));
      for (const sign of [1, -1] as const) {
        place(mode, inverseL, w, sign, u);
        logWeights[2 * pair + (sign === 1 ? 0 : 1)] = logTarget(model, g, u, all) - logProposal;
      }
    }
    const sums = weightSums(logWeights);
    logLik += sums.logMean - 0.5 * choleskyLogDet(L, q) - 0.5 * q * Math.log(2 * Math.PI);
    variance += sums.relativeVariance;
    effectiveDraws = Math.min(effectiveDraws, sums.effectiveDraws);
    if (pauseDue()) yield;
  }
  return { logLik, standardError: Math.sqrt(variance), effectiveDraws };
}
