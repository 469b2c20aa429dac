/**
 * The log prior density of a random term's coordinates where the prior is one of the whole covariance matrix Σ of q effects: inverse-Wishart,
 * or Huang & Wand's with its auxiliary variables integrated out.
 *
 * - inverse-Wishart(ν, S): ∝ |Σ|^(−(ν+q+1)/2) exp(−½ tr SΣ⁻¹);
 * - Huang & Wand (2013, Bayesian Anal. 8(2), eq. 2), ∫ IW(Σ; ν+q−1, 2ν diag(1/a)) Π IG(a_k; ½, 1/A_k²) da
 *   ∝ |Σ|^(−(ν+2q)/2) Π_k (ν(Σ⁻¹)_kk + 1/A_k²)^(−(ν+q)/2).
 *
 * Σ ↦ (standard deviations, correlations) has Jacobian 2^q Π sd^q; the chart's own goes from there to the coordinates.
 */
import type { ChartBlock } from "../charts/posterior-chart.ts";
import type { TermTransform } from "../covariance/term-transform.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { invertLower } from "../linalg/triangular.ts";
import { lgamma } from "../special/gamma.ts";
import type { LogPrior } from "./prior-density.ts";

/** A prior of a term's covariance matrix, in the user's units. Plain data; matrices q × q row-major. */
export type MatrixPrior =
  | { readonly kind: "inverse-wishart"; readonly df: number; readonly scale: readonly number[] }
  | { readonly kind: "huang-wand"; readonly df: number; readonly scales: readonly number[] };

/** log Γ_q(x), the multivariate gamma function. */
function logMultivariateGamma(q: number, x: number): number {
  let sum = (q * (q - 1) * Math.log(Math.PI)) / 4;
  for (let j = 0; j < q; j++) sum += lgamma(x - j / 2);
  return sum;
}

/** log of the constant of IW(df, S) but for |S|^(df/2). */
const wishartConstant = (q: number, df: number): number => -0.5 * df * q * Math.LN2 - logMultivariateGamma(q, 0.5 * df);

/** The prior of Σ̃ = diag(c) Σ diag(c), with the constant of its density. */
function standardised(prior: MatrixPrior, c: Float64Array): { readonly prior: MatrixPrior; readonly constant: number } {
  const q = c.length;
  const { df } = prior;
  if (prior.kind === "inverse-wishart") {
    const scale = prior.scale.map((value, cell) => value * c[Math.floor(cell / q)]! * c[cell % q]!);
    const factor = Float64Array.from(scale);
    let logDet = choleskyFactor(factor, q) ? 0 : Number.NaN;
    for (let a = 0; a < q; a++) logDet += 2 * Math.log(factor[a * q + a]!);
    return { prior: { ...prior, scale }, constant: wishartConstant(q, df) + 0.5 * df * logDet };
  }
  const scales = prior.scales.map((value, k) => value * c[k]!);
  const m = df + q - 1;
  let constant = wishartConstant(q, m) + 0.5 * q * m * Math.log(2 * df);
  for (const scale of scales) constant += lgamma(0.5 * (df + q)) - lgamma(0.5) - Math.log(scale);
  return { prior: { ...prior, scales }, constant };
}

/**
 * @param block the term's chart, all of its standard deviations as logarithms, correlations included
 * @param units by effect: standardised sd over the user's
 * @returns the density of the coordinates but for the chart's Jacobian
 */
export function covarianceDensity(
  given: MatrixPrior,
  { chart: term, offset }: ChartBlock<TermTransform>,
  units: Float64Array,
): LogPrior {
  const { q } = term;
  const { prior, constant } = standardised(given, units);
  const { df } = prior;
  /** Power of 1/|Λ| in the density. */
  const power = prior.kind === "inverse-wishart" ? df + q + 1 : df + 2 * q;
  const z = new Float64Array(term.size);
  const dz = new Float64Array(term.size);
  const x = new Float64Array(term.naturalSize);
  const dx = new Float64Array(term.naturalSize);
  const inverse = new Float64Array(q * q);
  const S = Float64Array.from(prior.kind === "inverse-wishart" ? prior.scale : new Float64Array(q * q));
  const half = new Float64Array(q * q);
  const K = new Float64Array(q * q);

  /** Λ⁻¹ from the free entries of Λ; returns Σ log Λ_aa. */
  function invert(): number {
    let logs = 0;
    let position = 0;
    for (let column = 0; column < q; column++)
      for (let row = column; row < q; row++) inverse[row * q + column] = x[position++]!;
    for (let a = 0; a < q; a++) logs += Math.log(inverse[a * q + a]!);
    invertLower(inverse, q);
    return logs;
  }

  /** K = Λ⁻¹SΛ⁻ᵀ; returns its trace. */
  function quotient(): number {
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) {
        let sum = 0;
        for (let c = 0; c <= a; c++) sum += inverse[a * q + c]! * S[c * q + b]!;
        half[a * q + b] = sum;
      }
    let trace = 0;
    for (let a = 0; a < q; a++) {
      for (let b = 0; b < q; b++) {
        let sum = 0;
        for (let c = 0; c <= b; c++) sum += half[a * q + c]! * inverse[b * q + c]!;
        K[a * q + b] = sum;
      }
      trace += K[a * q + a]!;
    }
    return trace;
  }

  /** Huang & Wand's factors; sets S to the scale matrix of an inverse-Wishart with the same derivative there. */
  function integratedScales(scales: readonly number[]): number {
    let sum = 0;
    for (let k = 0; k < q; k++) {
      let precision = 0;
      for (let a = k; a < q; a++) precision += inverse[a * q + k]! ** 2;
      const rate = df * precision + scales[k]! ** -2;
      sum -= 0.5 * (df + q) * Math.log(rate);
      S[k * q + k] = ((df + q) * df) / rate;
    }
    return sum;
  }

  return {
    evaluate(zs, dzs) {
      for (let i = 0; i < term.size; i++) z[i] = zs[offset + i]!;
      term.toNatural(z, x);
      const logs = invert();
      let value = constant + q * Math.LN2 - power * logs;
      if (prior.kind === "huang-wand") value += integratedScales(prior.scales);
      const trace = quotient();
      if (prior.kind === "inverse-wishart") value -= 0.5 * trace;
      // ∂/∂Λ of −½ tr SΣ⁻¹ is Λ⁻ᵀK, of −power·log|Λ| it is −power·diag(1/Λ_aa)
      let position = 0;
      for (let column = 0; column < q; column++)
        for (let row = column; row < q; row++) {
          let sum = row === column ? -power * inverse[row * q + row]! : 0;
          for (let c = row; c < q; c++) sum += inverse[c * q + row]! * K[c * q + column]!;
          dx[position++] = sum;
        }
      dz.fill(0);
      term.pullback(z, dx, dz);
      for (let a = 0; a < q; a++) {
        value += q * z[a]!;
        dz[a]! += q;
      }
      for (let i = 0; i < term.size; i++) dzs[offset + i]! += dz[i]!;
      return value;
    },
  };
}
