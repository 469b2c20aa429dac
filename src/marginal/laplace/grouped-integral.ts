/**
 * The integral of a model with one grouping factor: a product over groups of ∫ exp(Σ ℓ_i(η_i(u))) N(u; 0, I) du, each by adaptive
 * Gauss-Hermite quadrature around its mode (Liu & Pierce 1994, Biometrika 81; Pinheiro & Chao 2006, JCGS 15); one node a
 * dimension is Laplace's approximation.
 *
 * With û the mode, H = LL' the Hessian of h there and u_m = û + L⁻ᵀξ_m, a group contributes
 * −log|L| + log Σ_m exp(ω_m − h(u_m)). All constants are kept, so values are comparable between numbers of nodes.
 */
import { choleskyLogDet } from "../../linalg/dense-cholesky.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { addFactorGradient } from "../../model/parameter-layout.ts";
import type { IntegralData } from "../integral-data.ts";
import { groupModeSearch } from "./conditional-mode.ts";
import type { ProductGrid } from "./gauss-hermite.ts";
import { productGrid } from "./gauss-hermite.ts";
import { drawGroupedEffects, importanceByGroup } from "./grouped-draws.ts";
import { addGroupGradient, type GradientWork, gradientWork } from "./grouped-gradient.ts";
import { type GroupedModel, groupedModel, setParameters, setPredictors } from "./grouped-model.ts";
import type { GroupingFactor } from "./grouping.ts";
import type { LaplaceMarginal } from "./laplace-marginal.ts";
import { inverseFromFactor, invertFactor } from "./small-cholesky.ts";

/** Below this much the weight of the mode a node sum is rescaled, so that it cannot overflow. */
const RESCALE = 200;

/**
 * log Σ_m exp(ω_m − h(u_m)) of group g at the mode in `model.mode`; with `work` also its node sums, normalised.
 */
function sumNodes(
  model: GroupedModel,
  grid: ProductGrid,
  inverseL: Float64Array,
  point: Float64Array,
  g: number,
  work: GradientWork | null,
): number {
  const { q, blocks, start, rows } = model;
  const { kernel, K, globals } = rows;
  const { u: mode, L } = model.mode;
  const { points, logWeights, count } = grid;
  const from = start[g]!;
  const to = start[g + 1]!;
  invertFactor(L, q, inverseL);
  let shift = -model.mode.h;
  let total = 0;
  if (work) {
    for (let t = 0; t < K; t++) work.rowScore[t]!.fill(0, from, to);
    for (let k = 0; k < blocks.length; k++) work.nodeFactor[k]!.fill(0);
    work.nodePhi.fill(0);
    work.U.fill(0);
    work.C.fill(0);
  }
  for (let m = 0; m < count; m++) {
    let square = 0;
    for (let a = 0; a < q; a++) {
      let value = mode[a]!;
      for (let c = a; c < q; c++) value += inverseL[c * q + a]! * points[m * q + c]!;
      point[a] = value;
      square += value * value;
    }
    setPredictors(model, point, from, to);
    const logLik = work ? kernel.score(from, to) : kernel.value(from, to);
    const exponent = logWeights[m]! - 0.5 * square + logLik;
    // A node outside the density's support has no weight.
    if (!(exponent > -Infinity)) continue;
    if (exponent > shift + RESCALE) {
      const scale = Math.exp(shift - exponent);
      shift = exponent;
      total *= scale;
      if (work) scaleNodeSums(model, work, from, to, scale);
    }
    const weight = Math.exp(exponent - shift);
    total += weight;
    if (!work || weight === 0) continue;
    for (let t = 0; t < K; t++) {
      const sum = work.rowScore[t]!;
      const d1 = kernel.d1[t]!;
      for (let i = from; i < to; i++) sum[i]! += weight * d1[i]!;
    }
    for (let p = 0; p < globals; p++) work.nodePhi[p]! += weight * kernel.dPhi[p]!;
    for (let k = 0; k < blocks.length; k++) {
      const { predictor, first, q: size, A, Z } = blocks[k]!;
      const d1 = kernel.d1[predictor]!;
      const factor = work.nodeFactor[k]!;
      for (let a = 0; a < size; a++) {
        let zd = 0;
        let slope = point[first + a]!;
        for (let i = from, at = from * size + a; i < to; i++, at += size) {
          zd += Z[at]! * d1[i]!;
          slope -= A[at]! * d1[i]!;
        }
        zd *= weight;
        slope *= weight;
        for (let b = 0; b < size; b++) factor[a * size + b]! += zd * point[first + b]!;
        work.U[first + a]! -= slope;
        for (let c = 0; c < q; c++) work.C[(first + a) * q + c]! -= slope * points[m * q + c]!;
      }
    }
  }
  if (work) scaleNodeSums(model, work, from, to, 1 / total);
  return shift + Math.log(total);
}

