import { describe, expect, it } from "vitest";
import { selfStart } from "../../src/dsl/self-start.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { reference } from "./support.ts";

/** Least squares without random effects: coefficients, residual sum of squares. */
async function leastSquares(declared: Model) {
  const fit = await declared.fit();
  expect(fit.verdict.code).toBe("converged");
  const residuals = fit.residuals();
  const coef = Object.fromEntries(fit.tidy({ effects: ["fixed"] }).map(({ term, estimate }) => [term, estimate]));
  return { coef, rss: residuals.reduce((sum, r) => sum + r * r, 0) };
}

describe("self-starting models", () => {
  it.each(reference.selfStart)("finds the fit of R's nls: $call", async ({ call, coef, rss, data }) => {
    const columns = data as unknown as Record<string, number[]>;
    const response = Object.keys(columns).at(-1)!;
    const declared = (model(columns) as unknown as Model).response(response).mean(call, {
      parameters: Object.fromEntries(Object.keys(coef).map((name) => [name, "~ 1"])),
    });
    const found = await leastSquares(declared);
    expect(found.rss / rss - 1).toBeLessThan(1e-8);
    for (const [name, value] of Object.entries(coef)) expect(found.coef[name]! / value! - 1).toBeCloseTo(0, 4);
  });

  it("reads arithmetic on columns, from a text and from the builder, for the table's own rows", async () => {
    const { data, call, coef } = reference.selfStart.find((one) => one.call.startsWith("SSlogis"))!;
    const [x, y] = Object.keys(data);
    const columns = data as unknown as Record<string, (number | null)[]>;
    const powers = {
      dose: [Number.NaN, ...columns[x!]!.map((value) => 2 ** (value! / 500))],
      [y!]: [1, ...columns[y!]!],
    };
    const options = { parameters: Object.fromEntries(Object.keys(coef).map((name) => [name, "~ 1"])) };
    const declared = (model(powers as never) as unknown as Model).response(y!);
    const input = "500 * log2(dose)";
    const means = [
      call.replace(/\(\w+,/, `(${input},`),
      "SSlogis(Asym = Asym, xmid = xmid, scal = scal, 500 * log(dose, 2))",
      selfStart.logistic(input, "Asym", "xmid", "scal"),
    ];
    for (const mean of means) {
      const found = await leastSquares(declared.mean(mean, options));
      for (const [name, value] of Object.entries(coef)) expect(found.coef[name]! / value! - 1).toBeCloseTo(0, 4);
    }
    const fit = await declared.mean(means[0]!, options).fit();
    const [inside, outside] = [fit.predict({ newdata: { dose: [2] } }), fit.predict({ newdata: { dose: [2, -1] } })];
    expect(inside.warnings).toEqual([]);
    expect(outside.rows[0]).toEqual(inside.rows[0]);
    expect(outside.warnings[0]!.message).toMatch(/no finite value in row 2:/);
    powers["dose"]![4] = 0;
    const zero = (model(powers as never) as unknown as Model).response(y!);
    await expect(zero.mean(means[0]!, options).fit()).rejects.toThrow(/500 \* log2\(dose\) is -Infinity in row 5/);
  });

  it("refuses arguments that are not the model's, each in its sentence", () => {
    const declared = (model({ x: [1, 2], y: [1, 2] }) as unknown as Model).response("y");
    const options = { parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1" } };
    const refused = (mean: string) => () => declared.mean(mean, options);
    expect(refused("SSlogis(x, Asym, xmid)")).toThrow(/takes 4 arguments, \(input, Asym, xmid, scal\), and got 3/);
    expect(refused("SSlogis(x, Asym, xmid, 2)")).toThrow(
      /argument scal of SSlogis\(\) must name a parameter, not be 2/,
    );
    expect(refused("SSlogis(x, A = Asym, xmid, scal)")).toThrow(/has no argument A;/);
    expect(refused("SSlogis(x, Asym, xmid, scal) + 1")).toThrow(/is the whole of a nonlinear mean/);
    expect(refused("SSfpl(x, Asym, xmid, scal)")).toThrow(/no self-starting model SSfpl\(\); there are SSlogis,/);
    expect(refused("Asym / (1 + exp((xmid - x) / scl))")).toThrow(/scal .* whose names are Asym, xmid, x, scl;/);
    const constant = declared.mean("SSlogis(3, Asym, xmid, scal)", options);
    expect(() => constant.compile()).toThrow(/input of the self-starting model, 3, reads no column/);
  });

  it("finds exponential decay, which R has no self-start for", async () => {
    const rng = createRng("decay");
    const x = Array.from({ length: 60 }, (_, i) => i / 10);
    const y = x.map((t) => 12 * Math.exp(-0.7 * t) + 0.05 * rng.normal());
    const { coef } = await leastSquares(
      (model({ x, y }) as unknown as Model)
        .response("y")
        .mean(selfStart.exponentialDecay("x", "A", "lrc"), { parameters: { A: "~ 1", lrc: "~ 1" } }),
    );
    expect(coef["A"]).toBeCloseTo(12, 0.5);
    expect(Math.exp(coef["lrc"]!)).toBeCloseTo(0.7, 1.5);
  });

  it("does not mind the order or the names of the parameters, nor falling curves", async () => {
    const x = Array.from({ length: 40 }, (_, i) => i / 4);
    const y = x.map((t, i) => 5 / (1 + Math.exp((t - 4) / 0.8)) + 0.01 * Math.sin(7 * i));
    const { coef } = await leastSquares(
      (model({ x, y }) as unknown as Model)
        .response("y")
        .mean(selfStart.logistic("x", "top", "half", "steep"), { parameters: { steep: "1", top: "1", half: "1" } }),
    );
    expect(coef["top"]).toBeCloseTo(5, 1);
    expect(coef["half"]).toBeCloseTo(4, 1);
    expect(coef["steep"]).toBeCloseTo(-0.8, 1);
  });

  it("starts parameters with predictors of their own", async () => {
    const rng = createRng("groups");
    const x: number[] = [];
    const y: number[] = [];
    const kind: string[] = [];
    for (const [label, top] of [
      ["a", 100],
      ["b", 140],
    ] as const)
      for (let i = 0; i < 40; i++) {
        x.push(i / 2);
        kind.push(label);
        y.push(top / (1 + Math.exp((8 - i / 2) / 2)) + rng.normal());
      }
    const { coef } = await leastSquares(
      (model({ x, y, kind }) as unknown as Model)
        .response("y")
        .mean("SSlogis(x, Asym, xmid, scal)", { parameters: { Asym: "~ kind", xmid: "~ 1", scal: "~ 0 + kind" } }),
    );
    expect(Object.keys(coef)).toEqual(["Asym.(Intercept)", "Asym.kindb", "xmid", "scal.kinda", "scal.kindb"]);
    expect(Math.abs(coef["Asym.(Intercept)"]! - 100)).toBeLessThan(2);
    expect(Math.abs(coef["Asym.kindb"]! - 40)).toBeLessThan(3);
    expect(Math.abs(coef["scal.kindb"]! - 2)).toBeLessThan(0.2);
  });
});
