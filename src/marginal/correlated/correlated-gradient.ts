/**
 * The exact gradient of Laplace's approximation for correlated rows: V = −h(û) − ½ log|H| + ½ log|P| differentiated through f, its derivatives, the
 * mode and C⁻¹. With G = ΛH⁻¹Λ' (Λ relative to σ), and g̃ = sg, δ̃ = sδ:
 *
 *   κ_i = ½⟨G_ii, D_i⟩,  Γ_i = −Σ_j C⁻¹_ij G_ij g̃_j,  κ̃ = sκ
 *   log|H| moves f by −s C⁻¹κ̃, f_r by s Γ_c z_c and f_rs by ½ s p G_cd z_c z_d, which gives an adjoint of u; λ = H⁻¹ of it
 *   the mode then adds the derivatives of Σ_i τ s_i p_i δ_i, δ_i = g_i'Λλ, with λ held
 *   C⁻¹ has the adjoint −½K, K_ij = τ e_i e_j + g̃_i'Gg̃_j − (ρ_i e_j + e_i ρ_j), ρ = κ̃ + τδ̃.
 */
import { addFixedGradient } from "../laplace/ordered-rows.ts";
import type { CorrelatedModel } from "./correlated-model.ts";

export type CorrelatedGradient = (x: Float64Array, u: Float64Array, gradient: Float64Array) => void;

/** Room for the adjoints that the header names. */
interface Adjoint {
  readonly model: CorrelatedModel;
  readonly width: number;
  readonly cells: number;
  readonly pairOf: (r: number, s: number) => number;
  readonly tripleOf: (r: number, s: number, t: number) => number;
  readonly G: Float64Array;
  readonly block: Float64Array;
  readonly gamma: Float64Array;
  readonly kappa: Float64Array;
  readonly solvedKappa: Float64Array;
  readonly delta: Float64Array;
  readonly rho: Float64Array;
  readonly solvedRho: Float64Array;
  readonly dLogScale: Float64Array;
  readonly pairAdjoint: Float64Array;
  readonly etaAdjoint: Float64Array[];
  readonly direction: Float64Array;
  readonly moved: Float64Array;
  readonly collected: Float64Array;
  readonly dPhi: Float64Array;
  readonly dCorrelation: Float64Array;
  readonly ONE: Float64Array;
}

/** Fills G, Γ, κ̃ and C⁻¹κ̃, and begins the adjoint of C⁻¹ with g̃'Gg̃. */
function sweepPairs(s: Adjoint): void {
  const { model, width, cells, pairOf, G, block, gamma, kappa, solvedKappa, pairAdjoint } = s;
  const { rows, response, factors, crossed, columns, slopes } = model;
  const { n, kernel } = rows;
  const { scale, correlation } = response;
  const { row, partner, stored, precision } = correlation.pairs!;
  crossed.invert(factors.lambda);
  gamma.fill(0);
  pairAdjoint.fill(0);
  for (let k = 0; k < row.length; k++) {
    const i = row[k]!;
    const j = partner[k]!;
    const weight = precision[stored[k]!]!;
    crossed.covariance(k, block);
    if (i === j) G.set(block, i * cells);
    let total = 0;
    for (let a = 0; a < width; a++) {
      let sum = 0;
      for (let b = 0; b < width; b++) sum += block[a * width + b]! * slopes[j * width + b]!;
      gamma[i * width + a]! -= weight * sum;
      total += slopes[i * width + a]! * sum;
    }
    pairAdjoint[stored[k]!]! += total;
    if (i === j) continue;
    for (let b = 0; b < width; b++) {
      let sum = 0;
      for (let a = 0; a < width; a++) sum += block[a * width + b]! * slopes[i * width + a]!;
      gamma[j * width + b]! -= weight * sum;
    }
  }
  kappa.fill(0);
  eachPair(s, (c, d, r, s) => {
    const curvature = kernel.d2[pairOf(r, s)]!;
    const { z } = columns[c]!;
    const { z: w } = columns[d]!;
    for (let i = 0; i < n; i++)
      kappa[i]! += 0.5 * scale[i]! * G[i * cells + c * width + d]! * curvature[i]! * z[i]! * w[i]!;
  });
  correlation.multiplyPrecision(kappa, 1, solvedKappa);
}

function eachPair(s: Adjoint, visit: (c: number, d: number, r: number, s: number) => void): void {
  const { model, width } = s;
  const { columns } = model;
  for (let c = 0; c < width; c++)
    for (let d = 0; d < width; d++) visit(c, d, columns[c]!.predictor, columns[d]!.predictor);
}

