import { describe, expect, it } from "vitest";
import { encode } from "../../src/data/factor.ts";
import { toTable } from "../../src/data/to-table.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { type CsvOptions, parseCsv } from "../../src/node/csv.ts";

const columns = (text: string, options?: CsvOptions) =>
  Object.fromEntries(
    Object.entries(parseCsv(text, options).columns).map(([name, values]) => [
      name,
      Array.from(values as ArrayLike<unknown>),
    ]),
  );

const faults = (text: string, options?: CsvOptions): string[] => {
  try {
    parseCsv(text, { source: "t.csv", ...options });
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
    throw error;
  }
  throw new Error("parsed without a fault");
};

it("says what a decimal mark and a type are where an object was given", () => {
  expect(faults("x\n1", { decimal: { x: [1] } } as never)).toEqual([
    'decimal of parseCsv() must be the decimal mark, "." or ",", not {"x":[1]}.',
  ]);
  expect(faults("x\n1", { types: { x: { a: 1 } } } as never)).toEqual([
    `The type of the column x is {"a":1}; it must be 'text' or 'number'.`,
  ]);
});

describe("types of columns", () => {
  it("reads numbers, with signs, exponents, infinities and NaN", () => {
    expect(columns("x\n1\n-2.5\n+3e-2\n.5\n4.\nInf\n-Inf\nNaN\n0\n0.0\n0e0\n007")).toEqual({
      x: [1, -2.5, 0.03, 0.5, 4, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, 0, 0, 7],
    });
  });

  it("keeps a column as text when one value is no number, missing values null", () => {
    expect(columns("x,y\n1,a\nNA,\n3b,NA")).toEqual({ x: ["1", null, "3b"], y: ["a", null, null] });
  });

  it("gives missing numbers as NaN in a Float64Array", () => {
    const { x } = parseCsv("x,y\n1,1\nNA,1\n,1").columns;
    expect(x).toBeInstanceOf(Float64Array);
    expect(Array.from(x as Float64Array)).toEqual([1, Number.NaN, Number.NaN]);
  });

  it("reads TRUE, FALSE, T and F as R does", () => {
    expect(columns("x,y,z\nTRUE,T,T\nfalse,F,M\nNA,NA,F")).toEqual({
      x: [true, false, null],
      y: [true, false, null],
      z: ["T", "M", "F"],
    });
  });

  it("does not take hexadecimal, binary or grouped digits for numbers", () => {
    expect(columns("a,b,c\n0x1A,0b1,1_000")).toEqual({ a: ["0x1A"], b: ["0b1"], c: ["1_000"] });
  });

  it("keeps identifiers too long for a double apart, as text", () => {
    expect(columns("id,big\n9007199254740992,1e300\n9007199254740993,100000000000000000000")).toEqual({
      id: ["9007199254740992", "9007199254740993"],
      big: [1e300, 1e20],
    });
  });
});

describe("types that are given", () => {
  const text = "id,x\n007,1\n7,1.0\nNA,2";

  it("read a column as text, or as numbers that keep nothing of what was written", () => {
    expect(columns(text, { types: { id: "text" } })["id"]).toEqual(["007", "7", null]);
    const levels = (types: CsvOptions["types"]) =>
      encode(toTable(parseCsv(text, types ? { types } : {}).columns).column("id")!).levels;
    expect(levels(undefined)).toEqual(["007", "7"]);
    expect(levels({ id: "number" })).toEqual(["7"]);
    expect(columns("id\n9007199254740993", { types: { id: "number" } })).toEqual({ id: [9007199254740992] });
  });

  it("keep a decimal comma out of the levels", () => {
    const { columns: read } = parseCsv("x;y\n1,5;1\n1,50;2", { decimal: "," });
    expect(encode(toTable(read).column("x")!).levels).toEqual(["1.5", "1.50"]);
  });

  it("must be of a column and fit what it holds", () => {
    expect(faults(text, { types: { ide: "text", x: "date" as "text" } })).toEqual([
      "t.csv has no column ide, whose type is given; did you mean id?",
      `The type of the column x is "date"; it must be 'text' or 'number'.`,
    ]);
    expect(faults("x\n1\nb2\n", { types: { x: "number" } })[0]).toMatch(/^t\.csv, line 3: the column x .* holds 'b2'/);
  });
});

