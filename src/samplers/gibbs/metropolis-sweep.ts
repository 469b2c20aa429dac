/** The sweep of a model whose likelihood has no conjugate form: Gaussian proposals from its derivatives, accepted exactly. */
import type { Block } from "./block.ts";
import { coefficientsAboutMode } from "./coefficients-about-mode.ts";
import { kernelCovariance, termLabel } from "./covariance-blocks.ts";
import { familyParameter } from "./family-parameter.ts";
import { metropolisCoefficients } from "./metropolis-coefficients.ts";
import { metropolisEffects } from "./metropolis-effects.ts";
import type { RowsContext, SweepParts } from "./sweep-parts.ts";
import { translation } from "./translation.ts";

/** The parameters of the family, each given the linear predictor. */
export const familyBlocks = ({ data, state, rows }: RowsContext): Block[] =>
  data.supports.map((support, g) => familyParameter(state, g, data.parameters[g]!, support, rows));

/** Coefficients, then the effects and the covariance of each term. */
export function metropolisBlocks(context: RowsContext): Block[] {
  const { data, design, state, prior, rows } = context;
  const perTerm = data.data.layout.terms.flatMap((_, t): Block[] => {
    const name = termLabel(design, t);
    const move = translation(design, state, prior, t, name);
    return [metropolisEffects(design, state, t, rows, name), ...(move ? [move] : []), ...kernelCovariance(context, t)];
  });
  return [metropolisCoefficients(design, state, prior, rows), ...perTerm];
}

/** What ends a sweep given latent variables where outcomes are rare: these are integrated out, and the next sweep draws them anew before it uses them. */
export function rareBlocks(context: RowsContext): Block[] {
  const { data, design, state, prior, rows } = context;
  if (!data.rare) return [];
  return [coefficientsAboutMode(design, state, prior, rows), ...metropolisBlocks(context)];
}

export const metropolisSweep = (context: RowsContext): SweepParts => ({
  model: null,
  latent: new Float64Array(0),
  blocks: [...familyBlocks(context), ...metropolisBlocks(context)],
});