/** The adjoint of η from log|H|. */
function adjointOfDeterminant(s: Adjoint): void {
  const { model, width, cells, pairOf, tripleOf, G, gamma, solvedKappa, etaAdjoint } = s;
  const { rows, response, columns } = model;
  const { n, K, kernel } = rows;
  const { p, scale } = response;
  for (let t = 0; t < K; t++) {
    const out = etaAdjoint[t]!;
    const slope = kernel.d1[t]!;
    for (let i = 0; i < n; i++) out[i] = -scale[i]! * solvedKappa[i]! * slope[i]!;
    columns.forEach(({ predictor: r, z }, c) => {
      const curvature = kernel.d2[pairOf(r, t)]!;
      for (let i = 0; i < n; i++) out[i]! += scale[i]! * gamma[i * width + c]! * z[i]! * curvature[i]!;
    });
    eachPair(s, (c, d, r, s) => {
      const third = kernel.d3[tripleOf(r, s, t)]!;
      const { z } = columns[c]!;
      const { z: w } = columns[d]!;
      for (let i = 0; i < n; i++)
        out[i]! += 0.5 * scale[i]! * p[i]! * G[i * cells + c * width + d]! * z[i]! * w[i]! * third[i]!;
    });
  }
}

/** collected ← Σ_i Z_i' of the adjoint of η. */
function collect(s: Adjoint): void {
  const { model, etaAdjoint, collected } = s;
  const { rows, columns } = model;
  const { n } = rows;
  collected.fill(0);
  for (const { predictor, z, position } of columns) {
    const from = etaAdjoint[predictor]!;
    for (let i = 0; i < n; i++) collected[position[i]!]! += z[i]! * from[i]!;
  }
}

/** λ, Λλ, δ, ρ and C⁻¹ρ; returns Σ τδp. */
function moveMode(s: Adjoint, tau: number, sigma: number): number {
  const { model, width, kappa, delta, rho, solvedRho, direction, moved, collected } = s;
  const { rows, response, grouping, factors, crossed, columns, slopes } = model;
  const { n } = rows;
  const { size } = grouping;
  const { p, correlation } = response;
  collect(s);
  factors.multiplyFactorTransposed(collected, 1);
  for (let a = 0; a < size; a++) direction[a] = sigma * collected[a]!;
  crossed.system.halfSolve(direction, 1);
  crossed.system.halfSolveTransposed(direction, 1);
  factors.multiplyFactor(direction, moved, 1);
  delta.fill(0);
  columns.forEach(({ position }, c) => {
    for (let i = 0; i < n; i++) delta[i]! += slopes[i * width + c]! * sigma * moved[position[i]!]!;
  });
  let mixed = 0;
  for (let i = 0; i < n; i++) {
    rho[i] = kappa[i]! + tau * delta[i]!;
    mixed += tau * delta[i]! * p[i]!;
  }
  correlation.multiplyPrecision(rho, 1, solvedRho);
  return mixed;
}

/** The density itself and the mode join log|H|: the predictors' part of the gradient. */
function addPredictors(s: Adjoint, tau: number, sigma: number, gradient: Float64Array): void {
  const { model, pairOf, solvedKappa, solvedRho, etaAdjoint, moved } = s;
  const { rows, response, columns } = model;
  const { n, K, kernel } = rows;
  const { p, scale } = response;
  for (let t = 0; t < K; t++) {
    const out = etaAdjoint[t]!;
    const slope = kernel.d1[t]!;
    for (let i = 0; i < n; i++) out[i]! += scale[i]! * slope[i]! * (tau * p[i]! - (solvedRho[i]! - solvedKappa[i]!));
    for (const { predictor: r, z, position } of columns) {
      const curvature = kernel.d2[pairOf(r, t)]!;
      for (let i = 0; i < n; i++)
        out[i]! += tau * scale[i]! * p[i]! * sigma * moved[position[i]!]! * z[i]! * curvature[i]!;
    }
    addFixedGradient(rows, t, out, 0, n, gradient);
  }
}

/** Λ: in log|H| relative to σ, else in b = Λu and Λλ. Returns the slope of the former in a scale of Λ. */
function addFactors(
  s: Adjoint,
  x: Float64Array,
  u: Float64Array,
  tau: number,
  sigma: number,
  gradient: Float64Array,
): number {
  const { model, width, direction, collected, ONE } = s;
  const { rows, response, grouping, factors, crossed, columns, slopes, lambdaAt } = model;
  const { n } = rows;
  const { p } = response;
  crossed.system.addLogDetGradient(factors.clearGradient());
  factors.addGradient(x, gradient, lambdaAt, -0.5 / sigma);
  const slopeOfScale = grouping.lambda.slopeOfScale(x, lambdaAt, gradient, lambdaAt) - 0.5 * factors.slopeOfGiven();
  factors.clearGradient();
  collect(s);
  factors.addOuterProducts(collected, u, 1, ONE, 1);
  collected.fill(0);
  columns.forEach(({ position }, c) => {
    for (let i = 0; i < n; i++) collected[position[i]!]! += tau * p[i]! * slopes[i * width + c]!;
  });
  factors.addOuterProducts(collected, direction, 1, ONE, 1);
  factors.addGradient(x, gradient, lambdaAt, 1);
  return slopeOfScale;
}

