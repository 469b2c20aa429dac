/** What simulates or resamples rows, of which a row that counts several times would be one. */
import { declarationFault } from "../messages/issue.ts";
import { rowsSimulatedOnce } from "../messages/repeated-rows.ts";
import type { CompiledModel } from "./compiled-model.ts";

/** The column of frequency weights that are not all 1; null without. */
export function countedBy({ spec, design }: CompiledModel): string | null {
  if (!design.frequencyWeights || design.frequencyWeights.every((count) => count === 1)) return null;
  return spec.frequencyWeights ?? "";
}

/** @throws DeclarationError where rows count several times */
export function refuseFrequencies(model: CompiledModel, what: string): void {
  const column = countedBy(model);
  if (column !== null) throw declarationFault(rowsSimulatedOnce(what, column));
}
