import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

const read = async (file: string) =>
  (await readColumns(new URL(`../../${file}`, import.meta.url))).columns as object as Record<string, number[]>;

describe("deviance of glance(), as broom.mixed's", () => {
  // lme4 1.1-31: deviance(glmer(...)), the sum of squared deviance residuals at the conditional modes
  it("is conditional for generalised models", async () => {
    const herds = await model(await read("examples/data/cbpp.csv"))
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .factor("period", [1, 2, 3, 4])
      .family(binomial())
      .fit(laplace());
    expect(herds.glance().deviance! / 73.47428357).toBeCloseTo(1, 4);
    const nested = await read("test/fixtures/effects/nested.csv");
    const data = { ...nested, n: Array.from(nested["y"]!, (value) => Math.round(Math.exp(value))) };
    const counts = await model(data)
      .formula("n ~ x + (1 | school)" as string)
      .family(poisson())
      .fit(laplace());
    expect(counts.glance().deviance! / 1343.25510884).toBeCloseTo(1, 5);
    expect(counts.logLik).toBeCloseTo(-826.32044598, 4);
  });
  it("is −2 logLik of a Gaussian response, and null where a family has no deviance", async () => {
    const nested = await read("test/fixtures/effects/nested.csv");
    const fit = await model(nested).formula("y ~ x + (1 | school)").fit(ml());
    expect(fit.glance().deviance).toBe(-2 * fit.logLik);
    const data = { ...nested, k: Array.from(nested["y"]!, (value) => Math.min(3, Math.max(0, Math.round(value)))) };
    const ordered = await model(data)
      .formula("k ~ x + (1 | school)" as string)
      .family(cumulative())
      .fit(laplace());
    expect(ordered.glance().deviance).toBeNull();
  });
});
