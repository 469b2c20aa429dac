/** The generative model: parameters from the prior, random effects given them, responses given both, on the model's own design. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { drawEffects } from "../prediction/new-levels.ts";
import { rowSimulator } from "../prediction/simulate-rows.ts";
import { priorSampler } from "../priors/draw-from-prior.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { Rng } from "../random/rng.ts";

/** One draw from the generative model. */
export interface GeneratedData {
  /** Natural parameters [β | Λ | φ] in the user's units. */
  readonly x: Float64Array;
  /** Random effects by term, levels × q. */
  readonly effects: readonly Float64Array[];
  /** A response a row of the design; for binomial: successes. */
  readonly y: Float64Array;
}

/**
 * Makes a function that draws (x, b, y); each call allocates its own arrays.
 *
 * @throws DeclarationError when a prior is flat
 */
export function dataGenerator(model: CompiledModel, priors: ResolvedPriors): (rng: Rng) => GeneratedData {
  const { design, layout } = model;
  const drawParameters = priorSampler(model, priors);
  const simulateRows = rowSimulator(model, design);
  return (rng) => {
    const x = new Float64Array(layout.size);
    drawParameters(rng, x);
    const effects = design.random.map((term, t) => {
      const b = new Float64Array(term.levels.length * term.q);
      drawEffects(rng, x, layout.terms[t]!, 0, term.levels.length, b);
      return b;
    });
    const y = new Float64Array(design.n);
    simulateRows(rng, x, effects, y);
    return { x, effects, y };
  };
}
