/** Draws to and from Apache Arrow IPC (https://arrow.apache.org/docs/format/Columnar.html): one row a draw, one column a variable. */
import { float64, int32, tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { custom, optional } from "valibot";
import { notDraws, readerReason } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { choice } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { arrowTable } from "./arrow-table.ts";
import { drawsFromColumns, indexColumns } from "./draw-columns.ts";
import type { NamedDraws, PosteriorDraws } from "./named-draws.ts";
import { namedDrawsEntries, toNamedDraws } from "./named-draws.ts";

const arrowOptions = optionsSchema({
  ...namedDrawsEntries,
  /** `file` (the Feather format, version 2) or `stream`; default `file`. */
  format: optional(choice(["file", "stream"]), "file"),
});

export type ArrowOptions = OptionsOf<typeof arrowOptions>;

/**
 * Draws as Arrow IPC bytes: columns `.chain`, `.iteration`, `.draw` (int32), the variables, then what the sampler noted (`lp__` …), all
 * float64.
 *
 * @example await writeFile("draws.arrow", drawsToArrow(fit));
 */
export function drawsToArrow(draws: PosteriorDraws | NamedDraws, options?: ArrowOptions): Uint8Array {
  const { format, randomEffects } = readOptions(arrowOptions, options, { of: "drawsToArrow()" });
  const named = toNamedDraws(draws, { randomEffects }, "drawsToArrow()");
  const index = indexColumns(named);
  const columns = [...named.variables, ...named.statistics];
  const table = tableFromArrays(
    [...index, ...columns].map(({ name, values }): [string, Int32Array | Float64Array] => [name, values]),
    {
      types: Object.fromEntries([
        ...index.map(({ name }) => [name, int32()]),
        ...columns.map(({ name }) => [name, float64()]),
      ]),
    },
  );
  return tableToIPC(table, { format })!;
}

const someBytes = custom<Uint8Array>((value) => value instanceof Uint8Array, "bytes, as a Uint8Array");

/**
 * Draws of Arrow IPC bytes (file or stream, also compressed by LZ4 or Zstandard) with the columns `.chain` and `.iteration`, as `posterior::as_draws_df` names them.
 *
 * @throws DeclarationError when the bytes are no Arrow table, or the draws are not numbered
 */
export function drawsFromArrow(bytes: Uint8Array): NamedDraws {
  readArgument(someBytes, bytes, { of: "drawsFromArrow()", name: "The file" });
  let table: ReturnType<typeof arrowTable>;
  try {
    table = arrowTable(bytes);
  } catch (error) {
    throw new DeclarationError([notDraws("Arrow", readerReason(error))]);
  }
  return drawsFromColumns("Arrow", table.names.map(String), (name) => table.getChild(name)!.toArray());
}