/** σ and ψ, where log|H| and the mode have this slope in σ. */
function addResidualParameters(s: Adjoint, tau: number, slope: number, gradient: Float64Array): void {
  const { model, width, gamma, rho, solvedRho, dLogScale, pairAdjoint, dPhi, dCorrelation } = s;
  const { rows, response, slopes } = model;
  const { n, phiOffset, globals } = rows;
  const { e, p, correlation, correlationAt } = response;
  const { row, partner, stored } = correlation.pairs!;
  dPhi.fill(0);
  dPhi[0] = response.slopeOfSigma() - slope;
  for (let i = 0; i < n; i++) {
    let own = 0;
    for (let c = 0; c < width; c++) own += slopes[i * width + c]! * gamma[i * width + c]!;
    dLogScale[i] = 1 - tau * e[i]! * p[i]! + own + rho[i]! * p[i]! + e[i]! * solvedRho[i]!;
  }
  response.pullbackScales(dLogScale, dPhi);
  if (correlation.size > 0) {
    for (let k = 0; k < row.length; k++) {
      const i = row[k]!;
      const j = partner[k]!;
      pairAdjoint[stored[k]!]! += tau * e[i]! * e[j]! - rho[i]! * e[j]! - e[i]! * rho[j]!;
    }
    dCorrelation.fill(0);
    correlation.pullbackPairs!(pairAdjoint, dCorrelation, 0);
    for (let k = 0; k < dCorrelation.length; k++) dPhi[correlationAt + k]! -= 0.5 * dCorrelation[k]!;
  }
  for (let g = 0; g < globals; g++) gradient[phiOffset + g] = dPhi[g]!;
}

/** A function that overwrites `gradient`, at x and its mode u, with H assembled and factored there and the kernel evaluated. */
export function correlatedGradient(model: CorrelatedModel): CorrelatedGradient {
  const { rows, response, grouping, columns, index } = model;
  const { n, K, kernel, globals } = rows;
  const { size } = grouping;
  const { correlation } = response;
  const { precision } = correlation.pairs!;
  const width = columns.length;
  const cells = width * width;
  const pairOf = (r: number, s: number) => index.pair[r * (K + 1) + s]!;
  const tripleOf = (r: number, s: number, t: number) => index.triple[(r * (K + 1) + s) * (K + 1) + t]!;
  const G = new Float64Array(n * cells);
  const block = new Float64Array(cells);
  const gamma = new Float64Array(n * width);
  const kappa = new Float64Array(n);
  const solvedKappa = new Float64Array(n);
  const delta = new Float64Array(n);
  const rho = new Float64Array(n);
  const solvedRho = new Float64Array(n);
  const dLogScale = new Float64Array(n);
  const pairAdjoint = new Float64Array(precision.length);
  const etaAdjoint = Array.from({ length: K }, () => new Float64Array(n));
  const direction = new Float64Array(size);
  const moved = new Float64Array(size);
  const collected = new Float64Array(size);
  const dPhi = new Float64Array(globals);
  const dCorrelation = new Float64Array(correlation.size);
  const ONE = Float64Array.of(1);
  const s: Adjoint = {
    model,
    width,
    cells,
    pairOf,
    tripleOf,
    G,
    block,
    gamma,
    kappa,
    solvedKappa,
    delta,
    rho,
    solvedRho,
    dLogScale,
    pairAdjoint,
    etaAdjoint,
    direction,
    moved,
    collected,
    dPhi,
    dCorrelation,
    ONE,
  };

  return (x, u, gradient) => {
    kernel.adjoint(0, n);
    const tau = response.precision();
    const sigma = 1 / Math.sqrt(tau);
    gradient.fill(0);
    sweepPairs(s);
    adjointOfDeterminant(s);
    const mixed = moveMode(s, tau, sigma);
    addPredictors(s, tau, sigma, gradient);
    const slopeOfScale = addFactors(s, x, u, tau, sigma, gradient);
    addResidualParameters(s, tau, (slopeOfScale + 2 * mixed) / sigma, gradient);
  };
}
