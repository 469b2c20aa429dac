/** Draws as arquero tables. */
import { createRequire } from "node:module";
import type { DrawsTableOptions } from "../exchange/long-draws.ts";
import { drawsColumns, effectDrawsColumns } from "../exchange/long-draws.ts";
import type { NamedDraws, PosteriorDraws } from "../exchange/named-draws.ts";
import type { ReadTable } from "./read-csv.ts";

/** arquero, loaded with the first table: it takes longer than everything else together. */
const arquero = () => createRequire(import.meta.url)("arquero") as typeof import("arquero");

/**
 * The draws as an arquero table with the columns `.chain`, `.iteration`, `.draw` (counted from 1), then the variables under brms's names;
 * see `drawsColumns`, which makes the columns without arquero.
 *
 * @example
 * drawsTable(fit).rollup({ p: (d) => op.mean(d.b_Days > 10) });
 */
export function drawsTable<T extends ReadTable = ReadTable>(
  draws: PosteriorDraws | NamedDraws,
  options?: DrawsTableOptions,
): T {
  return arquero().table(drawsColumns(draws, options)) as unknown as T;
}

/**
 * Draws of the random effects as an arquero table in long form: `.chain`, `.iteration`, `.draw`, `group`, `level`, `term`, `.value`.
 *
 * @example effectDrawsTable(fit).filter((d) => d.level === "308");
 */
export function effectDrawsTable<T extends ReadTable = ReadTable>(fit: PosteriorDraws): T {
  return arquero().table(effectDrawsColumns(fit)) as unknown as T;
}
