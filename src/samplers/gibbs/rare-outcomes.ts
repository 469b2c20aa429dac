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
import { ordinalRows } from "./ordinal-rows.ts";
import { rowLikelihood } from "./row-likelihood.ts";
import { gibbsDesign, stateAt } from "./state.ts";
import { thresholdPrior } from "./threshold-prior.ts";

/** Below this share: about one success in a hundred trials. */
const LEAST_SHARE = 0.1;
/** Newton steps from where the chains start; coefficients that go to infinity have gone far enough by then. */
const STEPS = 10;

/**
 * Whether such a direction is among those of the coefficients, the levels of a random term or the first threshold, at the mode given the start's variances
 * and distances of thresholds.
 */
export function hasRareOutcomes(data: GibbsData, start: Float64Array): boolean {
  const { augmentation } = data;
  if (augmentation !== "probit" && augmentation !== "polya-gamma" && augmentation !== "ordinal-probit") return false;
  const design = gibbsDesign(data.data);
  const { n, p, X } = design;
  const { columns, multiplier, random } = data.data;
  const trials = Float64Array.from({ length: n }, (_, i) => (columns["trials"]?.[i] ?? 1) * (multiplier?.[i] ?? 1));
  const kernel = data.kernel ? rowLikelihood(data) : null;
  const state = stateAt(design, start, kernel?.eta ?? new Float64Array(n));
  const prior = normalCoefficients(data.coefficients, design, state);
  const thresholds = data.thresholds ? thresholdPrior(data.parameters, design, state, prior) : null;
  const rows = kernel ?? ordinalRows(state, columns["y"]!, trials);
  rows.setParameters(state.phi);

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

  // An effect of unit standard deviation of each level, at the shares of the outcomes among its rows.
  const outcomes = thresholds ? state.phi.length + 1 : 2;
  for (const { index, levels } of random) {
    const counts = new Float64Array(levels.length * outcomes);
    for (let i = 0; i < n; i++) {
      const at = index[i]! * outcomes;
      const y = columns["y"]![i]!;
      if (thresholds) counts[at + y - 1]! += trials[i]!;
      else {
        const successes = y * (multiplier?.[i] ?? 1);
        counts[at]! += trials[i]! - successes;
        counts[at + 1]! += successes;
      }
    }
    for (let at = 0; at < counts.length; at += outcomes)
      if (excessOfLevel(augmentation, counts.subarray(at, at + outcomes)) + 1 - LEAST_SHARE < 0) return true;
  }
  return thresholds !== null && outcomes > 2 && isFirstThresholdRare(columns["y"]!, trials);
}

/** Whether the rows say so little of the first threshold alone, at the shares of the categories beside it. */
function isFirstThresholdRare(y: Float64Array, counts: Float64Array): boolean {
  let [total, first, second] = [0, 0.5, 0.5];
  for (const [i, count] of counts.entries()) {
    total += count;
    if (y[i] === 1) first += count;
    else if (y[i] === 2) second += count;
  }
  const density = normalDensity(normalQuantile(first / (total + 1)));
  return density ** 2 * (1 / first + 1 / second) * total < LEAST_SHARE;
}

/** What rows with these counts of outcomes say about a shift common to all of them, beyond the least share of what their latent variables say. */
function excessOfLevel(augmentation: GibbsData["augmentation"], counts: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => (count + 0.5) / (total + 0.5 * counts.length));
  if (augmentation === "polya-gamma") {
    const share = shares[1]!;
    return total * (share * (1 - share) - LEAST_SHARE * augmented(augmentation, Math.log(share / (1 - share))));
  }
  let observed = 0;
  let below = 0;
  let lower = 0;
  for (const [k, share] of shares.entries()) {
    below += share;
    const upper = k < shares.length - 1 ? normalDensity(normalQuantile(below)) : 0;
    observed += (lower - upper) ** 2 / share;
    lower = upper;
  }
  return total * (observed - LEAST_SHARE);
}

/** Information of a trial's latent variable. */
function augmented(augmentation: GibbsData["augmentation"], eta: number): number {
  if (augmentation !== "polya-gamma") return 1;
  const psi = Math.abs(eta);
  return psi < 1e-4 ? 0.25 : Math.tanh(0.5 * psi) / (2 * psi);
}

const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
