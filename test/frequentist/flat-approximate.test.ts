/** @module-tag slow */
import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { agq, auto, laplace } from "../../src/frequentist/method.ts";
import { pql } from "../../src/frequentist/pql/method.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { poissonVariate } from "../../src/random/variates.ts";

const rng = createRng("flat approximations");
const groups = 20;
const g = Array.from({ length: 160 }, (_, i) => Math.floor(i / 8));
const b = Array.from({ length: groups }, () => 1.3 * rng.normal());
const x = g.map(() => rng.normal());
const eta = g.map((k, i) => 0.5 + 0.5 * x[i]! + b[k]!);
const data = {
  g: g.map((k) => `g${k}`),
  again: g.map((k) => `z${(k * 7) % groups}`),
  arm: g.map((k) => (k % 2 ? "drug" : "placebo")),
  w: g.map((k) => k % 2),
  x,
  count: eta.map((e) => poissonVariate(rng, Math.exp(e))),
  yes: eta.map((e) => (rng.uniform() < 1 / (1 + Math.exp(-e)) ? 1 : 0)),
};

describe("variances and correlations on which an approximate likelihood is flat", () => {
  const families = { count: poisson(), yes: binomial() };
  const cases: readonly (readonly [terms: string, labels: readonly string[]])[] = [
    ["w + (1 + w | g)", ["g sd__w", "g cor__(Intercept).w"]],
    ["(1 | g) + (1 | again)", ["g sd__(Intercept)", "again sd__(Intercept)"]],
    ["(0 + arm | g)", ["g cor__armdrug.armplacebo"]],
    ["homcs(0 + arm | g)", ["g cor__armdrug.armplacebo"]],
  ];
  const methods = [laplace(), pql()];
  const all = methods.flatMap((method) =>
    (["count", "yes"] as const).flatMap((y) => cases.map(([terms, labels]) => ({ method, y, terms, labels }))),
  );
  it.each(all)("are named without errors: $y ~ $terms by $method.kind", async ({ method, y, terms, labels }) => {
    const fit = await model(data).formula(`${y} ~ x + ${terms}`).family(families[y]).fit(method);
    expect(fit.verdict.code).toBe("not identified");
    expect(fit.undetermined).toEqual(labels);
    for (const row of fit.tidy())
      expect(row.std_error === null, row.term).toBe(labels.includes(`${row.group} ${row.term}`));
  });

  it("are named where a quadrature rule, not being turned with its axes, depends on them a little", async () => {
    const fit = await model(data).formula("yes ~ x + w + (1 + w | g)").family(binomial()).fit(agq(5));
    expect(fit.verdict.code).toBe("not identified");
    expect(fit.undetermined).toEqual(["g sd__w", "g cor__(Intercept).w"]);
  });

  it("leave the errors of all else as those of the model without them", async () => {
    const one = await model(data).formula("count ~ x + (1 | g)").family(poisson()).fit(laplace());
    const two = await model(data).formula("count ~ x + (1 | g) + (1 | again)").family(poisson()).fit(laplace());
    expect(two.logLik).toBeCloseTo(one.logLik, 8);
    for (const term of ["(Intercept)", "x"]) {
      const of = (fit: typeof one) => fit.tidy().find((row) => row.term === term)!;
      expect(of(two).std_error).toBeCloseTo(of(one).std_error!, 5);
    }
  });

  it("are not what the data say little of, nor a variance of 0", async () => {
    const code = async (y: "count" | "yes", terms: string) =>
      (await model(data).formula(`${y} ~ ${terms}`).family(families[y]).fit(auto())).verdict.code;
    expect(await code("yes", "x + (1 | g)")).toBe("converged");
    expect(await code("count", "x + (1 + x | g)")).not.toBe("not identified");
    expect(await code("count", "arm + (1 | arm)")).toBe("boundary");
    expect(await code("yes", "x + homdiag(1 + x | g)")).toBe("converged");
  });
});
