import { describe, expect, it } from "vitest";
import { model } from "../../src/model-builder.ts";
import { responseMoments } from "../../src/prediction/response-moments.ts";

describe("the variance of a response in its two parts", () => {
  it("of probabilities close to 1 is that of those close to 0, and no integral of rounding", () => {
    const rows = Array.from({ length: 12 }, (_, i) => i);
    const compiled = model({ y: rows.map((i) => i % 2), g: rows.map((i) => `g${i % 4}`) })
      .formula("y ~ 1 + (1 | g)")
      .family({ name: "binomial" })
      .compile();
    const moments = responseMoments(compiled);
    const at = (intercept: number) => {
      moments.evaluate(Float64Array.of(intercept, 0.5));
      return [moments.mean[0]!, moments.within[0]!, moments.between[0]!] as const;
    };
    for (const eta of [3, 27, 36]) {
      const [mean, within, between] = at(-eta);
      const [other, same, near] = at(eta);
      expect(other).toBeCloseTo(1 - mean, 15);
      expect(same / within).toBeCloseTo(1, 12);
      // of differences from 1 no more than the digits of 1 are left
      expect(Math.abs(near - between)).toBeLessThan(1e-15 * Math.sqrt(between) + 1e-11 * between + 1e-31);
    }
    // far out probabilities are exponentials: E Var = exp(η + σ²/2) = E Y
    const [mean, within] = at(-36);
    expect(mean / Math.exp(-36 + 0.125)).toBeCloseTo(1, 12);
    expect(within / mean).toBeCloseTo(1, 12);
  });
});
