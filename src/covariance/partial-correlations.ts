/**
 * Correlation matrices through canonical partial correlations: z ∈ R^{q(q−1)/2} → p = tanh z → the lower-triangular L with unit rows,
 * R = LL'. p_ij is the correlation of i and j given 0 … j − 1 (a C-vine), entries row by row below the diagonal.
 *
 * L_ij = p_ij Π_{k<j} √(1 − p_ik²), L_ii = Π_{k<i} √(1 − p_ik²), and det R = Π (1 − p_ij²).
 * Lewandowski, Kurowicka & Joe (2009), "Generating random correlation matrices based on vines and extended onion method".
 */

/** Number of coordinates of a q × q correlation matrix. */
export const correlationSize = (q: number): number => (q * (q - 1)) / 2;

/** log(1 − tanh²z), without cancellation. */
const logSech2 = (z: number): number => 2 * (Math.LN2 - Math.abs(z) - Math.log1p(Math.exp(-2 * Math.abs(z))));

/** Writes L (q × q row-major, zeros above the diagonal) from z[from …]. */
export function correlationFactor(q: number, z: Float64Array, from: number, L: Float64Array): void {
  let position = from;
  for (let i = 0; i < q; i++) {
    let rest = 1;
    for (let j = 0; j < i; j++) {
      const t = z[position++]!;
      L[i * q + j] = Math.tanh(t) * rest;
      rest *= Math.exp(0.5 * logSech2(t));
    }
    L[i * q + i] = rest;
    for (let j = i + 1; j < q; j++) L[i * q + j] = 0;
  }
}

/** dz[from …] += (∂L/∂z)' dL, with L as `correlationFactor` left it for this z. */
export function correlationFactorPullback(
  q: number,
  z: Float64Array,
  from: number,
  L: Float64Array,
  dL: Float64Array,
  dz: Float64Array,
): void {
  for (let i = 1; i < q; i++) {
    const row = from + correlationSize(i);
    // Below column j the entries of the row all carry the factor sech z_ij: their adjoint comes back as Σ_{k>j} dL_ik L_ik.
    let tail = dL[i * q + i]! * L[i * q + i]!;
    for (let j = i - 1; j >= 0; j--) {
      const p = Math.tanh(z[row + j]!);
      let rest = 1;
      for (let k = 0; k < j; k++) rest *= Math.exp(0.5 * logSech2(z[row + k]!));
      dz[row + j]! += dL[i * q + j]! * rest * Math.exp(logSech2(z[row + j]!)) - tail * p;
      tail += dL[i * q + j]! * L[i * q + j]!;
    }
  }
}

/** z from the lower-triangular factor of a correlation matrix, partial correlations held within ±`limit`. */
export function partialCorrelations(
  q: number,
  L: Float64Array,
  z: Float64Array,
  from: number,
  limit = 1 - 1e-12,
): void {
  let position = from;
  for (let i = 1; i < q; i++) {
    let rest = 1;
    for (let j = 0; j < i; j++) {
      const p = rest > 0 ? L[i * q + j]! / Math.sqrt(rest) : 0;
      z[position++] = Math.atanh(Math.max(-limit, Math.min(limit, p)));
      rest -= L[i * q + j]! ** 2;
    }
  }
}

/**
 * weight·log det R plus, when `jacobian`, log|∂R/∂z| (R's entries below the diagonal); adds the gradient to dz when given.
 * The Jacobian of p → R is Π (1 − p_ij²)^{(q − 2 − j)/2}, that of tanh Π (1 − p_ij²).
 */
export function correlationLogDensity(
  q: number,
  z: Float64Array,
  from: number,
  weight: number,
  jacobian: boolean,
  dz?: Float64Array,
): number {
  let sum = 0;
  let position = from;
  for (let i = 1; i < q; i++)
    for (let j = 0; j < i; j++, position++) {
      const power = weight + (jacobian ? (q - 2 - j) / 2 + 1 : 0);
      sum += power * logSech2(z[position]!);
      if (dz) dz[position]! -= 2 * power * Math.tanh(z[position]!);
    }
  return sum;
}
