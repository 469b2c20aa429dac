/**
 * Ordinal probit by latent normals (Albert & Chib 1993, section 4): category k where z ~ N(η, 1) lies between κ_{k−1} and κ_k. A row that counts
 * m times has m of them, which matter through their mean: response z̄ − offset, weight m.
 */
import { truncatedNormalVariate } from "../../random/truncated-normal.ts";
import type { Block } from "./block.ts";
import { logIntervalProbability } from "./interval-probability.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/**
 * @param y categories from 1 on
 * @param counts whole numbers a row
 * @param latent by row: its latent normals
 */
export function ordinalLatentNormals(
  design: GibbsDesign,
  state: GibbsState,
  model: WorkingModel,
  y: Float64Array,
  counts: Float64Array,
  latent: Float64Array,
): Block {
  const { n, offset } = design;
  const kappa = state.phi;
  const response = new Float64Array(n);
  const lower = (i: number) => (y[i]! > 1 ? kappa[y[i]! - 2]! : Number.NEGATIVE_INFINITY);
  const upper = (i: number) => (y[i]! <= kappa.length ? kappa[y[i]! - 1]! : Number.POSITIVE_INFINITY);
  const refresh = () => {
    let at = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < counts[i]!; k++) sum += latent[at++]!;
      response[i] = counts[i]! > 0 ? sum / counts[i]! - offset[i]! : 0;
    }
    model.update(counts, response);
  };
  return {
    name: "latent normals",
    draw(rng) {
      let at = 0;
      for (let i = 0; i < n; i++)
        for (let k = 0; k < counts[i]!; k++)
          latent[at++] = truncatedNormalVariate(rng, state.eta[i]!, 1, lower(i), upper(i));
      refresh();
    },
    logConditional() {
      let sum = 0;
      let at = 0;
      for (let i = 0; i < n; i++)
        for (let k = 0; k < counts[i]!; k++) {
          const z = latent[at++]!;
          if (!(z > lower(i) && z < upper(i))) return Number.NEGATIVE_INFINITY;
          sum -= 0.5 * (z - state.eta[i]!) ** 2 + logIntervalProbability(state.eta[i]!, lower(i), upper(i));
        }
      refresh();
      return sum;
    },
  };
}
