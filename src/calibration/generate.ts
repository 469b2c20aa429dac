/** The generative model: parameters from the prior, random effects given them, responses given both, on the model's own design. */
import type { DesignRows } from "../data/design.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { drawTermEffects } from "../prediction/new-levels.ts";
import { rowSimulator } from "../prediction/simulate-rows.ts";
import { priorSampler } from "../priors/draw-from-prior.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { shrinkageLaw } from "../priors/shrinkage-scales.ts";
import type { Rng } from "../random/rng.ts";

/** One draw from the generative model. */
export interface GeneratedData {
  /** Natural parameters [β | Λ | φ] in the user's units. */
  readonly x: Float64Array;
  /** Random effects by term, levels × q. */
  readonly effects: readonly Float64Array[];
  /** A response a row; for binomial: successes. */
  readonly y: Float64Array;
  /** Natural hyperparameters of a shrinkage prior; null without one. */
  readonly hyper: Float64Array | null;
}

/**
 * Makes a function that draws (x, b, y); each call allocates its own arrays.
 *
 * @param rows of the design, for which responses are drawn; default each once
 * @throws DeclarationError when a prior is flat
 */
export function dataGenerator(
  model: CompiledModel,
  priors: ResolvedPriors,
  rows: DesignRows = model.design,
): (rng: Rng) => GeneratedData {
  const { design, layout } = model;
  const drawParameters = priorSampler(model, priors);
  const law = priors.shrinkage ? shrinkageLaw(priors.shrinkage) : null;
  const simulateRows = rowSimulator(model, rows);
  return (rng) => {
    const x = new Float64Array(layout.size);
    const hyper = law && new Float64Array(law.naturalSize);
    drawParameters(rng, x, hyper ?? undefined);
    const effects = design.random.map((term, t) => {
      const b = new Float64Array(term.levels.length * term.q);
      drawTermEffects(rng, x, layout.terms[t]!, term, b);
      return b;
    });
    const y = new Float64Array(rows.n);
    simulateRows(rng, x, effects, y);
    return { x, effects, y, hyper };
  };
}
