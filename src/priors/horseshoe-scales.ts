/**
 * The scales of the regularised horseshoe: s_j² = c²τ²λ_j²/(c² + τ²λ_j²), that is 1/s_j² = 1/c² + 1/(τλ_j)². Coordinates: log(τ/σ), log c,
 * log λ_j. Piironen & Vehtari (2017), "Sparsity information and regularization in the horseshoe and other shrinkage priors", equation 2.8.
 */
import { sigmoid, softplus } from "../special/logistic.ts";
import { scalarPrior } from "./density.ts";
import type { ShrinkageLaw } from "./shrinkage-law.ts";

export interface HorseshoeLaw {
  readonly df: number;
  readonly scaleGlobal: number;
  readonly dfGlobal: number;
  readonly scaleSlab: number;
  readonly dfSlab: number;
}

/** @param coefficients names of the coefficients */
export function horseshoeScales(coefficients: readonly string[], law: HorseshoeLaw): ShrinkageLaw {
  const m = coefficients.length;
  const global = scalarPrior({ name: "halfStudentT", parameters: [law.dfGlobal, law.scaleGlobal] });
  const slab = scalarPrior({
    name: "inverseGammaVariance",
    parameters: [law.dfSlab / 2, (law.dfSlab * law.scaleSlab ** 2) / 2],
  });
  const local = scalarPrior({ name: "halfStudentT", parameters: [law.df, 1] });
  const laws = [global, slab, ...coefficients.map(() => local)];
  const size = m + 2;
  return {
    count: m,
    size,
    naturalSize: size,
    names: ["hs_global", "hs_slab", ...coefficients.map((name) => `hs_local[${name}]`)],
    shared: 2,
    logScales(z, at, logSigma, out) {
      const global2 = 2 * (z[at]! + logSigma);
      const slab2 = 2 * z[at + 1]!;
      for (let j = 0; j < m; j++) {
        const free2 = global2 + 2 * z[at + 2 + j]!;
        out[j] = 0.5 * (free2 - softplus(free2 - slab2));
      }
    },
    pullback(z, at, logSigma, d, dz) {
      const global2 = 2 * (z[at]! + logSigma);
      const slab2 = 2 * z[at + 1]!;
      let byGlobal = 0;
      for (let j = 0; j < m; j++) {
        const excess = global2 + 2 * z[at + 2 + j]! - slab2;
        const free = d[j]! * sigmoid(-excess);
        byGlobal += free;
        dz[at + 2 + j]! += free;
        dz[at + 1]! += d[j]! * sigmoid(excess);
      }
      dz[at]! += byGlobal;
      return byGlobal;
    },
    logDensity(z, at, dz) {
      let sum = 0;
      for (let k = 0; k < size; k++) {
        const value = Math.exp(z[at + k]!);
        sum += laws[k]!.logDensity(value) + z[at + k]!;
        if (dz) dz[at + k]! += value * laws[k]!.derivative(value) + 1;
      }
      return sum;
    },
    toNatural(z, at, logSigma, out) {
      for (let k = 0; k < size; k++) out[k] = Math.exp(z[at + k]! + (k === 0 ? logSigma : 0));
    },
    toUnconstrained(natural, logSigma, z, at) {
      for (let k = 0; k < size; k++) z[at + k] = Math.log(natural[k]!) - (k === 0 ? logSigma : 0);
    },
    draw(rng, z, at) {
      for (let k = 0; k < size; k++) z[at + k] = Math.log(laws[k]!.draw(rng));
    },
    logTopLevel: (natural, logSigma) =>
      global.logDensity(natural[0]! * Math.exp(-logSigma)) - logSigma + slab.logDensity(natural[1]!),
  };
}
