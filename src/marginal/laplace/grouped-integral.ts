/**
 * The integral of a model with one grouping factor: a product over groups of ∫ exp(Σ ℓ_i(η_i(u))) N(u; 0, I) du, each by adaptive
 * Gauss-Hermite quadrature around its mode (Liu & Pierce 1994, Biometrika 81; Pinheiro & Chao 2006, JCGS 15); one node a
 * dimension is Laplace's approximation.
 *
 * With û the mode, H = LL' the Hessian of h there and u_m = û + L⁻ᵀξ_m, a group contributes
 * −log|L| + log Σ_m exp(ω_m − h(u_m)). All constants are kept, so values are comparable between numbers of nodes.
 */

import { addFactorGradient } from "../../covariance/term-factor.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";
import { type ProductGrid, productGrid } from "./gauss-hermite.ts";
import { type GroupModeSearch, groupModeSearch } from "./group-modes.ts";
import { groupedCovariance } from "./grouped-covariance.ts";
import { drawGroupedEffects, importanceByGroup } from "./grouped-draws.ts";
import { addGroupGradients, type GradientWork, gradientWork } from "./grouped-gradient.ts";
import { type GroupedModel, groupedModel, setParameters } from "./grouped-model.ts";
import type { GroupingFactor } from "./grouping.ts";
import type { LaplaceMarginal } from "./laplace-marginal.ts";
import { integrateGroups, type NodeScratch, nodeScratch } from "./node-sum.ts";
import { inverseFromFactor, invertFactor } from "./small-cholesky.ts";

/** Groups are integrated side by side in stretches of about this many rows: few calls, and what a stretch needs stays in the cache. */
const STRETCH = 512;

/** Where stretches of whole groups begin, and the end. */
function stretches({ groups, start }: GroupedModel): Int32Array {
  const ends = [0];
  for (let g = 1; g < groups; g++) if (start[g + 1]! - start[ends.at(-1)!]! > STRETCH) ends.push(g);
  if (groups > 0) ends.push(groups);
  return Int32Array.from(ends);
}

/** Adds the blocks' dFactor to the flat gradient and clears them. */
function flushFactors(
  model: GroupedModel,
  x: Float64Array,
  part: Float64Array,
  forNodes: boolean,
  gradient: Float64Array,
): void {
  for (const { q, terms, dFactor } of model.blocks) {
    for (const { layout, first, axes } of terms) {
      const size = layout.q;
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) part[a * size + b] = dFactor[(first + a) * q + first + b]!;
      if (forNodes) axes?.pullback(part);
      addFactorGradient(layout, x, part, gradient);
    }
    dFactor.fill(0);
  }
}

/** The groups of a model, the search of their modes, and the nodes around those. */
interface Integral {
  readonly data: IntegralData;
  readonly model: GroupedModel;
  readonly stretch: Int32Array;
  readonly search: GroupModeSearch;
  readonly grid: ProductGrid;
  readonly work: GradientWork;
  readonly scratch: NodeScratch;
  readonly part: Float64Array;
  readonly forNodes: boolean;
  readonly trace: { evaluations: number; gradients: number; failures: number; readonly innerIterations: number };
  readonly allFinite: (gradient: Float64Array) => boolean;
}

/** What groups from ≤ g < to contribute; with `gradient` adds their derivatives (Λ into the blocks). −Infinity where one fails. */
function contribution(s: Integral, from: number, to: number, gradient: Float64Array | null): number {
  const { model, search, grid, work, scratch } = s;
  const value = integrateGroups(model, search, grid, scratch, from, to, gradient && work);
  if (gradient && value > -Infinity) addGroupGradients(model, work, from, to, grid.count === 1, gradient);
  return value;
}

function forget(s: Integral, gradient: Float64Array): void {
  const { model } = s;
  const { blocks } = model;
  gradient.fill(0);
  for (const { dFactor } of blocks) dFactor.fill(0);
}

function evaluate(s: Integral, x: Float64Array, gradient: Float64Array | undefined): number {
  const { model, stretch, part, forNodes, trace, allFinite } = s;
  trace.evaluations++;
  setParameters(model, x, forNodes);
  if (gradient) {
    trace.gradients++;
    forget(s, gradient);
  }
  let total = 0;
  for (let k = 1; k < stretch.length && total > -Infinity; k++)
    total += contribution(s, stretch[k - 1]!, stretch[k]!, gradient ?? null);
  if (gradient && total > -Infinity) {
    flushFactors(model, x, part, forNodes, gradient);
    if (!allFinite(gradient)) total = -Infinity;
  }
  if (total > -Infinity) return total;
  trace.failures++;
  if (gradient) forget(s, gradient);
  return -Infinity;
}

