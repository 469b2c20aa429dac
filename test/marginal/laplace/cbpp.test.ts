/**
 * cbpp (Lesnoff et al. 2004; R package lme4) against fits by R. Calls, in lme4 1.1-31 unless said otherwise:
 * `glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)`, optimum −92.02628187, sd 0.6422614;
 * exact maximum likelihood by 101-node quadrature written in R (lme4's own constant is omitted for nAGQ > 1): −91.98336904, sd 0.6475186;
 * with `(1 | herd) + (1 | obs)`, one obs a row, by glmmTMB 1.1.5: −87.31915554.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../../src/autodiff/compile-kernel.ts";
import { binomial } from "../../../src/families/binomial.ts";
import { createMarginalLikelihood } from "../../../src/marginal/create.ts";
import type { IntegralData } from "../../../src/marginal/integral-data.ts";
import type { IntegralMethod } from "../../../src/model/compiled-model.ts";
import { minimise } from "../../../src/optimise/bfgs.ts";
import { atOnce } from "../../../src/optimise/pausable.ts";
import { expectClose } from "./support/expect-close.ts";
import { binomialLogit } from "./support/kernels.ts";
import { gradientError, integralData } from "./support/models.ts";

const [header, ...lines] = readFileSync(new URL("../../../examples/data/cbpp.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const names = header!.split(",").map((name) => name.replaceAll('"', ""));
const column = (name: string) => lines.map((line) => Number(line.split(",")[names.indexOf(name)]!.replaceAll('"', "")));
const period = column("period");
const ones = period.map(() => 1);
const dummies = [2, 3, 4].map((level) => period.map((value) => (value === level ? 1 : 0)));
const herd = { group: "herd", index: column("herd").map((level) => level - 1), z: [ones] };
const obs = { group: "obs", index: period.map((_, i) => i), z: [ones] };
const columns = { y: column("incidence"), trials: column("size") };
const byHerd = integralData({ columns, fixed: [[ones, ...dummies]], random: [herd] });
const byRow = integralData({ columns, fixed: [[ones, ...dummies]], random: [herd, obs] });

function maximum(data: IntegralData, method: IntegralMethod, kernel = binomialLogit) {
  const marginal = createMarginalLikelihood(data, kernel, method);
  const start = new Float64Array(data.layout.size).fill(0.5);
  start.fill(-1, 0, 4);
  const found = atOnce(
    minimise(
      (x, gradient) => {
        const value = -marginal.evaluate(x, gradient);
        for (let j = 0; j < gradient.length; j++) gradient[j] = -gradient[j]!;
        return value;
      },
      start,
      { tolerance: 1e-13 },
    ),
  );
  return { logLik: -found.value, x: found.x };
}

describe("cbpp", () => {
  it("Laplace finds lme4's optimum", () => {
    const { logLik, x } = maximum(byHerd, { kind: "laplace" });
    expect(logLik).toBeCloseTo(-92.0262818715, 7);
    // lme4's optimiser stops 3e-6 of a standard error short, so estimates agree to its tolerance only.
    expectClose(x, [-1.39853, -0.99233, -1.12867, -1.58031, 0.642261], 2e-5);
  });

  it("25 nodes find the exact maximum", () => {
    const { logLik, x } = maximum(byHerd, { kind: "agq", nodes: 25 });
    expect(logLik).toBeCloseTo(-91.983369037, 8);
    expectClose(x, [-1.39923135773, -0.99140363893, -1.12781993985, -1.57947050484, 0.64751858956], 1e-6);
  });

  it("an effect of each row besides the herds: sparse Laplace finds glmmTMB's optimum", () => {
    const { logLik, x } = maximum(byRow, { kind: "laplace" });
    expect(logLik).toBeCloseTo(-87.3191555, 6);
    expectClose(x.subarray(0, 4), [-1.50029184, -1.22650889, -1.32884048, -1.866264], 2e-5);
  });

  it("the compiled density gives what the hand-written one gives", () => {
    const compiled = compileKernel(binomial());
    const x = Float64Array.of(-1.4, -1, -1.1, -1.6, 0.7, 0.9);
    for (const [data, method] of [
      [byHerd, { kind: "laplace" }],
      [byHerd, { kind: "agq", nodes: 7 }],
      [byRow, { kind: "laplace" }],
    ] as const) {
      const at = x.slice(0, data.layout.size);
      const a = new Float64Array(at.length);
      const b = new Float64Array(at.length);
      const one = createMarginalLikelihood(data, binomialLogit, method);
      const two = createMarginalLikelihood(data, compiled, method);
      expect(Math.abs(one.evaluate(at, a) - two.evaluate(at, b))).toBeLessThan(1e-10);
      expectClose(a, b, 1e-9);
      expect(gradientError(two, at)).toBeLessThan(2e-9);
    }
  });
});
