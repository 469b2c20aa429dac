import { int64, tableFromArrays, tableFromIPC, tableToIPC } from "@uwdata/flechette";
import { describe, expect, test } from "vitest";
import { toTable } from "../../src/data/to-table.ts";

describe("Arrow tables", () => {
  const id = [1580000000000101n, 9007199254740993n, null];
  const made = tableFromArrays({ id, x: [1.5, null, 3], g: ["a", null, "b"] }, { types: { id: int64() } });

  test("give numbers and texts with what is missing", () => {
    const table = toTable(made);
    expect(table.names).toEqual(["x", "g", "id"]);
    expect(table.column("x")).toEqual({ kind: "numeric", values: Float64Array.of(1.5, Number.NaN, 3) });
    expect(table.column("g")).toEqual({ kind: "text", values: ["a", null, "b"] });
  });

  test("keep whole numbers beyond a double where they are read as BigInts, and say so where they are not", () => {
    const bytes = tableToIPC(made, { format: "stream" })!;
    const table = toTable(tableFromIPC(bytes, { useBigInt: true }));
    expect(table.column("id")).toMatchObject({ texts: ["1580000000000101", "9007199254740993", null] });
    const fault = toTable(made).faults!.get("id")!;
    expect(fault.message).toMatch(
      /^The column id cannot be read from its table \(.*9007199254740993\); convert it first/,
    );
  });
});

describe("data frames", () => {
  const series = { x: [1, 2], g: ["a", "b"] };
  const x = { kind: "numeric", values: Float64Array.of(1, 2) };

  test.each<[string, object]>([
    [
      "names as a list, columns with values",
      { columns: ["x", "g"], column: (name: "x") => ({ values: series[name] }) },
    ],
    ["names as a list, columns to iterate", { columns: ["x", "g"], getColumn: (name: "x") => new Set(series[name]) }],
    [
      "names and series by functions",
      { getColumnNames: () => ["x", "g"], getSeries: (name: "x") => ({ toArray: () => series[name] }) },
    ],
    [
      "an Arrow schema",
      { schema: { fields: [{ name: "x" }, { name: "g" }] }, getChild: (name: "x") => new Set(series[name]) },
    ],
  ])("%s", (_, frame) => {
    const table = toTable(frame as never);
    expect(table.names).toEqual(["x", "g"]);
    expect(table.column("x")).toEqual(x);
    expect(table.column("g")).toEqual({ kind: "text", values: ["a", "b"] });
  });

  test("columns named like their members are columns", () => {
    const table = toTable({ columns: [1, 2], column: [3, 4], schema: [5, 6], constructor: [7, 8] } as never);
    expect(table.names).toEqual(["columns", "column", "schema", "constructor"]);
  });
});
