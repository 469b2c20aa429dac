/** The sweeps of probit and logit models: latent variables that make the likelihood Gaussian, then the draws of a Gaussian model. */
import type { Block } from "./block.ts";
import { workingCovariances } from "./covariance-blocks.ts";
import { jointEffects } from "./joint-effects.ts";
import { latentNormals } from "./latent-normals.ts";
import { rareBlocks } from "./metropolis-sweep.ts";
import { logitForm, polyaGammaVariables } from "./polya-gamma-variables.ts";
import { updatePredictor } from "./state.ts";
import type { RowsContext, SweepContext, SweepParts } from "./sweep-parts.ts";
import type { WorkingModel } from "./working-model.ts";
import { workingModel } from "./working-model.ts";

/** Brings the linear predictor up to date: no draw. */
const predictorBlock = ({ design, state }: SweepContext): Block => ({
  name: "linear predictor",
  logConditional: () => 0,
  draw: () => updatePredictor(design, state),
});

/** What follows the latent variables in a sweep. */
export const workingBlocks = (context: SweepContext, model: WorkingModel): Block[] => [
  jointEffects(model, context.prior, context.state),
  ...workingCovariances(context, model),
  predictorBlock(context),
];

export function augmentedSweep(context: RowsContext): SweepParts {
  const { data, design, state } = context;
  const { columns, multiplier, n } = data.data;
  const times = (x: ArrayLike<number> | undefined) =>
    Float64Array.from({ length: n }, (_, i) => (x ? x[i]! : 1) * (multiplier ? multiplier[i]! : 1));
  const successes = times(columns["y"]);
  const trials = times(columns["trials"]);
  const model = workingModel(design, trials, false);
  const probit = data.augmentation === "probit";
  const latent = new Float64Array(probit ? trials.reduce((sum, m) => sum + m, 0) : n);
  const variables = probit
    ? latentNormals(design, state, model, successes, trials, latent)
    : polyaGammaVariables(design, state, model, logitForm(successes, trials), latent);
  return { model, latent, blocks: [variables, ...workingBlocks(context, model), ...rareBlocks(context)] };
}