function conditionalModes(s: Integral, x: Float64Array): { modes: Float64Array[]; covariances: Float64Array[] } {
  const { data, model, search } = s;
  const { q, groups: count, blocks } = model;
  setParameters(model, x);
  const modes = data.random.map((term) => new Float64Array(term.levels.length * term.q).fill(NaN));
  const covariances = data.random.map((term) => new Float64Array(term.levels.length * term.q ** 2).fill(NaN));
  const L = new Float64Array(q * q);
  const inverseL = new Float64Array(q * q);
  const inverse = new Float64Array(q * q);
  for (let g = 0; g < count; g++) {
    if (!search.find(g, g + 1, false)) continue;
    L.set(model.modes.L.subarray(g * q * q, (g + 1) * q * q));
    invertFactor(L, q, inverseL);
    inverseFromFactor(inverseL, q, 1, inverse);
    for (const block of blocks)
      for (const { term, layout: own, first, factor: Lambda, levelOf } of block.terms) {
        const size = own.q;
        const level = levelOf[g]!;
        const base = block.first + first;
        for (let a = 0; a < size; a++) {
          let b = 0;
          for (let c = 0; c <= a; c++) b += Lambda[a * size + c]! * model.modes.u[g * q + base + c]!;
          modes[term]![level * size + a] = b;
          for (let d = 0; d < size; d++) {
            let sum = 0;
            for (let c = 0; c <= a; c++)
              for (let e = 0; e <= d; e++)
                sum += Lambda[a * size + c]! * inverse[(base + c) * q + base + e]! * Lambda[d * size + e]!;
            covariances[term]![(level * size + a) * size + d] = sum;
          }
        }
      }
  }
  return { modes, covariances };
}

/**
 * The marginal likelihood of a model whose random terms all share `factor`, by `nodes` Gauss-Hermite nodes a dimension.
 *
 * The value is −Infinity (and the gradient 0) when any group has no mode at which H is positive definite.
 * `groups` are the factor's levels, in their order.
 *
 * @param nodes nodes a dimension; 1 = Laplace. The caller sees to it that nodes^q is affordable.
 */
export function groupedIntegral(
  data: IntegralData,
  kernel: ObservationKernel,
  factor: GroupingFactor,
  nodes: number,
): LaplaceMarginal {
  const { layout } = data;
  const model = groupedModel(data, kernel, factor);
  const { q, groups: count } = model;
  const stretch = stretches(model);
  const search = groupModeSearch(model);
  const grid = productGrid(nodes, q);
  const work = gradientWork(model);
  const scratch = nodeScratch(model);
  const part = new Float64Array(Math.max(1, ...layout.terms.map((term) => term.q)) ** 2);
  const forNodes = nodes > 1;
  const groupGradient = new Float64Array(layout.size);
  const trace = {
    evaluations: 0,
    gradients: 0,
    failures: 0,
    get innerIterations() {
      return search.iterations();
    },
  };

  const allFinite = (gradient: Float64Array): boolean => gradient.every((value) => Math.abs(value) < Infinity);
  const s: Integral = { data, model, stretch, search, grid, work, scratch, part, forNodes, trace, allFinite };

  return {
    layout,
    method: nodes === 1 ? { kind: "laplace", nodes: 1 } : { kind: "agq", nodes },
    trace,
    evaluate: (x, gradient) => evaluate(s, x, gradient),
    groups: {
      count,
      evaluate(x, values, scores) {
        setParameters(model, x, forNodes);
        for (let g = 0; g < count; g++) {
          groupGradient.fill(0);
          values[g] = contribution(s, g, g + 1, scores ? groupGradient : null);
          if (scores) {
            flushFactors(model, x, part, forNodes, groupGradient);
            if (values[g] === -Infinity) groupGradient.fill(0);
            scores.set(groupGradient, g * layout.size);
          }
        }
      },
    },
    conditionalModes: (x) => conditionalModes(s, x),
    effectsCovariance(x) {
      setParameters(model, x);
      if (!search.find(0, count, false)) return null;
      return groupedCovariance(model);
    },
    drawRandomEffects(x, rng, out) {
      setParameters(model, x);
      drawGroupedEffects(model, search, rng, out);
    },
    *importanceLogLikelihood(x, rng, draws) {
      setParameters(model, x);
      return yield* importanceByGroup(model, search, rng, draws);
    },
  };
}
