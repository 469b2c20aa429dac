/** A table as the design sees it: named columns of numbers or of text, whatever it came from. */

/** Missing: NaN in a numeric column, null in a text column. Infinity is kept: the design reports it. */
export type Column =
  | { readonly kind: "numeric"; readonly values: Float64Array }
  | { readonly kind: "text"; readonly values: readonly (string | null)[]; /** Set when the source had an explicit level order. */ readonly levels?: readonly string[] };

export interface Table {
  readonly rows: number;
  readonly names: readonly string[];
  column(name: string): Column | undefined;
}
