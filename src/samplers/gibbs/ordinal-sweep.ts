/** The sweep of an ordinal probit model: thresholds, latent normals between them, then the draws of a Gaussian model. */
import { workingBlocks } from "./augmented-sweep.ts";
import { firstThreshold } from "./first-threshold.ts";
import { rareBlocks } from "./metropolis-sweep.ts";
import { ordinalLatentNormals } from "./ordinal-latent-normals.ts";
import { ordinalRows } from "./ordinal-rows.ts";
import { updatePredictor } from "./state.ts";
import type { SweepContext, SweepParts } from "./sweep-parts.ts";
import { thresholdPrior } from "./threshold-prior.ts";
import { thresholdsGivenPredictor } from "./thresholds-given-predictor.ts";
import { workingModel } from "./working-model.ts";

/** The first coefficient is the level of the thresholds, see `threshold-level.ts`. */
export function ordinalSweep(context: SweepContext): SweepParts {
  const { data, design, state, prior } = context;
  const { columns, multiplier, n } = data.data;
  const y = columns["y"]!;
  const counts = multiplier ? multiplier.slice() : new Float64Array(n).fill(1);
  const model = workingModel(design, counts, false);
  const latent = new Float64Array(counts.reduce((sum, m) => sum + m, 0));
  const thresholds = thresholdPrior(data.parameters, design, state, prior);
  const distances = thresholdsGivenPredictor(design, state, thresholds, y, counts);
  const variables = ordinalLatentNormals(design, state, model, y, counts, latent);
  const rare = data.rare
    ? [
        ...rareBlocks({ ...context, rows: ordinalRows(state, y, counts) }),
        ...(state.phi.length > 1 ? [firstThreshold(design, state, thresholds, y, counts)] : []),
      ]
    : [];
  const restored = () => {
    thresholds.refresh();
    updatePredictor(design, state);
  };
  return {
    model,
    latent,
    blocks: [
      ...(state.phi.length > 1 ? [distances] : []),
      { ...variables, restored },
      ...workingBlocks(context, model),
      ...rare,
      ...(thresholds.mixing ? [thresholds.mixing] : []),
    ],
  };
}
