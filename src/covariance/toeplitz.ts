/**
 * Toeplitz correlations, one a lag: R_ab = r_|a − b| with any r for which R is positive definite, by the partial autocorrelations p_1 … p_(q − 1), each free in
 * (−1, 1) (Barndorff-Nielsen & Schou 1973, Journal of Multivariate Analysis 3, 408–419). Entries: atanh p.
 */
import { betaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";
import type { CorrelationEntries } from "./correlation-entries.ts";
import type { CorrelationPrior, Correlations } from "./correlations.ts";
import { type EntryParameter, entryCorrelations } from "./entry-correlations.ts";

/** Of the partial autocorrelations of `order` lags: the autocorrelations r_1 …, and their derivatives, by Levinson's recursion. */
function levinson(order: number, p: Float64Array, r: Float64Array, jacobian: Float64Array): void {
  // coefficients of the regression on the lags before, and their derivatives, the first index being the lag
  let phi = new Float64Array(order);
  let dPhi = new Float64Array(order * order);
  let variance = 1;
  const dVariance = new Float64Array(order);
  jacobian.fill(0);
  for (let k = 0; k < order; k++) {
    let sum = p[k]! * variance;
    for (let l = 0; l < k; l++) jacobian[k * order + l] = p[k]! * dVariance[l]!;
    jacobian[k * order + k] = variance;
    for (let j = 0; j < k; j++) {
      sum += phi[j]! * r[k - 1 - j]!;
      for (let l = 0; l < k; l++)
        jacobian[k * order + l]! += dPhi[j * order + l]! * r[k - 1 - j]! + phi[j]! * jacobian[(k - 1 - j) * order + l]!;
    }
    r[k] = sum;
    const next = new Float64Array(order);
    const dNext = new Float64Array(order * order);
    for (let j = 0; j < k; j++) {
      next[j] = phi[j]! - p[k]! * phi[k - 1 - j]!;
      for (let l = 0; l < k; l++) dNext[j * order + l] = dPhi[j * order + l]! - p[k]! * dPhi[(k - 1 - j) * order + l]!;
      dNext[j * order + k] = -phi[k - 1 - j]!;
    }
    next[k] = p[k]!;
    dNext[k * order + k] = 1;
    [phi, dPhi] = [next, dNext];
    const left = (1 - p[k]!) * (1 + p[k]!);
    for (let l = 0; l < k; l++) dVariance[l]! *= left;
    dVariance[k] = -2 * p[k]! * variance;
    variance *= left;
  }
}

/** The partial autocorrelations of autocorrelations r_1 …, those that no process has moved inside (−1, 1). */
function partialsOf(r: readonly number[]): number[] {
  let phi: number[] = [];
  let variance = 1;
  return r.map((value, k) => {
    const raw = (value - phi.reduce((sum, own, j) => sum + own * r[k - 1 - j]!, 0)) / variance;
    const p = Math.max(-0.9999999, Math.min(0.9999999, raw));
    phi = [...phi.map((own, j) => own - p * phi[k - 1 - j]!), p];
    variance *= 1 - p * p;
    return p;
  });
}

function toeplitzEntries(q: number): CorrelationEntries {
  const order = q - 1;
  const p = new Float64Array(order);
  const r = new Float64Array(order);
  const jacobian = new Float64Array(order * order);
  return {
    size: order,
    set(psi, at) {
      p.set(psi.subarray(at, at + order));
      levinson(order, p, r, jacobian);
      return true;
    },
    argument: (i, j) => i - j,
    value: (lag) => r[lag - 1]!,
    pullback(lag, adjoint, dPsi, at) {
      for (let l = 0; l < lag; l++) dPsi[at + l]! += adjoint * jacobian[(lag - 1) * order + l]!;
    },
  };
}

const logSech2 = (t: number): number => 2 * (Math.LN2 - Math.abs(t) - Math.log1p(Math.exp(-2 * Math.abs(t))));

/**
 * det(R) = Π (1 − p_k²)^(q − k) and ∂r/∂p = Π (1 − p_k²)^(q − 1 − k), so that under LKJ(η) the p_k are independent, each Beta(η(q − k), η(q − k)) stretched over
 * (−1, 1).
 */
function toeplitzPrior(q: number): CorrelationPrior {
  return {
    size: q - 1,
    logDensity(z, from, weight, jacobian, dz) {
      let sum = 0;
      for (let k = 1; k < q; k++) {
        const t = z[from + k - 1]!;
        const power = weight * (q - k) + (jacobian ? q - k : 0);
        sum += power * logSech2(t);
        if (dz) dz[from + k - 1]! -= 2 * power * Math.tanh(t);
      }
      return sum;
    },
    logNormaliser(eta) {
      let sum = 0;
      for (let k = 1; k < q; k++) {
        const a = eta * (q - k);
        sum += lgamma(2 * a) - 2 * lgamma(a) - (2 * a - 1) * Math.LN2;
      }
      return sum;
    },
    draw(rng, eta, out, from) {
      for (let k = 1; k < q; k++) {
        const a = eta * (q - k);
        out[from + k - 1] = Math.atanh(2 * betaVariate(rng, a, a) - 1);
      }
    },
  };
}

const partial: Pick<EntryParameter, "label" | "value" | "slope"> = {
  label: { kind: "cor", of: [], unit: null },
  value: Math.tanh,
  slope: (t) => 1 / Math.cosh(t) ** 2,
};

/** Toeplitz correlations of q ≥ 2 effects. */
export function toeplitz(q: number): Correlations {
  const corner = (phi: number) => Array.from({ length: q - 1 }, (_, k) => (k === 0 ? Math.atanh(phi) : 0));
  return {
    ...entryCorrelations(q, {
      parameters: Array.from({ length: q - 1 }, () => partial),
      entries: toeplitzEntries(q),
      nearest(correlation) {
        const lags = Array.from({ length: q - 1 }, (_, k) => {
          const all = Array.from({ length: q - 1 - k }, (__, b) => correlation(b + k + 1, b)).filter(Number.isFinite);
          return all.length > 0 ? all.reduce((sum, value) => sum + value, 0) / all.length : 0;
        });
        return partialsOf(lags).map(Math.atanh);
      },
      corners: [0, 0.8, 0.4, -0.4, -0.8].map(corner),
    }),
    prior: toeplitzPrior(q),
  };
}
