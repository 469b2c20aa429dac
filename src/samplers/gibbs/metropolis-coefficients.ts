/** The coefficients under a likelihood that is not Gaussian: a Newton step plus noise with the curvature there, accepted exactly (Gamerman 1997). */
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Block } from "./block.ts";
import { isFar, MAX_CLIMBS } from "./climb.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import { newtonCoefficients } from "./newton-coefficients.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

export function metropolisCoefficients(
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Block {
  const { p } = design;
  const { gamma } = state;
  const here = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  const there = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  const noise = new Float64Array(p);
  const proposals = { made: 0, accepted: 0 };
  const { logPrior, approximate, keep, moveRows, restore, climb, old } = newtonCoefficients(design, state, prior, rows);

  return {
    name: "coefficients",
    proposals,
    draw(rng) {
      proposals.made++;
      let halfLogDet = approximate(here);
      for (let k = 0; k < MAX_CLIMBS && isFar(here.factor, 0, here.step, 0, p); k++) {
        if (!climb(here.step)) break;
        halfLogDet = approximate(here);
      }
      let ratio = -rows.total() - logPrior() - halfLogDet;
      for (let a = 0; a < p; a++) {
        noise[a] = rng.normal();
        ratio += 0.5 * noise[a]! ** 2;
      }
      if (Number.isNaN(ratio)) return;
      solveLowerTransposed(here.factor, 0, p, p, noise, 0, 1);
      keep();
      for (let a = 0; a < p; a++) gamma[a]! += here.step[a]! + noise[a]!;
      moveRows();
      ratio += rows.total() + logPrior() + approximate(there);
      for (let a = 0; a < p; a++) {
        let sum = 0;
        for (let c = a; c < p; c++) sum += there.factor[c * p + a]! * (old[c]! - gamma[c]! - there.step[c]!);
        ratio -= 0.5 * sum * sum;
      }
      if (Math.log(rng.uniform()) < ratio) proposals.accepted++;
      else restore();
    },
    logConditional: () => rows.total() + logPrior(),
  };
}
