/**
 * Quasi-likelihoods Q(μ; y) = Σ w ∫ (y − t)/V(t) dt at φ = 1, without terms of y alone (McCullagh & Nelder 1989, table 9.1), and the
 * criteria built on them (Pan 2001, Biometrics 57, 120–125; Hin & Wang 2009 for CIC).
 */
import { isBuiltInRecord } from "../../families/registry.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";

export interface QuasiLikelihoodCriteria {
  /** Q at the means of the fit, φ = 1. */
  readonly quasiLik: number;
  /** −2Q + 2 tr(Ω V): Ω the inverse naive covariance of the fit under independence, V the robust covariance. Smaller is better. */
  readonly QIC: number;
  /** −2Q + 2p: for the choice of covariates. */
  readonly QICu: number;
  /** tr(Ω V): for the choice of the working correlation. */
  readonly CIC: number;
  /** QIC with a correction for few clusters. */
  readonly QICC: number;
}

type Unit = (y: number, size: number, mu: number, phi: Float64Array) => number;

/** 0·log 0 = 0. */
const xlogy = (x: number, y: number) => (x === 0 ? 0 : x * Math.log(y));

/** By family; y of a binomial row counts successes out of `size`, μ is per trial. */
const units: Readonly<Record<string, Unit>> = {
  gaussian: (y, _size, mu) => -0.5 * (y - mu) * (y - mu),
  binomial: (y, size, mu) => xlogy(y, mu) + xlogy(size - y, 1 - mu),
  poisson: (y, _size, mu) => xlogy(y, mu) - mu,
  Gamma: (y, _size, mu) => -(y / mu + Math.log(mu)),
  nbinom2: (y, _size, mu, [theta]) => xlogy(y, mu / (mu + theta!)) - theta! * Math.log(mu + theta!),
  nbinom1: (y, _size, mu, [alpha]) => (xlogy(y, mu) - mu) / (1 + alpha!),
};

/** Q of a model at means by row of the design (per trial); null for families without a formula here. */
export function quasiLikelihood(model: CompiledModel, mean: Float64Array, phi: Float64Array): number | null {
  const { design, family } = model;
  const unit = family.normal ? units["gaussian"] : isBuiltInRecord(family) ? units[family.name] : undefined;
  if (!unit) return null;
  let total = 0;
  for (let i = 0; i < design.n; i++)
    total +=
      (design.weights?.[i] ?? 1) *
      (design.frequencyWeights?.[i] ?? 1) *
      unit(design.y[i]!, design.trials?.[i] ?? 1, mean[i]!, phi);
  return total;
}

/**
 * The criteria from their parts.
 *
 * @param cic tr(ΩV); @param p number of coefficients; @param nuisance number of correlation parameters; @param clusters their number
 */
export function criteria(
  quasiLik: number,
  cic: number,
  p: number,
  nuisance: number,
  clusters: number,
): QuasiLikelihoodCriteria {
  const QIC = -2 * quasiLik + 2 * cic;
  const k = p + nuisance;
  return {
    quasiLik,
    QIC,
    QICu: -2 * quasiLik + 2 * p,
    CIC: cic,
    QICC: QIC + (2 * k * (k + 1)) / (clusters - k - 1),
  };
}
