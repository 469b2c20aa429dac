import { describe, expect, it } from "vitest";
import { model, reml } from "../../src/index.ts";
import { createRng } from "../../src/public/engines.ts";

describe("a factor of many levels as a fixed effect", () => {
  it("has the means of its levels, and the errors of least squares", async () => {
    const rng = createRng("many levels");
    const n = 600;
    const K = 60;
    const f = Array.from({ length: n }, (_, i) => `f${String(i % K).padStart(2, "0")}`);
    const x = f.map(() => rng.normal());
    const y = f.map((_, i) => (i % K) / 10 + 2 * x[i]! + rng.normal());
    const fit = await model({ f, x, y }).formula("y ~ f + x").fit(reml());
    // within levels
    const mean = (v: readonly number[], k: number) =>
      v.reduce((s, value, i) => s + (i % K === k ? value : 0), 0) / (n / K);
    const dx = x.map((v, i) => v - mean(x, i % K));
    const dy = y.map((v, i) => v - mean(y, i % K));
    const sxx = dx.reduce((s, v) => s + v * v, 0);
    const slope = dx.reduce((s, v, i) => s + v * dy[i]!, 0) / sxx;
    const squares = dy.reduce((s, v, i) => s + (v - slope * dx[i]!) ** 2, 0);
    const rows = fit.tidy();
    const row = (term: string) => rows.find((r) => r.term === term)!;
    expect(row("x").estimate).toBeCloseTo(slope, 11);
    expect(row("x").std_error!).toBeCloseTo(Math.sqrt(squares / (n - K - 1) / sxx), 11);
    const level = (k: number) => mean(y, k) - slope * mean(x, k);
    expect(row("(Intercept)").estimate).toBeCloseTo(level(0), 11);
    expect(row("ff37").estimate).toBeCloseTo(level(37) - level(0), 11);
    // with a random effect beside it: the same by the sums that levels share
    const g = y.map((_, i) => `g${i % 7}`);
    const mixed = await model({ f, x, y, g }).formula("y ~ f + x + (1 | g)").fit(reml());
    expect(mixed.logLik).toBeGreaterThanOrEqual(fit.logLik - 1e-9);
  });

  it("is refused in a sentence where memory does not hold its columns", async () => {
    const f = Array.from({ length: 30_000 }, (_, i) => `f${i}`);
    await expect(
      model({ f, y: f.map((_, i) => i % 11) })
        .formula("y ~ f")
        .fit(),
    ).rejects.toThrow(/The term f has 29999 columns.*make the factor a random effect, as in \(1 \| f\)/);
  });
});
