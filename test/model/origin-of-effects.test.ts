/** Random slopes along a column far from its origin. */
import { describe, expect, test } from "vitest";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng("origin of effects");
const rows: { y: number; x: number; g: string }[] = [];
for (let j = 0; j < 12; j++) {
  const level = rng.normal();
  const slope = 0.5 * level + 0.6 * rng.normal();
  for (let i = 0; i < 8; i++) {
    const x = i / 2;
    rows.push({ y: 1 + level + (0.4 + slope) * x + 0.5 * rng.normal(), x, g: `g${j}` });
  }
}
const moved = (by: number) => ({
  y: rows.map(({ y }) => y),
  x: rows.map(({ x }) => x + by),
  g: rows.map(({ g }) => g),
});
const fitAt = (by: number, random: string) => model(moved(by)).formula(`y ~ x + ${random}`).fit(ml());
const codes = (fit: { readonly warnings: readonly { readonly code: string }[] }) =>
  fit.warnings.map(({ code }) => code);

describe("random slopes far from the origin of their column", () => {
  test("two effects with any covariance matrix do not depend on it, whatever their structure is called", async () => {
    const plain = await fitAt(0, "(x | g)");
    for (const by of [0, 1e3, 1e9]) {
      const fit = await fitAt(by, "cs(x | g)");
      expect(fit.verdict.code).toBe("converged");
      expect(fit.logLik).toBeCloseTo(plain.logLik, 7);
      expect(codes(fit)).not.toContain("distant-origin");
      expect(fit.tidy().find(({ term }) => term === "sd__x")!.estimate).toBeCloseTo(
        plain.tidy().find(({ term }) => term === "sd__x")!.estimate!,
        6,
      );
    }
  });

  test("effects of several parameters under one name do not depend on it", async () => {
    const at = (by: number) =>
      model(moved(by)).formula("y ~ x + (x |p| g)").dispersion("~ x + (x |p| g)").fit("laplace");
    const near = await at(0);
    const far = await at(1e6);
    expect(far.verdict.code).toBe(near.verdict.code);
    expect(far.logLik).toBeCloseTo(near.logLik, 6);
  });

  test("terms that depend on it say so where it lies far off", async () => {
    for (const random of ["(0 + x | g)", "(x || g)", "homcs(x | g)"]) {
      expect(codes(await fitAt(0, random)), random).not.toContain("distant-origin");
      const fit = await fitAt(1e3, random);
      const said = fit.warnings.find(({ code }) => code === "distant-origin")!.message;
      expect(said).toContain("The random effects of 'x' between levels of 'g' depend on where it has its zero");
      expect(said).toContain("as in (x | g)");
    }
  });
});