describe("dialects", () => {
  const expected = { x: [1.5, 2], g: ["a", "b"] };
  it.each([
    ["comma", "x,g\n1.5,a\n2,b\n", {}],
    ["semicolon", "x;g\n1.5;a\n2;b\n", {}],
    ["tab", "x\tg\n1.5\ta\n2\tb\n", {}],
    ["bar", "x|g\n1.5|a\n2|b\n", {}],
    ["semicolon and decimal comma", "x;g\n1,5;a\n2;b\n", { decimal: "," }],
    ["tab named", "x\tg\n1,5\ta\n2\tb\n", { delimiter: "tab", decimal: "," }],
    ["CRLF", "x,g\r\n1.5,a\r\n2,b\r\n", {}],
    ["CR alone", "x,g\r1.5,a\r2,b\r", {}],
    ["no last line break", "x,g\n1.5,a\n2,b", {}],
    ["byte-order mark", "\ufeffx,g\n1.5,a\n2,b\n", {}],
    ["spaces around names and fields", " x , g \n 1.5 , a\n2 ,b \n", {}],
    ["blank lines", "\nx,g\n\n1.5,a\n\n2,b\n\n", {}],
    ["every field quoted", '"x","g"\n"1.5","a"\n"2","b"\n', {}],
    ["space before a quote", 'x, "g"\n1.5, "a" \n2, "b"\n', {}],
  ] as [string, string, CsvOptions][])("%s", (_name, text, options) => {
    expect(columns(text, options)).toEqual(expected);
  });

  it("guesses the delimiter that splits the lines evenly, not the most frequent one", () => {
    expect(columns("name;note\nx;a, b, c, d\ny;e, f\n")).toEqual({ name: ["x", "y"], note: ["a, b, c, d", "e, f"] });
  });

  it("keeps delimiters, doubled quotes, spaces and line breaks inside quotes", () => {
    expect(columns('a,b\n"x, ""y""","one\ntwo"\n" z ",w\n')).toEqual({ a: ['x, "y"', " z "], b: ["one\ntwo", "w"] });
  });

  it("takes the strings for missing that it is told", () => {
    expect(columns("x,g\n-99,.\n1,NA\n", { naStrings: ["-99", "."] })).toEqual({ x: [Number.NaN, 1], g: [null, "NA"] });
  });

  it("reads a file of one column, and one of names only", () => {
    expect(columns("x\n1\n2\n")).toEqual({ x: [1, 2] });
    expect(parseCsv("x,y\n")).toMatchObject({ rows: 0, names: ["x", "y"] });
  });

  it("names unnamed columns as R does", () => {
    expect(parseCsv('"",x,\n1,2,3\n').names).toEqual(["X", "x", "X.1"]);
  });

  it("keeps names that JavaScript objects treat specially", () => {
    expect(parseCsv("__proto__,constructor\n1,2\n").names).toEqual(["__proto__", "constructor"]);
    expect(Object.keys(parseCsv("__proto__,constructor\n1,2\n").columns)).toEqual(["__proto__", "constructor"]);
  });
});

describe("faults", () => {
  it("names every ragged line, then counts the rest", () => {
    expect(faults("x,y\n1\n1,2\n1,2,3\n")).toMatchInlineSnapshot(`
      [
        "t.csv, line 2: 1 field where the header names 2 columns. Leave the fields of missing values empty but keep their delimiters, or check the delimiter.",
        "t.csv, line 4: 3 fields where the header names 2 columns. Quote fields that contain the delimiter, or name the extra column.",
      ]
    `);
    const many = faults(`x,y\n1,2\n${"1\n".repeat(8)}`);
    expect(many).toHaveLength(6);
    expect(many[5]).toMatchInlineSnapshot(`"t.csv: 3 more lines have the wrong number of fields."`);
  });

  it("counts lines through quoted line breaks", () => {
    expect(faults('x,y\n"a\nb",1\n2\n')[0]).toMatch(/^t\.csv, line 4: 1 field /);
  });

  it("knows R's row names without a header", () => {
    expect(faults("x y\na,1\nb,2\n", { delimiter: "," })).toMatchInlineSnapshot(`
      [
        "t.csv: every line has one field more than the header's 1 name, as when row names are written without a header. Name the first column too.",
      ]
    `);
  });

  it("names duplicate columns and their places", () => {
    expect(faults("x,y,x\n1,2,3\n")).toMatchInlineSnapshot(`
      [
        "t.csv: the header names 'x' 2 times (columns 1, 3). Give every column its own name.",
      ]
    `);
  });

  it("names the line of a quote that never closes, and of text after one", () => {
    expect(faults('x,y\n1,"a\n2,b\n')).toMatchInlineSnapshot(`
      [
        "t.csv, line 2: a quoted field opens here and never closes. Close the quote, and double every quote inside a quoted field.",
      ]
    `);
    expect(faults('x,y\n1,"a" b\n2,c\n')).toMatchInlineSnapshot(`
      [
        "t.csv, line 2: 'b' follows a closing quote. Double the quotes inside a quoted field, or check the delimiter.",
      ]
    `);
  });

  it("refuses an empty file and a dialect that makes no sense", () => {
    expect(faults("")).toMatchInlineSnapshot(`
      [
        "The file 't.csv' is empty. Its first line must name the columns.",
      ]
    `);
    expect(faults("x\n1\n", { delimiter: "::" })).toMatchInlineSnapshot(`
      [
        "The delimiter '::' is not a single character. Use one such as ',' ';' or 'tab'.",
      ]
    `);
    expect(faults("x\n1\n", { delimiter: ",", decimal: "," })).toMatchInlineSnapshot(`
      [
        "',' cannot be both the delimiter and the decimal mark. Files with a decimal comma use ';' or a tab between fields.",
      ]
    `);
    expect(faults("x\n1\n", { decimal: "x" as "." })).toMatchInlineSnapshot(`
      [
        "The decimal mark 'x' is neither '.' nor ','. Use one of these.",
      ]
    `);
    expect(faults("x\n1\n", { decimal: null as never })).toEqual([expect.stringMatching(/^decimal .* not null\.$/)]);
  });
});
