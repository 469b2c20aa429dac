/** The priors a model will be sampled with, as rows and as a printable table. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { priorTable, resolvePriors } from "../priors/resolve.ts";
import type { PriorRow } from "../priors/resolved.ts";
import { type PrintableText, printableText } from "./printable-text.ts";
import { textTable } from "./text-table.ts";

export interface PriorTable extends PrintableText {
  readonly rows: readonly PriorRow[];
}

/**
 * Resolves the priors of a compiled model: one row a parameter with its distribution and whether it was declared or is the default.
 * The prior of the intercept is on the intercept as declared.
 *
 * @throws DeclarationError when a prior names a parameter the model does not have
 */
export function priorsOf(model: CompiledModel): PriorTable {
  const rows = priorTable(resolvePriors(model));
  const columns = (["class", "name", "prior", "source"] as const).map((header) => ({
    header,
    cells: rows.map((row) => row[header]),
    align: "left" as const,
  }));
  return printableText({ rows }, (style) => textTable(columns, style).join("\n"));
}
