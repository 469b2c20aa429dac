/**
 * The exact gradient of a Laplace approximation with a sparse H. As the grouped adjoint with one node, where H̄ = −½H⁻¹: only entries
 * of H⁻¹ where two effects meet in a row are needed, the selected inverse.
 */
import { addFactorGradient } from "../../covariance/term-factor.ts";
import { type CrossedModel, setCrossedPredictors } from "./crossed-model.ts";
import { addFixedGradient } from "./ordered-rows.ts";

export type CrossedGradient = (x: Float64Array, u: Float64Array, gradient: Float64Array) => void;

/** Room for the adjoints of predictors, effects and factors. */
interface Adjoint {
  readonly model: CrossedModel;
  readonly residual: Float64Array;
  readonly isLarge: () => boolean;
  readonly E: number;
  readonly inverse: Float64Array;
  readonly lambda: Float64Array;
  readonly rowAdjoint: Float64Array[];
  readonly isRandom: boolean[];
  readonly alpha: Float64Array[];
  readonly predictorPairs: { r: number; s: number; pair: number; weight: Float64Array }[];
  readonly weightOf: Map<number, Float64Array>;
  readonly target: Float64Array;
  readonly dFactor: Float64Array;
}

/** The adjoints ρ of the predictors from log|H|, and its slopes in φ. */
function adjointOfDeterminant(s: Adjoint, gradient: Float64Array): void {
  const { model, inverse, rowAdjoint, predictorPairs, weightOf } = s;
  const { effects, pairs, index, rows } = model;
  const { n, K, kernel, globals, phiOffset } = rows;
  for (const { weight } of predictorPairs) weight.fill(0);
  for (const { e, f, predictors, slot } of pairs) {
    const ae = effects[e]!.a;
    const af = effects[f]!.a;
    const weight = weightOf.get(predictors)!;
    const factor = e === f ? -0.5 : -1;
    for (let i = 0; i < n; i++) weight[i]! += factor * ae[i]! * af[i]! * inverse[slot[i]!]!;
  }
  for (let t = 0; t < K; t++) {
    const rho = rowAdjoint[t]!;
    rho.fill(0);
    for (const { r, s, weight } of predictorPairs) {
      const d3 = kernel.d3[index.triple[(r * K + s) * K + t]!]!;
      for (let i = 0; i < n; i++) rho[i]! -= d3[i]! * weight[i]!;
    }
  }
  for (let p = 0; p < globals; p++)
    for (const { pair, weight } of predictorPairs) {
      const d3Phi = kernel.d3Phi[p]![pair]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += d3Phi[i]! * weight[i]!;
      gradient[phiOffset + p]! -= sum;
    }
}

/** λ = H⁻¹ of the adjoint of u, and α, its part in the predictors. */
function moveMode(s: Adjoint): void {
  const { model, residual, isLarge, lambda, rowAdjoint, alpha } = s;
  const { effects, cholesky, rows, size } = model;
  const { n } = rows;
  if (isLarge()) for (let a = 0; a < size; a++) lambda[a] = -residual[a]!;
  else lambda.fill(0);
  for (const { predictor, a, position } of effects) {
    const rho = rowAdjoint[predictor]!;
    for (let i = 0; i < n; i++) lambda[position[i]!]! += rho[i]! * a[i]!;
  }
  cholesky.solve(lambda);
  for (const values of alpha) values.fill(0);
  for (const { predictor, a, position } of effects) {
    const values = alpha[predictor]!;
    for (let i = 0; i < n; i++) values[i]! += a[i]! * lambda[position[i]!]!;
  }
}

/** The predictors' part of the gradient and what the mode adds to that of φ. */
function addPredictors(s: Adjoint, gradient: Float64Array): void {
  const { model, rowAdjoint, isRandom, alpha } = s;
  const { index, rows } = model;
  const { n, K, kernel, globals, phiOffset } = rows;
  // ρ becomes ℓ_t + m_t with m_t = ρ_t + Σ_r ℓ_rt α_r.
  for (let t = 0; t < K; t++) {
    const total = rowAdjoint[t]!;
    const d1 = kernel.d1[t]!;
    for (let i = 0; i < n; i++) total[i]! += d1[i]!;
    for (let r = 0; r < K; r++) {
      if (!isRandom[r]) continue;
      const d2 = kernel.d2[index.pair[r * K + t]!]!;
      const values = alpha[r]!;
      for (let i = 0; i < n; i++) total[i]! += d2[i]! * values[i]!;
    }
    addFixedGradient(rows, t, total, 0, n, gradient);
  }
  for (let p = 0; p < globals; p++)
    for (let r = 0; r < K; r++) {
      if (!isRandom[r]) continue;
      const d2Phi = kernel.d2Phi[p]![r]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += d2Phi[i]! * alpha[r]![i]!;
      gradient[phiOffset + p]! += sum;
    }
}

