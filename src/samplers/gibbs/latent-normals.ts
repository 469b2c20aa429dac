/**
 * Probit by latent normals (Albert & Chib 1993, "Bayesian analysis of binary and polychotomous response data", JASA 88): a trial
 * succeeds where z ~ N(η, 1) is above 0. The m trials of a row matter through the mean of their z only: response z̄ − offset, weight m.
 */
import { normalAbove } from "../../random/truncated-normal.ts";
import { logNdtr } from "../../special/normal.ts";
import type { Block } from "./block.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/**
 * @param successes, trials whole numbers a row, weights multiplied in
 * @param latent by row: its successes' latent normals, then its failures'
 */
export function latentNormals(
  design: GibbsDesign,
  state: GibbsState,
  model: WorkingModel,
  successes: Float64Array,
  trials: Float64Array,
  latent: Float64Array,
): Block {
  const { n, offset } = design;
  const response = new Float64Array(n);
  const refresh = () => {
    let at = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < trials[i]!; k++) sum += latent[at++]!;
      response[i] = trials[i]! > 0 ? sum / trials[i]! - offset[i]! : 0;
    }
    model.update(trials, response);
  };
  return {
    name: "latent normals",
    draw(rng) {
      let at = 0;
      for (let i = 0; i < n; i++) {
        const eta = state.eta[i]!;
        for (let k = 0; k < trials[i]!; k++)
          latent[at++] = k < successes[i]! ? eta + normalAbove(rng, -eta) : eta - normalAbove(rng, eta);
      }
      refresh();
    },
    logConditional() {
      let sum = 0;
      let at = 0;
      for (let i = 0; i < n; i++)
        for (let k = 0; k < trials[i]!; k++) {
          const success = k < successes[i]!;
          const z = latent[at++]!;
          if (success !== z > 0) return Number.NEGATIVE_INFINITY;
          sum -= 0.5 * (z - state.eta[i]!) ** 2 + logNdtr(0, success ? state.eta[i]! : -state.eta[i]!);
        }
      refresh();
      return sum;
    },
  };
}
