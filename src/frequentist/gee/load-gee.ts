/** A fit by estimating equations from its JSON: nothing is solved on loading. */
import { decodeNumber, decodeNumbers } from "../../data/number-json.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { EstimatingEquations } from "./estimating-equations.ts";
import { restoreGee } from "./fit-gee.ts";
import type { SavedEstimatingEquations } from "./save-gee.ts";

/** The fit that was saved: tables, covariances of every kind, predictions and tests work as before. */
export function loadEstimatingEquations(saved: SavedEstimatingEquations, model: CompiledModel): EstimatingEquations {
  const { solution, requested, verdict, warnings } = saved;
  return restoreGee(model, requested, {
    solution: {
      beta: decodeNumbers(solution.beta),
      scale: decodeNumber(solution.scale),
      alpha: decodeNumbers(solution.alpha),
      iterations: solution.iterations,
      state: solution.state,
      step: decodeNumber(solution.step),
    },
    verdict,
    warnings,
  });
}
