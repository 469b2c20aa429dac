/** The posterior of a model with a predictor for its dispersion: by NUTS, and summed over a grid. */
import { expect, it } from "vitest";
import { model, nuts } from "../../src/index.ts";
import { normal } from "../../src/public/priors.ts";

const x = [-1.5, -1, -0.5, -0.2, 0, 0.3, 0.6, 0.9, 1.2, 1.5];
const y = [1.1, 0.8, 1.3, 0.9, 1.6, 0.4, 1.9, -0.2, 2.6, 3.1];

/** Means and standard deviations of b0, c0, c1 under y ~ N(b0, exp(c0 + c1 x)²) and normal priors, by sums over a grid. */
function summed(): { readonly mean: number[]; readonly sd: number[] } {
  const [sums, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  let total = 0;
  const axis = (centre: number, half: number) => Array.from({ length: 61 }, (_, i) => centre + (half * (i - 30)) / 30);
  for (const b of axis(1.1, 1.6))
    for (const c0 of axis(-0.1, 1.6))
      for (const c1 of axis(0.4, 1.6)) {
        let log = -0.5 * ((b / 2) ** 2 + c0 ** 2 + c1 ** 2);
        x.forEach((value, i) => {
          const logSd = c0 + c1 * value;
          log += -logSd - 0.5 * ((y[i]! - b) * Math.exp(-logSd)) ** 2;
        });
        const weight = Math.exp(log);
        total += weight;
        [b, c0, c1].forEach((value, k) => {
          sums[k]! += weight * value;
          squares[k]! += weight * value * value;
        });
      }
  const mean = sums.map((sum) => sum / total);
  return { mean, sd: squares.map((square, k) => Math.sqrt(square / total - mean[k]! ** 2)) };
}

it("NUTS has the moments of the posterior", async () => {
  const fit = await model({ x, y })
    .formula("y ~ 1")
    .dispersion("~ x")
    .prior("fixed", normal(0, 2))
    .prior("fixed:disp", normal(0, 1))
    .sample(nuts({ seed: "dispersion", chains: 2, warmup: 300, draws: 2000 }));
  const { mean, sd } = summed();
  const rows = fit.tidy();
  expect(rows.map(({ component, term }) => `${component} ${term}`)).toEqual([
    "cond (Intercept)",
    "disp (Intercept)",
    "disp x",
  ]);
  rows.forEach(({ estimate, std_error, mcse }, k) => {
    expect(Math.abs(estimate - mean[k]!)).toBeLessThan(5 * mcse!);
    expect(Math.abs(std_error! / sd[k]! - 1)).toBeLessThan(0.08);
  });
});
