import { table as arquero, desc } from "arquero";
import { describe, expect, test } from "vitest";
import { replaceColumns } from "../../src/data/grid.ts";
import { toTable } from "../../src/data/to-table.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";

const column = (values: ArrayLike<unknown>, options = {}) => toTable({ v: values }, options).column("v")!;

function faults(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).issues.map((issue) => issue.message);
  }
  throw new Error("nothing was thrown");
}

describe("columns", () => {
  test.each<[string, ArrayLike<unknown>, unknown]>([
    ["numbers", [1, 2.5, -3], { kind: "numeric", values: Float64Array.of(1, 2.5, -3) }],
    [
      "gaps",
      [1, null, undefined, Number.NaN, ""],
      { kind: "numeric", values: Float64Array.of(1, Number.NaN, Number.NaN, Number.NaN, Number.NaN) },
    ],
    ["NA among numbers", [1, "NA", 3], { kind: "numeric", values: Float64Array.of(1, Number.NaN, 3) }],
    [
      "numbers as text with NA",
      ["1.5", "NA", "-2e3"],
      { kind: "numeric", values: Float64Array.of(1.5, Number.NaN, -2000), texts: ["1.5", null, "-2e3"] },
    ],
    [
      "numbers as text with NA, as they print",
      ["1.5", "NA"],
      { kind: "numeric", values: Float64Array.of(1.5, Number.NaN) },
    ],
    ["numbers as text", ["1", "2"], { kind: "text", values: ["1", "2"] }],
    ["typed", Int32Array.of(1, 2), { kind: "numeric", values: Float64Array.of(1, 2) }],
    ["bigints", [1n, 2n], { kind: "numeric", values: Float64Array.of(1, 2) }],
    [
      "bigints beyond a double",
      BigInt64Array.of(9007199254740993n, 1n),
      { kind: "numeric", values: Float64Array.of(9007199254740992, 1), texts: ["9007199254740993", "1"] },
    ],
    [
      "Infinity is kept",
      [1, Number.POSITIVE_INFINITY],
      { kind: "numeric", values: Float64Array.of(1, Number.POSITIVE_INFINITY) },
    ],
    ["text", ["b", null, "NA", "a"], { kind: "text", values: ["b", null, null, "a"] }],
    ["truth", [true, null, false], { kind: "text", values: ["TRUE", null, "FALSE"], levels: ["FALSE", "TRUE"] }],
    ["mixed", [1, "two", 3], { kind: "text", values: ["1", "two", "3"] }],
  ])("%s", (_, values, expected) => expect(column(values)).toEqual(expected));

  test("naStrings are the user's", () => {
    expect(column([1, ".", 3], { naStrings: ["."] })).toEqual({
      kind: "numeric",
      values: Float64Array.of(1, Number.NaN, 3),
    });
    expect(column(["NA", "b"], { naStrings: [] })).toEqual({ kind: "text", values: ["NA", "b"] });
  });

  test("a later change of the user's array changes nothing", () => {
    const values = Float64Array.of(1, 2);
    const made = column(values);
    values[0] = 9;
    expect(made.values[0]).toBe(1);
  });
});

describe("sources", () => {
  test("records, with a field that some lack", () => {
    const made = toTable([{ y: 1, g: "a" }, { y: 2 }, { y: 3, g: "b", z: 4 }]);
    expect(made.names).toEqual(["y", "g", "z"]);
    expect(made.column("g")).toEqual({ kind: "text", values: ["a", null, "b"] });
    expect(made.column("z")!.values).toEqual(Float64Array.of(Number.NaN, Number.NaN, 4));
  });

  test("an arquero table, filtered and ordered", () => {
    const source = arquero({ y: [1, 2, 3, 4], g: ["a", "b", "c", "d"] })
      .filter("d => d.y > 1")
      .orderby(desc("y"));
    expect(toTable(source).column("y")!.values).toEqual(Float64Array.of(4, 3, 2));
    expect(toTable(source).column("g")!.values).toEqual(["d", "c", "b"]);
  });

  test("a table is taken as it is", () => {
    const made = toTable({ y: [1] });
    expect(toTable(made)).toBe(made);
  });
});

describe("faults", () => {
  test("come together", () => {
    expect(faults(() => toTable({ a: [1, 2], b: [1], c: [1, 2, 3] }))).toEqual([
      expect.stringMatching(/column b has 1 value but the column a has 2/),
      expect.stringMatching(/column c has 3 values but the column a has 2/),
    ]);
  });

  test("of columns that cannot be read are those of the models that use them", () => {
    const table = { y: [1, 2], c: [new Date(), 1], d: [{}, 1], e: "text" as never };
    const { names, column, faults: found } = toTable(table);
    expect(names).toEqual(["y", "c", "d", "e"]);
    expect(column("c")).toBeUndefined();
    const messages = [...found!.values()].map((fault) => fault.message);
    expect(messages[0]).toMatch(/column c holds a date in row 1; turn dates into numbers/);
    expect(messages[1]).toMatch(/column d holds something in row 1/);
    expect(messages[2]).toMatch(/column e is not an array/);
    expect(faults(() => model(table).formula("y ~ c + d + e").compile())).toEqual(messages);
    expect(() => model(table).formula("y ~ 1").compile()).not.toThrow();
  });

  test.each<[string, unknown, RegExp]>([
    ["no columns", {}, /no columns/],
    ["no rows", { a: [] }, /no rows/],
    ["no records", [], /no rows/],
    ["not a record", [{ a: 1 }, 3], /Row 2/],
    ["not a table", null, /A table is needed/],
    ["columns that are no list", { columns: 5, getColumn: () => [1] }, /A table is needed/],
    ["a number for names", { columnNames: () => 3, array: () => [1] }, /A table is needed/],
    ["fields without names", { schema: { fields: [null] }, getChild: () => [1] }, /A table is needed/],
    ["a name twice", { columnNames: () => ["a", "a"], array: () => [1] }, /two columns named a/],
  ])("%s", (_, input, message) => expect(faults(() => toTable(input as never))[0]).toMatch(message));
});

describe("replaced columns", () => {
  test("have the kinds of the base table", () => {
    const base = toTable({ period: ["1"], dose: [1], l: [true] });
    const replaced = replaceColumns(base, { period: 1, dose: "2", l: true });
    expect(replaced.column("period")).toEqual({ kind: "text", values: ["1"] });
    expect(replaced.column("dose")).toEqual({ kind: "numeric", values: Float64Array.of(2) });
    expect(replaced.column("l")).toEqual({ kind: "text", values: ["TRUE"], levels: ["FALSE", "TRUE"] });
  });

  test("leave the others and the table itself alone", () => {
    const base = toTable({ x: [1, 2], g: ["a", "b"] });
    const replaced = replaceColumns(base, { g: "b", z: 3 });
    expect(replaced.column("g")!.values).toEqual(["b", "b"]);
    expect(replaced.column("z")!.values).toEqual(Float64Array.of(3, 3));
    expect(replaced.column("x")).toBe(base.column("x"));
    expect(base.column("g")!.values).toEqual(["a", "b"]);
  });
});
