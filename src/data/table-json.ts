/** A table as JSON: what a saved fit keeps of its data. */
import { decodeNumbers, type NumberListJSON } from "./number-json.ts";
import type { Column, Table } from "./table.ts";
import { tableOf } from "./table.ts";

export type ColumnJSON =
  | { readonly kind: "numeric"; readonly values: NumberListJSON; readonly texts?: readonly (string | null)[] }
  | { readonly kind: "text"; readonly values: readonly (string | null)[]; readonly levels?: readonly string[] };

export interface TableJSON {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnJSON>>;
}

/**
 * The named columns of a table as plain data (for JSON through `plainNumbers`); names the table lacks are passed over.
 *
 * @param factors columns whose levels count: of other numeric columns the numbers are all that is kept
 */
export function tableToJSON(table: Table, names: readonly string[], factors: ReadonlySet<string>): TableJSON {
  const kept = names.flatMap((name): [string, ColumnJSON][] => {
    const column = table.column(name);
    if (!column) return [];
    if (column.kind === "text" || factors.has(name)) return [[name, column]];
    return [[name, { kind: "numeric", values: column.values }]];
  });
  return { rows: table.rows, columns: Object.fromEntries(kept) };
}

/** The table that `tableToJSON` wrote. */
export function tableFromJSON(json: TableJSON): Table {
  const columns = new Map<string, Column>();
  for (const [name, column] of Object.entries(json.columns)) {
    if (column.kind === "text") columns.set(name, column);
    else
      columns.set(name, {
        kind: "numeric",
        values: decodeNumbers(column.values),
        ...(column.texts && { texts: column.texts }),
      });
  }
  return tableOf(columns, json.rows);
}
