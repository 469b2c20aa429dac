/**
 * ARMA(p, q): x_t = Σ φ_j x_{t−j} + ε_t + Σ θ_j ε_{t−j}. Parametrised by partial autocorrelations in (−1, 1), so that every point is
 * stationary and invertible (Monahan 1984, Biometrika 71); autocovariances and their derivatives by Brockwell & Davis (1991), *Time Series*, §3.3.
 */

/**
 * Coefficients of a stationary autoregression from its partial autocorrelations by the Durbin-Levinson recursion.
 *
 * @param sign 1 for φ; −1 for θ, whose polynomial has the other sign
 * @param jacobian order × order row-major when given: ∂coefficient_j/∂partial_k
 */
export function coefficientsOfPartials(
  partials: ArrayLike<number>,
  from: number,
  order: number,
  sign: 1 | -1,
  out: Float64Array,
  jacobian?: Float64Array,
): void {
  const previous = new Float64Array(order);
  const slopes = new Float64Array(order * order);
  const before = new Float64Array(order * order);
  for (let k = 0; k < order; k++) {
    const a = sign * partials[from + k]!;
    previous.set(out.subarray(0, k));
    before.set(slopes);
    for (let j = 0; j < k; j++) {
      out[j] = previous[j]! - a * previous[k - 1 - j]!;
      for (let c = 0; c < k; c++) slopes[j * order + c] = before[j * order + c]! - a * before[(k - 1 - j) * order + c]!;
      slopes[j * order + k] = -sign * previous[k - 1 - j]!;
    }
    out[k] = a;
    slopes[k * order + k] = sign;
  }
  if (sign < 0) {
    for (let j = 0; j < order; j++) out[j] = -out[j]!;
    for (let c = 0; c < order * order; c++) slopes[c] = -slopes[c]!;
  }
  jacobian?.set(slopes);
}

/** The partial autocorrelations of coefficients (the recursion backwards); null where they are not stationary or invertible. */
export function partialsOfCoefficients(coefficients: readonly number[], sign: 1 | -1): number[] | null {
  const order = coefficients.length;
  const partials: number[] = new Array(order).fill(0);
  let current = coefficients.map((value) => sign * value);
  for (let k = order - 1; k >= 0; k--) {
    const a = current[k]!;
    if (!(Math.abs(a) < 1)) return null;
    partials[k] = sign * a;
    current = Array.from({ length: k }, (_, j) => (current[j]! + a * current[k - 1 - j]!) / (1 - a * a));
  }
  return partials;
}

/** Solves Ax = B in place (m × m, columns), by elimination with row exchanges; false where A is singular. */
function solveSquare(A: Float64Array, m: number, B: Float64Array, columns: number): boolean {
  for (let k = 0; k < m; k++) {
    let pivot = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(A[i * m + k]!) > Math.abs(A[pivot * m + k]!)) pivot = i;
    if (!(Math.abs(A[pivot * m + k]!) > 1e-300)) return false;
    for (let j = 0; pivot !== k && j < m; j++) {
      const held = A[k * m + j]!;
      A[k * m + j] = A[pivot * m + j]!;
      A[pivot * m + j] = held;
    }
    for (let c = 0; pivot !== k && c < columns; c++) {
      const held = B[k * columns + c]!;
      B[k * columns + c] = B[pivot * columns + c]!;
      B[pivot * columns + c] = held;
    }
    for (let i = k + 1; i < m; i++) {
      const factor = A[i * m + k]! / A[k * m + k]!;
      for (let j = k; j < m; j++) A[i * m + j]! -= factor * A[k * m + j]!;
      for (let c = 0; c < columns; c++) B[i * columns + c]! -= factor * B[k * columns + c]!;
    }
  }
  for (let k = m - 1; k >= 0; k--)
    for (let c = 0; c < columns; c++) {
      let sum = B[k * columns + c]!;
      for (let j = k + 1; j < m; j++) sum -= A[k * m + j]! * B[j * columns + c]!;
      B[k * columns + c] = sum / A[k * m + k]!;
    }
  return true;
}

/** The process at a point: coefficients, autocorrelations, and their derivatives in the partial autocorrelations. */
export interface ArmaProcess {
  readonly p: number;
  readonly q: number;
  readonly phi: Float64Array;
  readonly theta: Float64Array;
  /** ∂φ_j/∂partial_k, p × p; ∂θ_j/∂partial_k, q × q. */
  readonly dPhi: Float64Array;
  readonly dTheta: Float64Array;
  /** Autocorrelations at lags 0 … length − 1. */
  readonly rho: Float64Array;
  /** lag × (p + q): ∂ρ/∂partials. */
  readonly dRho: Float64Array;
  /** Innovations variance over the variance of the process, and its gradient. */
  readonly innovation: () => number;
  readonly dInnovation: Float64Array;
  set(partials: ArrayLike<number>, at: number): boolean;
}

