/**
 * The sweep of a Gaussian model: sigma, all coefficients and random effects at once, covariances; or sigma and covariances with the effects integrated out,
 * then those at once. Cost does not depend on the number of rows.
 */
import { boundStructure } from "../../covariance/structures.ts";
import { collapsedVariances } from "./collapsed-variances.ts";
import { workingCovariances } from "./covariance-blocks.ts";
import { covarianceCoordinates } from "./covariance-prior.ts";
import { jointEffects } from "./joint-effects.ts";
import { levelClasses } from "./level-classes.ts";
import { sigmaBlocks } from "./sigma.ts";
import type { SweepContext, SweepParts } from "./sweep-parts.ts";
import { workingModel } from "./working-model.ts";

export function gaussianSweep(context: SweepContext): SweepParts {
  const { data, design, state, prior } = context;
  const { columns, multiplier, n } = data.data;
  const { offset } = design;
  const precision = columns["weights"];
  const weight = new Float64Array(n);
  // a given sigma is part of the weights, which then are the precisions themselves
  const given = (data.data.sigma ?? 1) ** -2;
  let observations = 0;
  for (let i = 0; i < n; i++) {
    const m = multiplier ? multiplier[i]! : 1;
    weight[i] = m * (precision ? precision[i]! : 1) * given;
    if (weight[i]! > 0) observations += m;
  }
  const model = workingModel(design, weight, true);
  model.update(
    weight,
    columns["y"]!.map((y, i) => y - offset[i]!),
  );
  const latent = new Float64Array(0);
  if (data.collapsed) {
    const classes = levelClasses(model);
    const effects = jointEffects(model, prior, state, classes);
    const terms = data.data.layout.terms.map((term, t) => ({
      prior: data.covariances[t]!,
      coordinates: covarianceCoordinates(boundStructure(term)),
    }));
    const variances = collapsedVariances(model, state, effects, data.parameters[0] ?? null, terms, observations);
    return { model, latent, blocks: [variances, effects] };
  }
  const effects = jointEffects(model, prior, state);
  const sigma = data.parameters.flatMap((own) => sigmaBlocks(model, state, own, observations));
  return { model, latent, blocks: [...sigma, effects, ...workingCovariances(context, model)] };
}