/** Λ's part of the gradient. */
function addFactors(s: Adjoint, x: Float64Array, u: Float64Array, gradient: Float64Array): void {
  const { model, E, inverse, lambda, rowAdjoint, target, dFactor } = s;
  const { effects, pairs, pairOf, terms, index, rows } = model;
  const { n, K, kernel } = rows;
  for (const { layout, first } of terms) {
    const { q } = layout;
    dFactor.fill(0);
    for (let b = 0; b < q; b++) {
      const effect = effects[first + b]!;
      const t = effect.predictor;
      const total = rowAdjoint[t]!;
      const d1 = kernel.d1[t]!;
      for (let i = 0; i < n; i++) {
        const at = effect.position[i]!;
        target[i] = total[i]! * u[at]! + d1[i]! * lambda[at]!;
      }
      for (let f = 0; f < E; f++) {
        const other = effects[f]!;
        const d2 = kernel.d2[index.pair[t * K + other.predictor]!]!;
        const { slot } = pairs[pairOf[(first + b) * E + f]!]!;
        for (let i = 0; i < n; i++) target[i]! += d2[i]! * inverse[slot[i]!]! * other.a[i]!;
      }
      for (let c = b; c < q; c++) {
        const { z } = effects[first + c]!;
        let sum = 0;
        for (let i = 0; i < n; i++) sum += z[i]! * target[i]!;
        dFactor[c * q + b] = sum;
      }
    }
    addFactorGradient(layout, x, dFactor, gradient);
  }
}

/**
 * A function that overwrites `gradient` by that of the Laplace approximation at x and mode û, with H factorised there.
 *
 * @param residual ∇h(û), as the search of the mode leaves it: 0 up to rounding, which it takes off as `grouped-gradient.ts` says
 * @param isLarge whether H is so large that this rounding matters
 */
export function crossedGradient(model: CrossedModel, residual: Float64Array, isLarge: () => boolean): CrossedGradient {
  const { effects, terms, cholesky, index, rows, size } = model;
  const { n, K, kernel, globals, phiOffset } = rows;
  const E = effects.length;
  const inverse = new Float64Array(cholesky.pattern.rowIndex.length);
  const lambda = new Float64Array(size);
  const rowAdjoint = Array.from({ length: K }, () => new Float64Array(n));
  const isRandom = Array.from({ length: K }, (_, r) => effects.some((effect) => effect.predictor === r));
  const alpha = isRandom.map((random) => new Float64Array(random ? n : 0));
  // Σ_rs over ordered pairs of predictors, kept by unordered pair: h̄_rr, and 2h̄_rs for r < s.
  const predictorPairs: { r: number; s: number; pair: number; weight: Float64Array }[] = [];
  for (let r = 0; r < K; r++)
    for (let s = r; s < K; s++)
      if (isRandom[r] && isRandom[s])
        predictorPairs.push({ r, s, pair: index.pair[r * K + s]!, weight: new Float64Array(n) });
  const weightOf = new Map(predictorPairs.map(({ pair, weight }) => [pair, weight]));
  const target = new Float64Array(n);
  const dFactor = new Float64Array(Math.max(...terms.map(({ layout }) => layout.q)) ** 2);
  const s: Adjoint = {
    model,
    residual,
    isLarge,
    E,
    inverse,
    lambda,
    rowAdjoint,
    isRandom,
    alpha,
    predictorPairs,
    weightOf,
    target,
    dFactor,
  };

  return (x, u, gradient) => {
    gradient.fill(0);
    setCrossedPredictors(model, u);
    kernel.adjoint(0, n);
    cholesky.selectedInverse(inverse);
    for (let p = 0; p < globals; p++) gradient[phiOffset + p] = kernel.dPhi[p]!;
    adjointOfDeterminant(s, gradient);
    moveMode(s);
    addPredictors(s, gradient);
    addFactors(s, x, u, gradient);
  };
}
