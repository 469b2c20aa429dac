import { describe, expectTypeOf, it } from "vitest";
import { agq, binomial, type MaximumLikelihood, type Model, model, nuts } from "../src/index.ts";

const arrays = { y: [1, 2, 3], days: [0, 1, 2], subject: ["a", "b", "b"] };
interface Row {
  readonly score: number;
  readonly school: string;
}

describe("model()", () => {
  it("knows the columns of an object of arrays", () => {
    const declared = model(arrays).response("y").fixed("days").random("subject", "days");
    expectTypeOf(declared.fit()).resolves.toExtend<MaximumLikelihood>();
    // @ts-expect-error a response that is no column
    model(arrays).response("yy");
    // @ts-expect-error a fixed term that is no column
    model(arrays).fixed("day");
    // @ts-expect-error a group that is no column
    model(arrays).random("sujet");
    // @ts-expect-error weights are numbers
    model(arrays).weights("subject");
  });

  it("knows the fields of records", () => {
    const rows: Row[] = [];
    model(rows).response("score").random("school");
    // @ts-expect-error no such field
    model(rows).response("scores");
  });

  it("takes any name of a table whose columns the compiler cannot see", () => {
    const table = { columnNames: () => ["y"], array: () => [1] };
    expectTypeOf(model(table).response("whatever")).toEqualTypeOf<Model>();
  });

  it("takes undefined for an option left out", () => {
    model(arrays)
      .family({ name: "poisson", link: undefined })
      .family(binomial({ link: undefined }));
    nuts({ seed: undefined, chains: undefined });
    const fit = model(arrays).response("y").fit(agq(5), { signal: undefined });
    expectTypeOf(fit).resolves.toExtend<MaximumLikelihood>();
  });

  it("keeps its type through every method, so that a fit can be updated", () => {
    const fit = model(arrays).formula("y ~ days + (1 | subject)").family(binomial()).fit(agq(5));
    expectTypeOf(fit).resolves.toHaveProperty("update");
    // @ts-expect-error a fit has no sampler
    model(arrays).fit(nuts());
  });
});
