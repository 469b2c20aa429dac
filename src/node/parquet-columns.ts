/** Whether a Parquet file's directory names the columns of its schema. */
import { damagedColumns } from "../messages/exchange.ts";

export interface SchemaNode {
  readonly children: readonly SchemaNode[];
  readonly element: { readonly name: string };
}

/**
 * Refuses a directory that does not fit the schema, before a reader is given the file: hyparquet 1.31 may end the process over one.
 *
 * @throws Error with the reason, without the file's name
 */
export function checkParquetColumns(
  schema: SchemaNode,
  groups: readonly {
    readonly columns: readonly { readonly meta_data?: { readonly path_in_schema: readonly string[] } }[];
  }[],
): void {
  for (const { columns } of groups) {
    const seen = new Set<string>();
    for (const { meta_data: own } of columns) {
      let node: SchemaNode | undefined = schema;
      for (const name of own?.path_in_schema ?? []) node = node?.children.find(({ element }) => element.name === name);
      const path = JSON.stringify(own?.path_in_schema);
      if (node === undefined || node === schema || node.children.length > 0 || seen.has(path))
        throw new Error(damagedColumns);
      seen.add(path);
    }
  }
}
