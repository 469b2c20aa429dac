import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { agq, auto, laplace } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng("level responses");
const g = Array.from({ length: 60 }, (_, i) => Math.floor(i / 5));
const x = g.map(() => rng.normal());
const data = {
  g: g.map((k) => `g${k}`),
  obs: g.map((_, i) => `o${i}`),
  x,
  same: g.map((k) => (k % 3 === 0 ? 1 : 0)),
  // one response of one group is another
  nearly: g.map((k, i) => (i === 0 ? 0 : k % 3 === 0 ? 1 : 0)),
  yes: x.map((v) => (rng.uniform() < 1 / (1 + Math.exp(-v)) ? 1 : 0)),
  rating: g.map((k) => 1 + (k % 3)),
};
const declared = (formula: string) => model(data).formula(formula).family(binomial());

describe("levels whose responses are all the same", () => {
  it("take the standard deviation to infinity: separation, nothing has an error", async () => {
    for (const method of [laplace(), auto(), agq(5)])
      for (const rhs of ["(1 | g)", "x + (1 | g)"]) {
        const fit = await declared(`same ~ ${rhs}`).fit(method);
        expect(fit.verdict.code).toBe("separation");
        expect(fit.verdict.reason).toContain("'g'");
        expect(fit.verdict.reason).toContain("infinity");
        expect(fit.undetermined).toContain("g sd__(Intercept)");
        for (const row of fit.tidy()) expect(row.std_error).toBeNull();
      }
  });

  it("do of ordered categories too", async () => {
    const fit = await model(data).formula("rating ~ x + (1 | g)").family(cumulative()).fit(laplace());
    expect(fit.verdict.code).toBe("separation");
    for (const row of fit.tidy()) expect(row.std_error).toBeNull();
  });

  it("do not where one response differs", async () => {
    const fit = await declared("nearly ~ x + (1 | g)").fit(laplace());
    expect(fit.undetermined).toEqual([]);
    expect(fit.verdict.code).not.toBe("separation");
  });
});

describe("a level for each outcome of one trial", () => {
  it("is not identified, and the coefficients keep errors", async () => {
    for (const link of ["logit", "probit"] as const) {
      const fit = await model(data).formula("yes ~ x + (1 | obs)").family(binomial({ link })).fit(laplace());
      expect(fit.verdict.code).toBe("not identified");
      expect(fit.undetermined).toEqual(["obs sd__(Intercept)"]);
      const rows = fit.tidy();
      expect(rows.find(({ term }) => term === "sd__(Intercept)")!.std_error).toBeNull();
      expect(rows.find(({ term }) => term === "x")!.std_error).toBeGreaterThan(0);
    }
  });
});
