/**
 * Importance sampling for several grouping factors that samples all but the largest: given the effects of the others, the levels of the
 * largest factor are independent, and adaptive quadrature integrates them out. The weights vary far less than those of all effects
 * sampled jointly (Rao-Blackwellisation; Casella & Robert 1996, Biometrika 83).
 *
 * The remaining effects v are proposed from a multivariate t about their part of the mode with the Schur complement S = H_vv − H_vw H_ww⁻¹ H_wv
 * as its precision, the marginal one of the normal approximation: with the largest factor first in the elimination order it is
 * L_vv L_vv' of the Cholesky factor.
 */
import { choleskyFactor, choleskyLogDet } from "../../linalg/dense-cholesky.ts";
import { analyse, type SparseCholesky } from "../../linalg/sparse-cholesky.ts";
import { entryPosition } from "../../linalg/sparse-pattern.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { type Pausable, pauseDue } from "../../optimise/pausable.ts";
import type { Rng } from "../../random/rng.ts";
import type { IntegralData } from "../integral-data.ts";
import { byLevels, type CrossedModel } from "./crossed-model.ts";
import { productGrid } from "./gauss-hermite.ts";
import { groupModeSearch } from "./group-modes.ts";
import { groupedModel, setParameters } from "./grouped-model.ts";
import type { GroupingFactor } from "./grouping.ts";
import { weightSums } from "./importance-weights.ts";
import type { ImportanceEstimate } from "./laplace-marginal.ts";
import { integrateGroups, nodeScratch } from "./node-sum.ts";
import { tProposal } from "./t-proposal.ts";

/** Nodes a dimension for 1, 2 and 3 effects a level of the largest factor; with more, all effects are sampled jointly. */
const INNER_NODES = [15, 9, 5];

export interface ConditionalImportance {
  /** The log-likelihood at x; `mode` and `H` are the mode and its sparse Hessian there. */
  estimate(x: Float64Array, mode: Float64Array, H: Float64Array, rng: Rng, draws: number): Pausable<ImportanceEstimate>;
}

/** Null where a level of the largest factor has more than three effects, or levels of a factor have a known covariance. */
export function conditionalImportance(
  data: IntegralData,
  kernel: ObservationKernel,
  factors: readonly GroupingFactor[],
  model: CrossedModel,
): ConditionalImportance | null {
  const largest = byLevels(factors)[0]!;
  const width = largest.terms.reduce((sum, { term }) => sum + data.random[term]!.q, 0);
  const nodes = INNER_NODES[width - 1];
  if (!nodes || factors.length < 2 || factors.some((factor) => factor.known)) return null;
  const head = largest.levels * width;
  const { pattern } = model.cholesky;
  const others = model.effects.filter((effect) => effect.position[0]! >= head);

  /** log|H_ww|, block by block. */
  function headLogDet(H: Float64Array): number {
    const block = new Float64Array(width * width);
    let total = 0;
    for (let first = 0; first < head; first += width) {
      for (let a = 0; a < width; a++)
        for (let b = 0; b <= a; b++) {
          // Terms of one level meet in every one of its rows, so the entry is there.
          block[a * width + b] = H[entryPosition(pattern, first + a, first + b)]!;
        }
      if (!choleskyFactor(block, width)) return NaN;
      total += choleskyLogDet(block, width);
    }
    return total;
  }

  // Made on first use: a fit that never asks for the check does not pay for it.
  let natural: SparseCholesky | undefined;
  let inner: ReturnType<typeof groupedModel> | undefined;

  return {
    *estimate(x, mode, H, rng, draws) {
      inner ??= groupedModel(data, kernel, largest);
      natural ??= model.cholesky.permutation.every((index, k) => index === k)
        ? model.cholesky
        : analyse(pattern, "natural");
      const cholesky = natural;
      const group = inner;
      const search = groupModeSearch(group);
      const grid = productGrid(nodes, width);
      const scratch = nodeScratch(group);
      const { order, n, fixedPart, kernel: bound } = group.rows;
      setParameters(group, x);
      const base = fixedPart.map((part) => part.slice());
      if (!cholesky.factor(H)) return { logLik: -Infinity, standardError: NaN, effectiveDraws: 0 };
      const halfLogDetTail = 0.5 * (cholesky.logDet() - headLogDet(H));

      const size = model.size - head;
      const proposal = tProposal(size);
      const w = new Float64Array(size);
      const d = new Float64Array(model.size);
      const pairs = Math.max(2, Math.ceil(draws / 2));
      const logWeights = new Float64Array(2 * pairs);
      for (let pair = 0; pair < pairs; pair++) {
        const logProposal = proposal.logDensity(proposal.draw(rng, w));
        d.fill(0);
        d.set(w, head);
        cholesky.halfSolveTransposed(d);
        for (let side = 0; side < 2; side++) {
          const sign = side === 0 ? 1 : -1;
          for (let r = 0; r < fixedPart.length; r++) fixedPart[r]!.set(base[r]!);
          for (const { predictor, a, position } of others) {
            const part = fixedPart[predictor]!;
            for (let i = 0; i < n; i++) {
              const row = order[i]!;
              const at = position[row]!;
              part[i]! += a[row]! * (mode[at]! + sign * d[at]!);
            }
          }
          // Predictors without effects of the largest factor are not written by its search.
          for (let r = 0; r < fixedPart.length; r++) bound.eta[r]!.set(fixedPart[r]!);
          let logTarget = 0;
          for (let at = head; at < model.size; at++) logTarget -= 0.5 * (mode[at]! + sign * d[at]!) ** 2;
          logTarget += integrateGroups(group, search, grid, scratch, 0, group.groups, null);
          logWeights[2 * pair + side] = logTarget - logProposal;
        }
        if (pauseDue()) yield;
      }
      const { logMean, relativeVariance, effectiveDraws } = weightSums(logWeights);
      return {
        logLik: logMean - halfLogDetTail - 0.5 * size * Math.log(2 * Math.PI),
        standardError: Math.sqrt(relativeVariance),
        effectiveDraws,
      };
    },
  };
}
