import { describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { lindstromBates, pql, reml } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { type Model, model, modelFromJSON } from "../../src/model-builder.ts";
import { orange, reference } from "./support.ts";

const trees = () => (model(reference.Orange) as unknown as Model).response("circumference");
const one = { Asym: "~ 1", xmid: "~ 1", scal: "~ 1" };
const start = { Asym: 190, xmid: 700, scal: 350 };

function fault(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message).join("\n");
    throw error;
  }
  return "";
}

describe("declaring a nonlinear mean", () => {
  const declared = trees().mean("Asym / (1 + exp((xmid - age) / scal))", {
    parameters: { ...one, Asym: { fixed: "1", random: "Tree" } },
    start,
  });

  it("prints as formulas and as a statement", () => {
    expect(declared.toFormula()).toBe(
      "circumference ~ Asym/(1 + exp((xmid - age)/scal)), Asym ~ 1 + (1 | Tree), xmid ~ 1, scal ~ 1",
    );
    expect(declared.describe().split("\n").slice(0, 4)).toEqual([
      "circumference_i ~ N(μ_i, σ²)",
      "μ_i = Asym/(1 + exp((xmid - age)/scal))",
      "Asym_i = β₀ + b_Tree[i]",
      "b_Tree ~ N(0, σ²_Tree)",
    ]);
  });

  it("goes through JSON unchanged and fits the same", async () => {
    const json = JSON.stringify(declared);
    expect(specFromJSON(json)).toEqual(declared.spec);
    const a = await declared.fit();
    const b = await modelFromJSON(json, toTable(reference.Orange)).fit();
    expect(b.tidy()).toEqual(a.tidy());
  });

  it("takes a function of traced operations for the same model", async () => {
    const written = trees().mean(
      (ops, { Asym, xmid, scal }, { age }) => ops.div(Asym!, ops.add(1, ops.exp(ops.div(ops.sub(xmid!, age!), scal!)))),
      { parameters: { ...one, Asym: "~ 1 + (1 | Tree)" }, start },
    );
    expect(specFromJSON(JSON.stringify(written))).toEqual(written.spec);
    const a = await written.fit();
    const b = await declared.fit();
    expect(a.logLik).toBeCloseTo(b.logLik, 9);
  });

  it("names fixed effects and random effects as nlme does, in the component of the mean", async () => {
    const rows = (await declared.fit()).tidy();
    expect(rows.map(({ effect, component, group, term }) => [effect, component, group, term])).toEqual([
      ["fixed", "cond", null, "Asym"],
      ["fixed", "cond", null, "xmid"],
      ["fixed", "cond", null, "scal"],
      ["ran_pars", "cond", "Tree", "sd__Asym"],
      ["ran_pars", "cond", "Residual", "sd__Observation"],
    ]);
  });

  it("reports every fault of the parameters at once", () => {
    const text = fault(() =>
      trees().mean("Asym / (1 + exp((xmid - age) / scal))", {
        parameters: { ...one, unused: "~ 1" },
        random: "Asym + nothing ~ 1 | Tree",
        start: { Asym: 190, other: 3, unused: 1 },
      }),
    );
    expect(text).toMatch(/unused is declared but does not occur/);
    expect(text).toMatch(/names nothing, which is not a parameter/);
    expect(text).toMatch(/names other, which is not a parameter/);
    expect(text).toMatch(/xmid: …/);
  });

  it("refuses what a mean cannot be, in whole sentences", async () => {
    const mean = (text: string) => () => trees().mean(text, { parameters: { Asym: "1" }, start: { Asym: 1 } });
    expect(fault(mean("Asym * poly(age, 2)"))).toMatch(/poly\(\) cannot stand in a nonlinear mean/);
    expect(fault(mean("Asym * system(age)"))).toMatch(/system/);
    expect(fault(mean("SSlogis(age, Asym)"))).toMatch(/takes 4 arguments/);
    expect(
      fault(() =>
        trees()
          .mean("Asym * age", { parameters: { Asym: "1" } })
          .compile(),
      ),
    ).toMatch(/needs starting values: give start: { Asym: … }/);
    expect(fault(() => mean("Asym * aeg")().compile())).toMatch(
      /neither a column of the table nor a parameter.*mean age/,
    );
    expect(fault(() => mean("log(Asym - 10) * age")().compile())).toMatch(
      /not finite in some row at the starting values Asym = 1/,
    );
    expect(fault(() => mean("Asym * age")().fixed("age"))).toMatch(/adds to a linear predictor/);
    expect(fault(() => trees().mean((ops, { Asym }) => ops.lgamma(Asym!), { parameters: { Asym: "1" } }))).toMatch(
      /uses polygamma/,
    );
    const message = async (attempt: Promise<unknown>) =>
      attempt.then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await message(orange().fit(reml()))).toMatch(/no restricted likelihood/);
    expect(await message(orange().fit(pql()))).toMatch(/nonlinear mean is fitted by/);
    expect(await message(trees().fixed("age").fit(lindstromBates()))).toMatch(/is for a nonlinear mean/);
    const twice = trees().mean("(Asym + other) * age", {
      parameters: { Asym: "1", other: "1" },
      start: { Asym: 1, other: 1 },
    });
    expect(await message(twice.fit(lindstromBates()))).toMatch(/linearly dependent/);
    const flat = await twice.fit();
    expect(flat.verdict.code).toBe("not identified");
  });

  it("refuses rows and columns it cannot read", () => {
    const table = { ...reference.Orange, age: reference.Orange.age.map((age) => (age === 118 ? null : age)) };
    const compiled = (model(table) as unknown as Model)
      .response("circumference")
      .mean("SSlogis(age, Asym, xmid, scal)", { parameters: one })
      .compile();
    expect(compiled.design.omitted).toBe(5);
    expect(compiled.design.columns!["data:age"]).toHaveLength(30);
  });
});