function scaleNodeSums(model: GroupedModel, work: GradientWork, from: number, to: number, scale: number): void {
  const { q, blocks, rows } = model;
  for (let t = 0; t < rows.K; t++) {
    const sum = work.rowScore[t]!;
    for (let i = from; i < to; i++) sum[i]! *= scale;
  }
  for (let k = 0; k < blocks.length; k++) {
    const factor = work.nodeFactor[k]!;
    for (let a = 0; a < factor.length; a++) factor[a]! *= scale;
  }
  for (let p = 0; p < rows.globals; p++) work.nodePhi[p]! *= scale;
  for (let a = 0; a < q; a++) work.U[a]! *= scale;
  for (let a = 0; a < q * q; a++) work.C[a]! *= scale;
}

/** Adds the blocks' dFactor to the flat gradient and clears them. */
function flushFactors(model: GroupedModel, part: Float64Array, gradient: Float64Array): void {
  for (const { q, terms, dFactor } of model.blocks) {
    for (const { layout, first } of terms) {
      const size = layout.q;
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) part[a * size + b] = dFactor[(first + a) * q + first + b]!;
      addFactorGradient(layout, part, gradient);
    }
    dFactor.fill(0);
  }
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
  const { q, groups: count, mode, blocks } = model;
  const search = groupModeSearch(model);
  const grid = productGrid(nodes, q);
  const work = gradientWork(model);
  const inverseL = new Float64Array(q * q);
  const point = new Float64Array(q);
  const part = new Float64Array(Math.max(1, ...layout.terms.map((term) => term.q)) ** 2);
  const groupGradient = new Float64Array(layout.size);
  const trace = {
    evaluations: 0,
    gradients: 0,
    failures: 0,
    get innerIterations() {
      return search.iterations();
    },
  };

  /** Group g's contribution; with `gradient` adds its derivatives (Λ into the blocks). −Infinity where it fails. */
  function contribution(g: number, gradient: Float64Array | null): number {
    if (!search.find(g)) return -Infinity;
    const oneNode = grid.count === 1;
    const logSum = oneNode ? -mode.h : sumNodes(model, grid, inverseL, point, g, gradient && work);
    const value = logSum - 0.5 * choleskyLogDet(mode.L, q);
    if (!(Math.abs(value) < Infinity)) return -Infinity;
    if (gradient) addGroupGradient(model, work, g, oneNode, gradient);
    return value;
  }

  function forget(gradient: Float64Array): void {
    gradient.fill(0);
    for (const { dFactor } of blocks) dFactor.fill(0);
  }

  const isFinite = (gradient: Float64Array): boolean => gradient.every((value) => Math.abs(value) < Infinity);

  return {
    layout,
    method: nodes === 1 ? { kind: "laplace", nodes: 1 } : { kind: "agq", nodes },
    trace,
    evaluate(x, gradient) {
      trace.evaluations++;
      setParameters(model, x);
      if (gradient) {
        trace.gradients++;
        forget(gradient);
      }
      let total = 0;
      for (let g = 0; g < count; g++) {
        total += contribution(g, gradient ?? null);
        if (total === -Infinity) break;
      }
      if (gradient && total > -Infinity) {
        flushFactors(model, part, gradient);
        if (!isFinite(gradient)) total = -Infinity;
      }
      if (total > -Infinity) return total;
      trace.failures++;
      if (gradient) forget(gradient);
      return -Infinity;
    },
    groups: {
      count,
      evaluate(x, values, scores) {
        setParameters(model, x);
        for (let g = 0; g < count; g++) {
          groupGradient.fill(0);
          values[g] = contribution(g, scores ? groupGradient : null);
          if (scores) {
            flushFactors(model, part, groupGradient);
            if (values[g] === -Infinity) groupGradient.fill(0);
            scores.set(groupGradient, g * layout.size);
          }
        }
      },
    },
    conditionalModes(x) {
      setParameters(model, x);
      const modes = data.random.map((term) => new Float64Array(term.levels.length * term.q).fill(NaN));
      const covariances = data.random.map((term) => new Float64Array(term.levels.length * term.q ** 2).fill(NaN));
      const inverse = new Float64Array(q * q);
      for (let g = 0; g < count; g++) {
        if (!search.find(g)) continue;
        invertFactor(mode.L, q, inverseL);
        inverseFromFactor(inverseL, q, 1, inverse);
        for (const block of blocks)
          for (const { term, layout: own, first, factor: Lambda, levelOf } of block.terms) {
            const size = own.q;
            const level = levelOf[g]!;
            const base = block.first + first;
            for (let a = 0; a < size; a++) {
              let b = 0;
              for (let c = 0; c <= a; c++) b += Lambda[a * size + c]! * mode.u[base + c]!;
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
    },
    drawRandomEffects(x, rng, out) {
      setParameters(model, x);
      drawGroupedEffects(model, search, rng, out);
    },
    importanceLogLikelihood(x, rng, draws) {
      setParameters(model, x);
      return importanceByGroup(model, search, rng, draws);
    },
  };
}
