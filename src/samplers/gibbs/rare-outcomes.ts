/**
 * Where outcomes are so rare that data augmentation mixes slowly. A sweep given latent variables moves along a direction by the share of their information
 * that the response has itself: the largest autocorrelation is 1 − λ, λ the smallest eigenvalue of (augmented information)⁻¹(observed information), prior
 * included (Liu, Wong & Kong 1994, "Covariance structure of the Gibbs sampler", Biometrika 81; Johndrow, Smith, Pillai & Dunson 2019, "MCMC for
 * imbalanced categorical data", JASA 114). With 3 successes of 3000 it is about 0.01.
 */
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { normalQuantile } from "../../special/distributions.ts";
import { normalCoefficients } from "./coefficient-prior.ts";
import type { GibbsData } from "./gibbs-data.ts";
import { newtonCoefficients } from "./newton-coefficients.ts";
import { rowLikelihood } from "./row-likelihood.ts";
import { gibbsDesign, stateAt } from "./state.ts";

/** Below this share: about one success in a hundred trials. */
const LEAST_SHARE = 0.1;
/** Newton steps from where the chains start; coefficients that go to infinity have gone far enough by then. */
const STEPS = 10;

/** Whether such a direction is among those of the coefficients or the levels of a random term, at the mode given the start's variances. */
export function hasRareOutcomes(data: GibbsData, start: Float64Array): boolean {
  const { augmentation } = data;
  if (augmentation !== "probit" && augmentation !== "polya-gamma") return false;
  const design = gibbsDesign(data.data);
  const { n, p, X } = design;
  const { columns, multiplier, random } = data.data;
  const trials = Float64Array.from({ length: n }, (_, i) => (columns["trials"]?.[i] ?? 1) * (multiplier?.[i] ?? 1));
  const rows = rowLikelihood(data);
  const state = stateAt(design, start, rows.eta);
  rows.setParameters(state.phi);
  const prior = normalCoefficients(data.coefficients, design, state);

  const newton = newtonCoefficients(design, state, prior, rows);
  const own = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  for (let k = 0; k < STEPS; k++) if (Number.isNaN(newton.approximate(own)) || !newton.climb(own.step)) break;

  rows.derivatives();
  // what each row has beyond the least share
  const excess = Float64Array.from(
    { length: n },
    (_, i) => -rows.d2[i]! - LEAST_SHARE * trials[i]! * augmented(augmentation, rows.eta[i]!),
  );
  const { precision } = prior.standardised;
  const matrix = Float64Array.from(precision, (value) => (1 - LEAST_SHARE) * value);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < p; a++)
      for (let b = 0; b <= a; b++) matrix[a * p + b]! += excess[i]! * X[i * p + a]! * X[i * p + b]!;
  if (p > 0 && !choleskyFactor(matrix, p)) return true;

  // An effect of unit standard deviation of each level, at the share of successes among its rows.
  for (const { index, levels } of random) {
    const count = new Float64Array(levels.length);
    const successes = new Float64Array(levels.length);
    for (let i = 0; i < n; i++) {
      count[index[i]!]! += trials[i]!;
      successes[index[i]!]! += columns["y"]![i]! * (multiplier?.[i] ?? 1);
    }
    for (let l = 0; l < levels.length; l++) {
      const share = (successes[l]! + 0.5) / (count[l]! + 1);
      const variance = share * (1 - share);
      const eta = augmentation === "probit" ? normalQuantile(share) : Math.log(share / (1 - share));
      const observed = augmentation === "probit" ? Math.exp(-eta * eta) / (2 * Math.PI * variance) : variance;
      const excessOfLevel = count[l]! * (observed - LEAST_SHARE * augmented(augmentation, eta));
      if (excessOfLevel + 1 - LEAST_SHARE < 0) return true;
    }
  }
  return false;
}

/** Information of a trial's latent variable. */
function augmented(augmentation: GibbsData["augmentation"], eta: number): number {
  if (augmentation === "probit") return 1;
  const psi = Math.abs(eta);
  return psi < 1e-4 ? 0.25 : Math.tanh(0.5 * psi) / (2 * psi);
}
