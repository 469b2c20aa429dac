/** A table as the design sees it: named columns of numbers or of text, whatever it came from. */
import type { Issue } from "../messages/issue.ts";

/** Missing: NaN in a numeric column, null in a text column. Infinity is kept: the design reports it. */
export type Column =
  | {
      readonly kind: "numeric";
      readonly values: Float64Array;
      /**
       * What stood in the source, by row, where a number does not say all of it: `007`, `1.50`, a whole number of more digits than a double has.
       * As levels of a factor these count. Absent: the numbers say all.
       */
      readonly texts?: readonly (string | null)[];
    }
  | {
      readonly kind: "text";
      readonly values: readonly (string | null)[];
      /** Set when the source had an explicit level order. */
      readonly levels?: readonly string[];
      /** Texts that stood in the source with and without blanks around them; absent: none did. */
      readonly trimmed?: readonly string[];
    };

export interface Table {
  readonly rows: number;
  /** The columns of the source, those with a fault among them. */
  readonly names: readonly string[];
  /** Undefined for a column that is not there or cannot be read. */
  column(name: string): Column | undefined;
  /** Why a column of the source cannot be read. */
  readonly faults?: ReadonlyMap<string, Issue>;
}

/** A table over columns of equal length. */
export function tableOf(
  columns: ReadonlyMap<string, Column>,
  rows: number,
  faults?: ReadonlyMap<string, Issue>,
): Table {
  return {
    rows,
    names: [...columns.keys(), ...(faults?.keys() ?? [])],
    column: (name) => columns.get(name),
    ...(faults && { faults }),
  };
}

/** Levels of a column of true and false. */
export const LOGICAL_LEVELS: readonly string[] = Object.freeze(["FALSE", "TRUE"]);

/** Whether the column was made of true and false. */
export const isLogical = (column: Column): boolean =>
  column.kind === "text" && column.levels?.length === 2 && column.levels[0] === "FALSE" && column.levels[1] === "TRUE";

/** Whether the value of a row is missing. */
export const isMissing = (column: Column, row: number): boolean =>
  column.kind === "numeric" ? Number.isNaN(column.values[row]!) : column.values[row] === null;

/** The rows of a column, in the order given. */
export function rowsOfColumn(column: Column, rows: ArrayLike<number>): Column {
  if (column.kind === "text") return { ...column, values: Array.from(rows, (row) => column.values[row]!) };
  const { values, texts } = column;
  return {
    kind: "numeric",
    values: Float64Array.from(rows, (row) => values[row]!),
    ...(texts && { texts: Array.from(rows, (row) => texts[row]!) }),
  };
}
