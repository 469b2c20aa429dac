/** A table as JSON: what a saved fit keeps of its data. */
import { decodeNumbers, type NumberListJSON } from "./number-json.ts";
import type { Column, Table } from "./table.ts";
import { tableOf } from "./table.ts";

export type ColumnJSON =
  | { readonly kind: "numeric"; readonly values: NumberListJSON }
  | { readonly kind: "text"; readonly values: readonly (string | null)[]; readonly levels?: readonly string[] };

export interface TableJSON {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnJSON>>;
}

/** The named columns of a table as plain data (for JSON through `plainNumbers`); names the table lacks are passed over. */
export function tableToJSON(table: Table, names: readonly string[]): TableJSON {
  const columns: Record<string, ColumnJSON> = {};
  for (const name of names) {
    const column = table.column(name);
    if (!column) continue;
    columns[name] = column;
  }
  return { rows: table.rows, columns };
}

/** The table that `tableToJSON` wrote. */
export function tableFromJSON(json: TableJSON): Table {
  const columns = new Map<string, Column>();
  for (const [name, column] of Object.entries(json.columns)) {
    if (column.kind === "text") columns.set(name, column);
    else columns.set(name, { kind: "numeric", values: decodeNumbers(column.values) });
  }
  return tableOf(columns, json.rows);
}
