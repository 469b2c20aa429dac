import { describe, expect, test } from "vitest";
import { reportedParameters } from "../../src/model/reported-parameters.ts";
import { model } from "../../src/model-builder.ts";
import { flat, halfNormal, lkj, normal, uniform } from "../../src/priors/distributions.ts";
import { drawFromPrior, priorSampler } from "../../src/priors/draw-from-prior.ts";
import { naturalLogPrior } from "../../src/priors/natural-log-prior.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";

const rows = Array.from({ length: 24 }, (_, i) => i);
const table = {
  y: rows.map((i) => (7 * i) % 5),
  x: rows.map((i) => (3 * i) % 4),
  w: rows.map((i) => ((5 * i) % 7) / 7),
  g: rows.map((i) => "abcd"[i % 4]!),
};
const slopes = () =>
  model(table)
    .formula("y ~ x + (1 + x + w | g)")
    .prior("fixed", normal(1, 2))
    .prior("sd", halfNormal(2))
    .prior("sd:g.x", uniform(1, 3))
    .prior("cor", lkj(2))
    .prior("sigma", halfNormal(1));

describe("draws from the prior", () => {
  test("have the priors' moments in the units and names of tables", () => {
    const compiled = slopes().compile();
    const draw = priorSampler(compiled);
    const parameters = reportedParameters(compiled);
    const rng = createRng("moments");
    const n = 20_000;
    const sums = parameters.map(() => [0, 0]);
    const x = new Float64Array(compiled.layout.size);
    for (let d = 0; d < n; d++) {
      draw(rng, x);
      parameters.forEach((parameter, k) => {
        const value = parameter.value(x);
        sums[k]![0]! += value / n;
        sums[k]![1]! += value ** 2 / n;
      });
    }
    const half = (scale: number) => [scale * Math.sqrt(2 / Math.PI), scale ** 2];
    const expected: Record<string, number[]> = {
      "(Intercept)": [1, 5],
      x: [1, 5],
      "sd__(Intercept)": half(2),
      sd__x: [2, 4 + 4 / 12],
      sd__w: half(2),
      // LKJ: variance 1/(2η + q − 1)
      "cor__(Intercept).x": [0, 1 / 6],
      "cor__(Intercept).w": [0, 1 / 6],
      "cor__x.w": [0, 1 / 6],
      sd__Observation: half(1),
    };
    parameters.forEach(({ term }, k) => {
      const [mean, square] = sums[k]!;
      const [trueMean, trueSquare] = expected[term]! as [number, number];
      const sd = Math.sqrt(trueSquare - trueMean ** 2);
      expect(Math.abs(mean! - trueMean)).toBeLessThan((4.5 * sd) / Math.sqrt(n));
      expect(Math.abs(square! - trueSquare)).toBeLessThan(0.05 * trueSquare);
    });
    expect(parameters.map(({ term }) => term).sort()).toEqual(Object.keys(expected).sort());
  });

  test("are determined by the stream", () => {
    const compiled = slopes().compile();
    const one = drawFromPrior(compiled, createRng(1));
    expect(drawFromPrior(compiled, createRng(1))).toEqual(one);
    expect(drawFromPrior(compiled, createRng(2))).not.toEqual(one);
  });

  test("a flat prior has none, and says which", () => {
    const declared = slopes().prior("fixed:x", flat());
    expect(() => drawFromPrior(declared.compile(), createRng(1))).toThrow(
      /flat prior of "fixed:x" is no probability distribution/,
    );
    // on correlation matrices, a set of finite size, flat is uniform
    const cor = model(table).formula("y ~ x + (x | g)").prior("cor", flat()).compile();
    expect(drawFromPrior(cor, createRng(1)).every(Number.isFinite)).toBe(true);
  });
});

test("the natural log prior is the sum of the stated densities", () => {
  const compiled = model(table)
    .formula("y ~ x + (x | g)")
    .prior("fixed", normal(1, 2))
    .prior("sd", halfNormal(2))
    .prior("cor", lkj(3))
    .prior("sigma", flat())
    .compile();
  // sds 1.5 and 0.8, correlation −0.4
  const [s0, s1, r] = [1.5, 0.8, -0.4];
  const x = Float64Array.from([0.3, 2.1, s0, s1 * r, s1 * Math.sqrt(1 - r * r), 0.9]);
  const logNormal = (v: number, m: number, s: number) =>
    -0.5 * ((v - m) / s) ** 2 - Math.log(s * Math.sqrt(2 * Math.PI));
  const fixed = logNormal(0.3, 1, 2) + logNormal(2.1, 1, 2);
  const sds = logNormal(s0, 0, 2) + logNormal(s1, 0, 2) + 2 * Math.LN2;
  // LKJ(3) of 2 × 2: (1 − r²)² · 15/16
  const cor = 2 * Math.log(1 - r * r) + Math.log(15 / 16);
  const priors = resolvePriors(compiled);
  expect(naturalLogPrior(compiled, priors)(x)).toBeCloseTo(fixed + sds + cor, 12);
  expect(naturalLogPrior(compiled, priors, (prior) => prior.class === "sd")(x)).toBeCloseTo(sds, 12);
});
