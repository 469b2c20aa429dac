/** Gaussian models without a residual variance, `.dispersion("~ 0")`: the same model with its residual, or by the residual covariance, says the same. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DeclarationError, ml, model, reml } from "../../src/index.ts";

const fixture = JSON.parse(readFileSync("test/fixtures/dispersion/glmmtmb-nlme.json", "utf8"));
const whole = fixture.data as { x: number[]; ga: number[]; g: string[] };
/** The first three rows of each of 20 groups. */
const first = whole.x.map((_, i) => i).filter((i) => i % 12 < 3);
const data = {
  x: first.map((i) => whole.x[i]!),
  y: first.map((i) => whole.ga[i]!),
  g: first.map((i) => whole.g[i]!),
  row: first.map((i) => `r${i}`),
  time: first.map((i) => `t${i % 12}`),
};

describe("without a residual", () => {
  for (const [name, method] of [
    ["ML", ml()],
    ["REML", reml()],
  ] as const)
    it(`random effects of rows are the residual, ${name}`, async () => {
      const own = await model(data).formula("y ~ x + (1 | g) + (1 | row)").dispersion("~ 0").fit(method);
      const usual = await model(data).formula("y ~ x + (1 | g)").fit(method);
      expect(Math.abs(own.logLik - usual.logLik)).toBeLessThan(1e-8);
      own.estimate.forEach((value, k) => {
        expect(Math.abs(value - usual.estimate[k]!)).toBeLessThan(1e-5);
      });
      expect(own.tidy().map(({ term }) => term)).toEqual(["(Intercept)", "x", "sd__(Intercept)", "sd__(Intercept)"]);
      expect(own.glance().df).toBe(usual.glance().df);
      expect(own.glance().sigma).toBeNull();
    });

  it("effects of each time are corSymm with varIdent", async () => {
    const own = await model(data).formula("y ~ x + us(0 + time | g)").dispersion("~ 0").fit(reml());
    const said = await model(data)
      .formula("y ~ x")
      .residual({ correlation: "corSymm(~ 1 | g)", variance: "varIdent(~ 1 | time)" })
      .fit(reml());
    expect(Math.abs(own.logLik - said.logLik)).toBeLessThan(1e-8);
    const sds = own.tidy({ effects: ["ran_pars"] }).map(({ estimate }) => estimate);
    const residual = said.tidy({ effects: ["ran_pars"] }).map(({ estimate }) => estimate);
    expect(sds[1]! / sds[0]!).toBeCloseTo(residual[1]!, 4);
    expect(sds[2]! / sds[0]!).toBeCloseTo(residual[2]!, 4);
    expect(sds.slice(3)).toEqual(residual.slice(3).map((value) => expect.closeTo(value, 4)));
    expect(own.fitted()[4]).toBeCloseTo(data.y[4]!, 4);
  });

  it("is refused where the effects do not stand for the residual, and where nothing is left to act on", async () => {
    const messageOf = (formula: string, change = (m: ReturnType<typeof declared>) => m) => {
      const declaration = change(declared(formula));
      try {
        declaration.compile();
      } catch (error) {
        return (error as DeclarationError).issues.map(({ message }) => message).join("\n");
      }
      return "";
    };
    const declared = (formula: string) => model(data).formula(formula).dispersion("~ 0");
    expect(messageOf("y ~ x")).toContain("no random effects");
    expect(messageOf("y ~ x + (1 | g)")).toContain("the random effects of g do not tell the rows");
    expect(messageOf("y ~ x + (x | g)")).toContain("do not tell the rows");
    expect(messageOf("y ~ x + (1 | row)", (m) => m.residual({ variance: "varExp(~ x)" }))).toContain(".residual()");
    await expect(declared("y ~ x + (1 | row)").sample("nuts")).rejects.toThrow(/not sampled/);
    expect(declared("y ~ x + (1 | row)").describe()).toContain("N(μ_i, 0)");
    expect(() => model(data).formula("y ~ x").family({ name: "Gamma" }).dispersion("~ 0").compile()).toThrow(
      /at one value that nothing chose/,
    );
  });

  it("is saved and loaded", async () => {
    const { loadFit, saveFit } = await import("../../src/public/exchange.ts");
    const fit = await model(data).formula("y ~ x + (1 | row)").dispersion("~ 0").fit();
    expect(String(loadFit(saveFit(fit)))).toBe(String(fit));
  });
});
