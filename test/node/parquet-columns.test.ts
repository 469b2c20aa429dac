/** The guard before the reader of Parquet files, on directories as plain objects. */
import { expect, test } from "vitest";
import { checkParquetColumns, type SchemaNode } from "../../src/node/parquet-columns.ts";

const leaf = (name: string): SchemaNode => ({ children: [], element: { name } });
const schema: SchemaNode = {
  element: { name: "schema" },
  children: [leaf("first"), { element: { name: "list" }, children: [leaf("item")] }],
};
const group = (...paths: readonly string[][]) => ({
  columns: paths.map((path) => ({ meta_data: { path_in_schema: path } })),
});
const check = (...paths: readonly string[][]) => checkParquetColumns(schema, [group(...paths)]);

test("a directory that names leaves of the schema once each is read", () => {
  expect(() => check(["first"], ["list", "item"])).not.toThrow();
});

test.each([
  ["a name the schema does not have", [["other"]]],
  ["a group in place of a leaf", [["list"]]],
  ["a column twice", [["first"], ["first"]]],
  ["a column without a path", [[]]],
])("%s is refused", (_, paths) => {
  expect(() => check(...paths)).toThrow("its list of columns is damaged");
});
