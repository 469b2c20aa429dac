import { describe, expectTypeOf, test } from "vitest";
import type { DeclarationBuilder } from "../../src/dsl/builder.ts";
import type {
  AnyColumns,
  ColumnName,
  ColumnsOfArrays,
  ColumnsOfRow,
  NumericColumnName,
} from "../../src/dsl/column-types.ts";

interface Row {
  readonly y: number;
  readonly n: number | null;
  readonly f: "a" | "b";
  readonly g: string;
}
type Arrays = { y: number[]; n: Float64Array; f: string[]; g: (string | null)[] };

declare abstract class Model<C> extends DeclarationBuilder<C> {
  fit(): number;
}
declare const arrays: Model<ColumnsOfArrays<Arrays>>;
declare const records: Model<ColumnsOfRow<Row>>;
declare const arquero: Model<AnyColumns>;

describe("names of columns", () => {
  test("come from objects of arrays and from records", () => {
    expectTypeOf<ColumnName<ColumnsOfArrays<Arrays>>>().toEqualTypeOf<"y" | "n" | "f" | "g">();
    expectTypeOf<NumericColumnName<ColumnsOfArrays<Arrays>>>().toEqualTypeOf<"y" | "n">();
    expectTypeOf<NumericColumnName<ColumnsOfRow<Row>>>().toEqualTypeOf<"y" | "n">();
    expectTypeOf<NumericColumnName<AnyColumns>>().toEqualTypeOf<string>();
  });
});

describe("methods take names of columns only", () => {
  test("response", () => {
    arrays.response("y", { trials: "n" });
    arrays.response("y", { trials: 10 });
    arrays.response("log(y)");
    // @ts-expect-error The table has no column yy
    arrays.response("yy");
    // @ts-expect-error f is not numeric
    arrays.response("y", { trials: "f" });
  });

  test("fixed", () => {
    records.fixed("f", "f * n", "I(n^2)", "0", "f:n + g");
    // @ts-expect-error The table has no column ff
    records.fixed("ff");
    // @ts-expect-error The table has no column nn
    records.fixed("f", "f * nn");
    const text: string = "anything";
    records.fixed(text);
  });

  test("random", () => {
    records.random("g");
    records.random("g", "n");
    records.random("g", "n", { covariance: "diag" });
    records.random("g", { intercept: true });
    records.random("(n | g)");
    records.random("f/g");
    // @ts-expect-error The table has no column h
    records.random("h");
    // @ts-expect-error The table has no column m
    records.random("g", "m");
    // @ts-expect-error The table has no column h
    records.random("(n | h)");
    // @ts-expect-error no such structure
    records.random("g", { covariance: "toepl" });
  });

  test("weights, offsets, factors", () => {
    records
      .weights("n")
      .frequencyWeights("n")
      .offset("n")
      .offset("log(n)")
      .factor("f", ["b", "a"])
      .contrasts("f", "sum");
    // @ts-expect-error g is text
    records.weights("g");
    // @ts-expect-error g is text
    records.offset("g");
    // @ts-expect-error no such column
    records.factor("k", ["a", "b"]);
    // @ts-expect-error no such contrast
    records.contrasts("f", "deviation");
    // @ts-expect-error no such policy
    records.missing("drop");
    // @ts-expect-error no such class of parameters
    records.prior("beta", { name: "normal", parameters: [0, 1] });
  });

  test("every name goes where the compiler cannot see the table", () => {
    arquero.response("anything", { trials: "other" }).fixed("a * b").random("g", "x").weights("w").offset("o");
  });
});

test("chains keep the type of the class that extends the builder", () => {
  expectTypeOf(arrays.response("y").fixed("f").random("g").missing("omit")).toEqualTypeOf<
    Model<ColumnsOfArrays<Arrays>>
  >();
  expectTypeOf(arrays.formula("y ~ f").fit()).toEqualTypeOf<number>();
});
