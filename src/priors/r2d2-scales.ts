/**
 * The scales of the R2D2 prior: s_j² = φ_j σ² R²/(1 − R²), R² ~ beta, φ ~ Dirichlet. Coordinates: logit R², and the isometric log-ratio
 * coordinates of φ, log φ in an orthonormal basis of the vectors with sum 0 (Egozcue, Pawlowsky-Glahn, Mateu-Figueras & Barceló-Vidal 2003,
 * "Isometric logratio transformations for compositional data analysis", Mathematical Geology 35), whose Jacobian is √m Π φ_j.
 * Zhang, Naughton, Bondell & Reich (2022), "Bayesian regression using a prior on the model fit: the R2-D2 shrinkage prior", JASA 117.
 */
import { logGammaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";
import { sigmoid, softplus } from "../special/logistic.ts";
import { scalarPrior } from "./density.ts";
import type { ShrinkageLaw } from "./shrinkage-law.ts";

export interface R2D2Law {
  /** Shapes of the beta prior of R². */
  readonly a: number;
  readonly b: number;
  /** Concentration of the symmetric Dirichlet distribution. */
  readonly concentration: number;
}

/** 1/√(k(k + 1)), the length of the k-th basis vector's first k entries (k counted from 1). */
const unit = (k: number): number => 1 / Math.sqrt(k * (k + 1));

/** @param coefficients names of the coefficients */
export function r2d2Scales(coefficients: readonly string[], { a, b, concentration }: R2D2Law): ShrinkageLaw {
  const m = coefficients.length;
  const explained = scalarPrior({ name: "beta", parameters: [a, b] });
  const constant = 0.5 * Math.log(m) + lgamma(m * concentration) - m * lgamma(concentration);
  const betaConstant = lgamma(a + b) - lgamma(a) - lgamma(b);
  const logShare = new Float64Array(m);

  /** Fills log φ from the coordinates z[at + 1 …]. */
  const fillShares = (z: Float64Array, at: number) => {
    let sum = 0;
    for (let k = m - 1; k >= 1; k--) {
      const x = z[at + k]! * unit(k);
      logShare[k] = sum - k * x;
      sum += x;
    }
    logShare[0] = sum;
    let top = -Infinity;
    for (let j = 0; j < m; j++) top = Math.max(top, logShare[j]!);
    let total = 0;
    for (let j = 0; j < m; j++) total += Math.exp(logShare[j]! - top);
    const logTotal = top + Math.log(total);
    for (let j = 0; j < m; j++) logShare[j]! -= logTotal;
  };

  /** Coordinates of log φ, which may be off by a constant, into z[at + 1 …]. */
  const fromLogShares = (z: Float64Array, at: number) => {
    let sum = 0;
    for (let k = 1; k < m; k++) {
      sum += logShare[k - 1]!;
      z[at + k] = (sum - k * logShare[k]!) * unit(k);
    }
  };

  /** Adds to dz the gradient of Σ_j d_j log φ_j, d_j = `each` + half of `d`'s entry. */
  const pullShares = (at: number, each: number, d: Float64Array | null, dz: Float64Array) => {
    let total = 0;
    for (let j = 0; j < m; j++) total += each + (d ? 0.5 * d[j]! : 0);
    // ∂log φ_j/∂y_i = 1(i = j) − φ_i for y = log φ up to a constant
    const slope = (j: number) => each + (d ? 0.5 * d[j]! : 0) - total * Math.exp(logShare[j]!);
    let sum = 0;
    for (let k = 1; k < m; k++) {
      sum += slope(k - 1);
      dz[at + k]! += (sum - k * slope(k)) * unit(k);
    }
  };

  return {
    count: m,
    size: m,
    naturalSize: m + 1,
    names: ["R2D2_R2", ...coefficients.map((name) => `R2D2_phi[${name}]`)],
    shared: 1,
    logScales(z, at, logSigma, out) {
      fillShares(z, at);
      // log of R²/(1 − R²) is its logit
      for (let j = 0; j < m; j++) out[j] = 0.5 * (logShare[j]! + z[at]!) + logSigma;
    },
    pullback(z, at, _logSigma, d, dz) {
      fillShares(z, at);
      let total = 0;
      for (let j = 0; j < m; j++) total += d[j]!;
      dz[at]! += 0.5 * total;
      pullShares(at, 0, d, dz);
      return total;
    },
    logDensity(z, at, dz) {
      fillShares(z, at);
      let sum = constant + betaConstant - a * softplus(-z[at]!) - b * softplus(z[at]!);
      for (let j = 0; j < m; j++) sum += concentration * logShare[j]!;
      if (dz) {
        dz[at]! += a * sigmoid(-z[at]!) - b * sigmoid(z[at]!);
        pullShares(at, concentration, null, dz);
      }
      return sum;
    },
    toNatural(z, at, _logSigma, out) {
      fillShares(z, at);
      out[0] = sigmoid(z[at]!);
      for (let j = 0; j < m; j++) out[j + 1] = Math.exp(logShare[j]!);
    },
    toUnconstrained(natural, _logSigma, z, at) {
      z[at] = Math.log(natural[0]!) - Math.log1p(-natural[0]!);
      for (let j = 0; j < m; j++) logShare[j] = Math.log(natural[j + 1]!);
      fromLogShares(z, at);
    },
    draw(rng, z, at) {
      z[at] = logGammaVariate(rng, a) - logGammaVariate(rng, b);
      for (let j = 0; j < m; j++) logShare[j] = logGammaVariate(rng, concentration);
      fromLogShares(z, at);
    },
    logTopLevel: (natural) => explained.logDensity(natural[0]!),
  };
}
