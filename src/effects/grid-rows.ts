/** The rows of a fit that an average at the cells of a grid is taken over. */
import { applyRecipe } from "../data/apply-recipe.ts";
import { weightsWithoutTrials } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import type { Grid } from "./grid.ts";
import { mergeRows, tableAt } from "./grid-table.ts";
import { usedColumns } from "./used-columns.ts";
import type { AveragedRows } from "./weighted-means.ts";

/** How often each row of the fit counts; null = once. */
export function countsOf({ model: { design, family } }: Fit, weights: "rows" | "trials"): Float64Array | null {
  const { frequencyWeights, trials } = design;
  if (weights === "rows") return frequencyWeights;
  if (!trials) throw declarationFault(weightsWithoutTrials(family.name));
  return frequencyWeights ? trials.map((count, i) => count * frequencyWeights[i]!) : trials;
}

/** The rows averaged over in each cell; rows that agree in all that matters are merged first. */
export function gridRows(fit: Fit, grid: Grid, counts: Float64Array | null, withGroups: boolean): () => AveragedRows[] {
  let made: AveragedRows[] | undefined;
  return () => {
    if (made) return made;
    const { spec, design, table } = fit.model;
    const used = usedColumns(spec);
    const vary = [...used.mean, ...(withGroups ? used.group : [])].filter((name) => !grid.columns.includes(name));
    const merged = mergeRows(table, design.rows, vary, counts);
    made = grid.cells.map((cell) => ({
      rows: applyRecipe(design.recipe, tableAt(table, merged.rows, cell)),
      weights: merged.weights,
    }));
    return made;
  };
}
