/** The sweep of a Gaussian model: sigma, all coefficients and random effects at once, covariances. Cost does not depend on the number of rows. */
import { workingCovariances } from "./covariance-blocks.ts";
import { jointEffects } from "./joint-effects.ts";
import { sigmaBlocks } from "./sigma.ts";
import type { SweepContext, SweepParts } from "./sweep.ts";
import { workingModel } from "./working-model.ts";

export function gaussianSweep(context: SweepContext): SweepParts {
  const { data, design, state, prior } = context;
  const { columns, multiplier, n } = data.data;
  const { offset } = design;
  const precision = columns["weights"];
  const weight = new Float64Array(n);
  let observations = 0;
  for (let i = 0; i < n; i++) {
    const m = multiplier ? multiplier[i]! : 1;
    weight[i] = m * (precision ? precision[i]! : 1);
    if (weight[i]! > 0) observations += m;
  }
  const model = workingModel(design, weight, true);
  model.update(
    weight,
    columns["y"]!.map((y, i) => y - offset[i]!),
  );
  return {
    model,
    latent: new Float64Array(0),
    blocks: [
      // known variances: the weights are the precisions themselves
      ...data.parameters.flatMap((prior) => sigmaBlocks(model, state, prior, observations)),
      jointEffects(model, prior, state),
      ...workingCovariances(context, model),
    ],
  };
}
