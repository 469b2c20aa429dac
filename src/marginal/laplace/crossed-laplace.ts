/**
 * Laplace's approximation of the integral of a model with several grouping factors, crossed or nested, or with a known covariance across levels: one mode of all random effects
 * together, log L ≈ −h(û) − ½ log|H|, with H sparse (Tierney & Kadane 1986, JASA 81; Bates, Mächler, Bolker & Walker 2015, J. Stat.
 * Softw. 67, for the sparse form).
 */
import { entryPosition } from "../../linalg/sparse-pattern.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";
import { conditionalImportance } from "./conditional-importance.ts";
import { drawJointEffects, importanceJointly, type JointEffects } from "./crossed-draws.ts";
import { crossedGradient } from "./crossed-gradient.ts";
import {
  type CrossedModel,
  crossedModel,
  quadraticForm,
  setCrossedParameters,
  setCrossedPredictors,
} from "./crossed-model.ts";
import type { GroupingFactor } from "./grouping.ts";
import type { LaplaceMarginal } from "./laplace-marginal.ts";
import { findMinimum, LARGE_CURVATURE, type ModeProblem } from "./newton-mode.ts";
import { roundingOf } from "./ordered-rows.ts";
import { tracedEvaluation } from "./traced-evaluation.ts";

/** The mode problem of all random effects together, with H as entries of its sparse pattern. */
function crossedMode(model: CrossedModel): ModeProblem & { readonly H: Float64Array } {
  const { effects, pairs, cholesky, rows, size, prior, priorEntries, multiplyPrior } = model;
  const { n, kernel } = rows;
  const { columnStart, rowIndex } = cholesky.pattern;
  const H = new Float64Array(rowIndex.length);
  const ridged = new Float64Array(rowIndex.length);
  const gradient = new Float64Array(size);
  return {
    H,
    u: new Float64Array(size),
    gradient,
    step: new Float64Array(size),
    trial: new Float64Array(size),
    iterations: 0,
    ...(prior.blocks.length > 0 && { penalty: (u: Float64Array) => quadraticForm(model, u) }),
    negativeLogLikelihood(u) {
      setCrossedPredictors(model, u);
      return -kernel.curvature(0, n);
    },
    assemble(u) {
      multiplyPrior(u, gradient);
      for (const { predictor, a, position } of effects) {
        const d1 = kernel.d1[predictor]!;
        for (let i = 0; i < n; i++) gradient[position[i]!]! -= a[i]! * d1[i]!;
      }
      H.set(priorEntries);
      for (const { e, f, predictors, slot } of pairs) {
        const d2 = kernel.d2[predictors]!;
        const ae = effects[e]!.a;
        const af = effects[f]!.a;
        for (let i = 0; i < n; i++) H[slot[i]!]! -= d2[i]! * ae[i]! * af[i]!;
      }
    },
    factorise(ridge) {
      if (ridge === 0) return cholesky.factor(H);
      ridged.set(H);
      for (let j = 0; j < size; j++) ridged[columnStart[j]!]! += ridge;
      return cholesky.factor(ridged);
    },
    rounding: () => roundingOf(rows, 0, n),
    largest: () => H.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
    solve: (x) => cholesky.solve(x),
  };
}

/**
 * The marginal likelihood by Laplace's approximation over any number of grouping factors.
 *
 * −Infinity (and gradient 0) where there is no mode with positive definite H. Groups are not independent: `groups` is absent.
 */
export function crossedLaplace(
  data: IntegralData,
  kernel: ObservationKernel,
  factors: readonly GroupingFactor[],
): LaplaceMarginal {
  const { layout } = data;
  const model = crossedModel(data, kernel, factors);
  const { cholesky, terms, prior } = model;
  const mode = crossedMode(model);
  const gradientAt = crossedGradient(model, mode.gradient, () => mode.largest() >= LARGE_CURVATURE);
  const conditional = conditionalImportance(data, kernel, factors, model);
  const joint: JointEffects = {
    size: model.size,
    logTarget(u) {
      setCrossedPredictors(model, u);
      const value = model.rows.kernel.value(0, model.rows.n) - 0.5 * quadraticForm(model, u);
      return Number.isNaN(value) ? -Infinity : value;
    },
    spread: (x) => cholesky.halfSolveTransposed(x),
    logDet: () => cholesky.logDet() - prior.logDet,
  };

  return {
    layout,
    method: { kind: "laplace", nodes: 1 },
    ...tracedEvaluation(
      mode,
      (x) => {
        setCrossedParameters(model, x);
        return -findMinimum(mode) - 0.5 * (cholesky.logDet() - prior.logDet);
      },
      gradientAt,
    ),
    conditionalModes(x) {
      setCrossedParameters(model, x);
      const modes = data.random.map((term) => new Float64Array(term.levels.length * term.q).fill(NaN));
      const covariances = data.random.map((term) => new Float64Array(term.levels.length * term.q ** 2).fill(NaN));
      if (Number.isNaN(findMinimum(mode))) return { modes, covariances };
      const inverse = new Float64Array(cholesky.pattern.rowIndex.length);
      cholesky.selectedInverse(inverse);
      terms.forEach(({ layout: { q }, factor, start }, t) => {
        writeEffects(factor, q, start, mode.u, modes[t]!);
        const covariance = covariances[t]!;
        start.forEach((position, level) => {
          for (let a = 0; a < q; a++)
            for (let b = 0; b < q; b++) {
              let sum = 0;
              for (let c = 0; c <= a; c++)
                for (let d = 0; d <= b; d++) {
                  const entry = entryPosition(cholesky.pattern, position + Math.max(c, d), position + Math.min(c, d));
                  sum += factor[a * q + c]! * inverse[entry]! * factor[b * q + d]!;
                }
              covariance[(level * q + a) * q + b] = sum;
            }
        });
      });
      return { modes, covariances };
    },
    effectsCovariance(x) {
      setCrossedParameters(model, x);
      if (Number.isNaN(findMinimum(mode))) return null;
      return {
        size: model.size,
        terms: terms.map(({ layout: { q }, factor, start }) => ({ q, start, factor: factor.slice() })),
        independentLevels: false,
        halfSolve: (u) => cholesky.halfSolve(u),
        halfSolveTransposed: (u) => cholesky.halfSolveTransposed(u),
        quadraticForm: cholesky.quadraticForm,
      };
    },
    drawRandomEffects(x, rng, out) {
      setCrossedParameters(model, x);
      if (Number.isNaN(findMinimum(mode))) {
        for (const effects of out) effects.fill(NaN);
        return;
      }
      const u = drawJointEffects(joint, mode.u, rng);
      terms.forEach(({ layout: { q }, factor, start }, t) => {
        writeEffects(factor, q, start, u, out[t]!);
      });
    },
    *importanceLogLikelihood(x, rng, draws) {
      setCrossedParameters(model, x);
      if (Number.isNaN(findMinimum(mode))) return { logLik: -Infinity, standardError: NaN, effectiveDraws: 0 };
      return conditional
        ? yield* conditional.estimate(x, mode.u, mode.H, rng, draws)
        : yield* importanceJointly(joint, mode.u, rng, draws);
    },
  };
}

/** b = Λu of every level of a term. */
function writeEffects(factor: Float64Array, q: number, start: Int32Array, u: Float64Array, out: Float64Array): void {
  for (let level = 0; level < start.length; level++)
    for (let a = 0; a < q; a++) {
      let sum = 0;
      for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * u[start[level]! + c]!;
      out[level * q + a] = sum;
    }
}
