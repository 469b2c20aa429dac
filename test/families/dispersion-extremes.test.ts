/** Densities under a predictor for the dispersion, and the beta distribution, against mpmath (fixtures/dispersion-extremes.py). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { dispersionOf } from "../../src/families/distribution-parameters.ts";
import { familyByName } from "../../src/families/registry.ts";
import { withPredictors } from "../../src/families/with-predictors.ts";

const quantities = ["value", "d1", "d2", "d3"] as const;
type Case = { family: string; link: string; y: number; eta: number; zeta: number } & Record<
  (typeof quantities)[number],
  string[]
>;
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/dispersion-extremes.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

/** Value and derivatives in both predictors, in the fixture's order. */
function evaluator(name: string, link: string) {
  const base = familyByName(name, link);
  const kernel = compileKernel(withPredictors(base, [dispersionOf(base)!.name]));
  return ({ y, eta, zeta }: Case): Record<(typeof quantities)[number], number[]> => {
    const columns = Object.fromEntries(base.columns.map((column) => [column, Float64Array.of(column === "y" ? y : 1)]));
    const bound = kernel.bind(columns, 1, null);
    bound.eta[0]![0] = eta;
    bound.eta[1]![0] = zeta;
    bound.setParameters(new Float64Array(0));
    const value = bound.adjoint(0, 1);
    const first = (arrays: readonly Float64Array[]) => arrays.map((values) => values[0]!);
    return { value: [value], d1: first(bound.d1), d2: first(bound.d2), d3: first(bound.d3) };
  };
}

describe("densities under a predicted dispersion", () => {
  for (const name of new Set(cases.map(({ family }) => family)))
    it(name, () => {
      const own = cases.filter(({ family }) => family === name);
      const evaluate = evaluator(name, own[0]!.link);
      for (const one of own) {
        const got = evaluate(one);
        // derivatives are sums that cancel: errors are in units of the largest of their order
        for (const quantity of quantities) {
          const truth = one[quantity].map(Number);
          const unit = Math.max(1, Math.abs(one.y), ...truth.map(Math.abs));
          truth.forEach((value, k) => {
            const error = got[quantity][k] === value ? 0 : Math.abs(got[quantity][k]! - value) / unit;
            const at = `${quantity}[${k}] at y = ${one.y}, eta = ${one.eta}, zeta = ${one.zeta}: ${got[quantity][k]}, not ${value}`;
            // at a precision of e^25 equal shares differ by their rounding
            expect(error, at).toBeLessThan(name === "beta" ? 5e-12 : 2e-13);
          });
        }
      }
      expect(own.length).toBeGreaterThanOrEqual(30);
    });
});
