/** A table as the design sees it: named columns of numbers or of text, whatever it came from. */

/** Missing: NaN in a numeric column, null in a text column. Infinity is kept: the design reports it. */
export type Column =
  | { readonly kind: "numeric"; readonly values: Float64Array }
  | {
      readonly kind: "text";
      readonly values: readonly (string | null)[] /** Set when the source had an explicit level order. */;
      readonly levels?: readonly string[];
    };

export interface Table {
  readonly rows: number;
  readonly names: readonly string[];
  column(name: string): Column | undefined;
}

/** A table over columns of equal length. */
export function tableOf(columns: ReadonlyMap<string, Column>, rows: number): Table {
  return { rows, names: [...columns.keys()], column: (name) => columns.get(name) };
}

/** Levels of a column of true and false. */
export const LOGICAL_LEVELS: readonly string[] = Object.freeze(["FALSE", "TRUE"]);

/** Whether the column was made of true and false. */
export const isLogical = (column: Column): boolean =>
  column.kind === "text" && column.levels?.length === 2 && column.levels[0] === "FALSE" && column.levels[1] === "TRUE";

/** Whether the value of a row is missing. */
export const isMissing = (column: Column, row: number): boolean =>
  column.kind === "numeric" ? Number.isNaN(column.values[row]!) : column.values[row] === null;
