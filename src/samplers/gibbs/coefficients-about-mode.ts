/**
 * The coefficients under a likelihood that is not Gaussian from a Student-t law about their conditional mode, accepted exactly: an independence sampler
 * (Tierney 1994, section 2.3.3), which crosses at once a posterior so skew that steps from where a chain stands are too long on one side and too short
 * on the other.
 */
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import { gammaVariate } from "../../random/variates.ts";
import type { Block } from "./block.ts";
import { MAX_CLIMBS } from "./climb.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import { newtonCoefficients } from "./newton-coefficients.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

const DF = 6;
/** Squared length of a Newton step, in conditional standard deviations, after which the next ends at the mode to rounding. */
const CLOSE = 1e-9;

export function coefficientsAboutMode(
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Block {
  const { n, p } = design;
  const { gamma } = state;
  const near = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  const mode = gamma.slice();
  const start = new Float64Array(p);
  const etaAtStart = new Float64Array(n);
  const noise = new Float64Array(p);
  const proposals = { made: 0, accepted: 0 };
  const { logPrior, approximate, keep, moveRows, restore, climb } = newtonCoefficients(design, state, prior, rows);

  /** |L'x|², H = LL' the curvature near the mode. */
  function squaredLength(entry: (a: number) => number): number {
    let square = 0;
    for (let c = 0; c < p; c++) {
      let sum = 0;
      for (let a = c; a < p; a++) sum += near.factor[a * p + c]! * entry(a);
      square += sum * sum;
    }
    return square;
  }
  const logProposal = () => -0.5 * (DF + p) * Math.log1p(squaredLength((a) => gamma[a]! - mode[a]!) / DF);

  /** Finds the mode and the curvature there, from the last mode on, and returns to where the chain stands; false where there is none. */
  function findMode(): boolean {
    start.set(gamma);
    etaAtStart.set(rows.eta);
    keep();
    gamma.set(mode);
    moveRows();
    let square = Number.POSITIVE_INFINITY;
    for (let k = 0; k < MAX_CLIMBS && square >= CLOSE; k++) {
      if (Number.isNaN(approximate(near))) break;
      square = squaredLength((a) => near.step[a]!);
      if (square >= CLOSE && !climb(near.step)) break;
    }
    for (let a = 0; a < p; a++) mode[a] = gamma[a]! + (square < CLOSE ? near.step[a]! : 0);
    gamma.set(start);
    rows.eta.set(etaAtStart);
    return square < CLOSE;
  }

  return {
    name: "coefficients about their mode",
    proposals,
    saved: { "mode of the coefficients": mode },
    draw(rng) {
      proposals.made++;
      for (let a = 0; a < p; a++) noise[a] = rng.normal();
      const stretch = 1 / Math.sqrt(gammaVariate(rng, DF / 2) / (DF / 2));
      if (!findMode()) return;
      solveLowerTransposed(near.factor, 0, p, p, noise, 0, 1);
      let ratio = logProposal() - rows.total() - logPrior();
      keep();
      for (let a = 0; a < p; a++) gamma[a] = mode[a]! + stretch * noise[a]!;
      moveRows();
      ratio += rows.total() + logPrior() - logProposal();
      if (Math.log(rng.uniform()) < ratio) proposals.accepted++;
      else restore();
    },
    logConditional: () => rows.total() + logPrior(),
  };
}
