/**
 * The sweep of a negative binomial model: theta, then the steps of a Gaussian model given Pólya-Gamma variables or, while theta is so large that those
 * are dear, Metropolis steps. The choice depends on theta and the data only, and theta stays until the sweep's end, so each choice leaves the posterior
 * as it is.
 */
import { polyaGammaParts } from "../../random/polya-gamma.ts";
import { workingBlocks } from "./augmented-sweep.ts";
import type { Block } from "./block.ts";
import { familyBlocks, metropolisBlocks } from "./metropolis-sweep.ts";
import { negativeBinomialForm, polyaGammaVariables } from "./polya-gamma-variables.ts";
import type { RowsContext, SweepParts } from "./sweep-parts.ts";
import { workingModel } from "./working-model.ts";

/** From this mean number of rejections a row on, Pólya-Gamma variables cost more than Metropolis steps. */
export const MOST_PARTS = 25;

export function negativeBinomialSweep(context: RowsContext): SweepParts {
  const { data, design, state } = context;
  const { columns, multiplier, n } = data.data;
  const form = negativeBinomialForm(columns["y"]!, multiplier, state);
  form.refresh();
  const latent = new Float64Array(n);
  const model = workingModel(design, form.b, false);
  let dear = false;
  const choice: Block = {
    name: "choice of step",
    logConditional: () => 0,
    draw() {
      form.refresh();
      let total = 0;
      for (let i = 0; i < n; i++) total += polyaGammaParts(form.b[i]!);
      dear = total > MOST_PARTS * n;
    },
  };
  const only = (block: Block, when: boolean): Block => ({
    ...block,
    draw(rng) {
      if (dear === when) block.draw(rng);
    },
  });
  const augmented = [polyaGammaVariables(design, state, model, form, latent), ...workingBlocks(context, model)];
  return {
    model,
    latent,
    blocks: [
      ...familyBlocks(context),
      choice,
      ...augmented.map((block) => only(block, false)),
      ...metropolisBlocks(context).map((block) => only(block, true)),
    ],
  };
}