/** @param length number of lags wanted, at least max(p, q) + 1 */
export function armaProcess(p: number, q: number, length: number): ArmaProcess {
  const P = p + q;
  const m = Math.max(p, q);
  const lags = Math.max(length, m + 1);
  const phi = new Float64Array(p);
  const theta = new Float64Array(q);
  const dPhi = new Float64Array(p * p);
  const dTheta = new Float64Array(q * q);
  const rho = new Float64Array(lags);
  const dRho = new Float64Array(lags * P);
  const dInnovation = new Float64Array(P);
  const gamma = new Float64Array(lags);
  const dGamma = new Float64Array(lags * P);
  const psi = new Float64Array(q + 1);
  const dPsi = new Float64Array((q + 1) * P);
  const A = new Float64Array((m + 1) ** 2);
  const copy = new Float64Array((m + 1) ** 2);
  const right = new Float64Array((m + 1) * P);
  let innovation = 1;
  const slopePhi = (j: number, k: number) => (k < p ? dPhi[j * p + k]! : 0);
  const slopeTheta = (j: number, k: number) => (k >= p ? dTheta[j * q + k - p]! : 0);

  function set(partials: ArrayLike<number>, at: number): boolean {
    for (let k = 0; k < P; k++) if (!(Math.abs(partials[at + k]!) < 1)) return false;
    coefficientsOfPartials(partials, at, p, 1, phi, dPhi);
    coefficientsOfPartials(partials, at + p, q, -1, theta, dTheta);
    // weights of the moving-average form: ψ_j = θ_j + Σ φ_i ψ_{j−i}
    psi[0] = 1;
    dPsi.fill(0);
    for (let j = 1; j <= q; j++) {
      let value = theta[j - 1]!;
      for (let i = 1; i <= Math.min(j, p); i++) value += phi[i - 1]! * psi[j - i]!;
      psi[j] = value;
      for (let k = 0; k < P; k++) {
        let slope = slopeTheta(j - 1, k);
        for (let i = 1; i <= Math.min(j, p); i++)
          slope += slopePhi(i - 1, k) * psi[j - i]! + phi[i - 1]! * dPsi[(j - i) * P + k]!;
        dPsi[j * P + k] = slope;
      }
    }
    // γ(k) − Σ φ_j γ(|k − j|) = Σ_{j ≥ k} θ_j ψ_{j−k}, k = 0 … m, innovations of variance 1
    const size = m + 1;
    A.fill(0);
    right.fill(0);
    const value = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      A[k * size + k]! += 1;
      for (let j = 1; j <= p; j++) A[k * size + Math.abs(k - j)]! -= phi[j - 1]!;
      for (let j = k; j <= q; j++) {
        const weight = j === 0 ? 1 : theta[j - 1]!;
        value[k]! += weight * psi[j - k]!;
        for (let c = 0; c < P; c++)
          right[k * P + c]! += (j === 0 ? 0 : slopeTheta(j - 1, c)) * psi[j - k]! + weight * dPsi[(j - k) * P + c]!;
      }
    }
    copy.set(A);
    if (!solveSquare(copy, size, value, 1)) return false;
    gamma.set(value);
    for (let k = 0; k < size; k++)
      for (let j = 1; j <= p; j++)
        for (let c = 0; c < P; c++) right[k * P + c]! += slopePhi(j - 1, c) * gamma[Math.abs(k - j)]!;
    copy.set(A);
    if (P > 0 && !solveSquare(copy, size, right, P)) return false;
    dGamma.set(right);
    for (let k = size; k < lags; k++) {
      let sum = 0;
      for (let j = 1; j <= p; j++) sum += phi[j - 1]! * gamma[k - j]!;
      gamma[k] = sum;
      for (let c = 0; c < P; c++) {
        let slope = 0;
        for (let j = 1; j <= p; j++)
          slope += slopePhi(j - 1, c) * gamma[k - j]! + phi[j - 1]! * dGamma[(k - j) * P + c]!;
        dGamma[k * P + c] = slope;
      }
    }
    const variance = gamma[0]!;
    if (!(variance > 0 && variance < Number.POSITIVE_INFINITY)) return false;
    innovation = 1 / variance;
    for (let c = 0; c < P; c++) dInnovation[c] = -dGamma[c]! / (variance * variance);
    for (let k = 0; k < lags; k++) {
      rho[k] = gamma[k]! / variance;
      for (let c = 0; c < P; c++) dRho[k * P + c] = (dGamma[k * P + c]! - rho[k]! * dGamma[c]!) / variance;
    }
    return true;
  }

  return { p, q, phi, theta, dPhi, dTheta, rho, dRho, innovation: () => innovation, dInnovation, set };
}
