/** A predictor of the dispersion beside a nonlinear mean: the model that a variance function says, in other words. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DeclarationError, laplace, lindstromBates, model, selfStart } from "../../src/index.ts";
import { varExp } from "../../src/public/residual.ts";

const [head, ...lines] = readFileSync("examples/data/Orange.csv", "utf8").replaceAll('"', "").trim().split("\n");
const columns = head!.split(",");
const column = (name: string) => lines.map((line) => line.split(",")[columns.indexOf(name)]!);
const orange = {
  Tree: column("Tree"),
  age: column("age").map(Number),
  years: column("age").map((days) => Number(days) / 1000),
  circumference: column("circumference").map(Number),
};
const trees = model(orange)
  .response("circumference")
  .mean(selfStart.logistic("age", "Asym", "xmid", "scal"), {
    parameters: { Asym: "~ 1 + (1 | Tree)", xmid: "~ 1", scal: "~ 1" },
  });

describe("a nonlinear mean with a predictor of sigma", () => {
  it("is that of varExp", async () => {
    const predicted = await trees.dispersion("~ years").fit(laplace());
    const said = await trees.residual({ variance: varExp("years") }).fit(laplace());
    expect(predicted.logLik).toBeCloseTo(said.logLik, 8);
    const [asym, xmid, scal, log, slope, sd] = predicted.tidy();
    const other = said.tidy();
    for (const [k, row] of [asym, xmid, scal].entries()) {
      expect(row!.component).toBe("cond");
      expect(row!.estimate! / other[k]!.estimate!).toBeCloseTo(1, 6);
      expect(row!.std_error! / other[k]!.std_error!).toBeCloseTo(1, 4);
    }
    expect([log!.component, slope!.component, slope!.term]).toEqual(["disp", "disp", "years"]);
    expect(Math.exp(log!.estimate!)).toBeCloseTo(other[4]!.estimate!, 4);
    expect(slope!.estimate).toBeCloseTo(other[5]!.estimate!, 5);
    expect(sd!.estimate).toBeCloseTo(other[3]!.estimate!, 3);
    const row = predicted.predict({ type: "disp" }).rows[0]!;
    expect(row.estimate).toBeCloseTo(Math.exp(log!.estimate! + slope!.estimate! * orange.years[0]!), 8);
    expect(predicted.toString()).toContain("sigma ~ years");
  });

  it("is refused where a method does not know it, and where names clash", async () => {
    const fault = async (work: () => unknown) => {
      try {
        await work();
      } catch (error) {
        return (error as DeclarationError).issues.map(({ message }) => message).join("\n");
      }
      return "";
    };
    expect(await fault(() => trees.dispersion("~ years").fit(lindstromBates()))).toMatch(
      /no predictor for the dispersion/,
    );
    const curve = model(orange)
      .response("circumference")
      .mean("sigma * age", { parameters: { sigma: "~ 1" }, start: { sigma: 0.1 } });
    expect(await fault(() => curve.dispersion("~ years").compile())).toMatch(/has a parameter sigma, and so has/);
    expect(
      await fault(() =>
        trees
          .dispersion("~ years")
          .residual({ variance: varExp("years") })
          .fit(laplace()),
      ),
    ).toMatch(/where the mean is linear/);
  });
});
