/** Draws as columns of a table, one row a draw: what Arrow, Parquet and arquero tables hold. */
import { noColumn, notDraws, noVariables, raggedChains } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { DrawVariable, NamedDraws } from "./named-draws.ts";
import { drawsOfColumns } from "./named-draws.ts";

/** Names of the columns that number the draws, as tidybayes and posterior write them; all count from 1. */
const INDEX_COLUMNS = [".chain", ".iteration", ".draw"] as const;

/** `.chain`, `.iteration` and `.draw` of each row. */
export function indexColumns({ chains, drawsPerChain }: Pick<NamedDraws, "chains" | "drawsPerChain">): {
  readonly name: string;
  readonly values: Int32Array;
}[] {
  const length = chains * drawsPerChain;
  return [
    { name: ".chain", values: Int32Array.from({ length }, (_, d) => Math.floor(d / drawsPerChain) + 1) },
    { name: ".iteration", values: Int32Array.from({ length }, (_, d) => (d % drawsPerChain) + 1) },
    { name: ".draw", values: Int32Array.from({ length }, (_, d) => d + 1) },
  ];
}

/**
 * Draws of columns with `.chain` and `.iteration` (rows in any order) and one column a variable.
 *
 * @throws DeclarationError when the draws are not numbered, or the chains are of different lengths
 */
export function drawsFromColumns(
  format: string,
  names: readonly string[],
  column: (name: string) => ArrayLike<unknown>,
): NamedDraws {
  const refuse = (reason: string) => new DeclarationError([notDraws(format, reason)]);
  const index = (name: string): number[] => {
    if (!names.includes(name)) throw refuse(noColumn(name));
    return Array.from(column(name), Number);
  };
  const chain = index(".chain");
  const iteration = index(".iteration");
  const rows = Array.from(chain.keys()).sort((a, b) => chain[a]! - chain[b]! || iteration[a]! - iteration[b]! || a - b);
  const chains = new Set(chain).size;
  const drawsPerChain = chain.length / Math.max(1, chains);
  const even = rows.every((row, k) => k % drawsPerChain === 0 || chain[row] === chain[rows[k - 1]!]);
  if (!Number.isInteger(drawsPerChain) || !even) throw refuse(raggedChains);
  const columns: DrawVariable[] = names
    .filter((name) => !(INDEX_COLUMNS as readonly string[]).includes(name))
    .map((name) => {
      const values = column(name);
      // A missing number is NaN, not 0.
      return { name, values: Float64Array.from(rows, (row) => Number(values[row] ?? Number.NaN)) };
    });
  if (columns.length === 0 || chain.length === 0) throw refuse(noVariables);
  return drawsOfColumns(chains, drawsPerChain, columns);
}
