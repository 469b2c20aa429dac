import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { model } from "../../src/model-builder.ts";
import { flat, normal } from "../../src/priors/distributions.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const g = Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
const data = {
  g: g.map((k) => `g${k}`),
  arm: g.map((k) => (k < 5 ? "a" : "b")),
  // arm b always succeeds
  y: g.map((k, i) => (k >= 5 || i % 2 ? 1 : 0)),
  same: g.map((k) => (k % 2 ? 1 : 0)),
};
const brief = nuts({ chains: 1, warmup: 20, draws: 20 });
const improper = (fit: { readonly warnings: readonly { code: string; message: string }[] }) =>
  fit.warnings.find(({ code }) => code === "improper-posterior")?.message ?? null;

describe("a posterior that data and flat priors make improper", () => {
  it("names the coefficients at infinity", async () => {
    const fit = await model(data)
      .formula("y ~ arm + (1 | g)")
      .family(binomial())
      .prior("fixed:armb", flat())
      .sample(brief);
    expect(improper(fit)).toContain("fixed:armb");
    expect(improper(fit)).not.toContain("Intercept");
  });

  it("is not where the coefficients at infinity have proper priors", async () => {
    const fit = await model(data)
      .formula("y ~ arm + (1 | g)")
      .family(binomial())
      .prior("fixed:(Intercept)", flat())
      .prior("fixed:armb", normal(0, 2))
      .sample(brief);
    expect(fit.warnings.some(({ code }) => code === "flat-prior")).toBe(true);
    expect(improper(fit)).toBeNull();
  });

  it("names a standard deviation where levels respond in one way each", async () => {
    const fit = await model(data).formula("same ~ 1 + (1 | g)").family(binomial()).prior("sd:g", flat()).sample(brief);
    expect(improper(fit)).toContain("sd:g");
  });
});
