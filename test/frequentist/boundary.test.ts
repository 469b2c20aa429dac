import { describe, expect, it } from "vitest";
import { settleBoundary } from "../../src/frequentist/boundary.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import { minimise } from "../../src/optimise/bfgs.ts";
import type { Objective } from "../../src/optimise/objective.ts";
import { atOnce } from "../../src/optimise/pausable.ts";

describe("a singular factor", () => {
  // f(Σ) = (Σ22 − 4)² + 50 Σ11 − Σ12 falls from Σ11 = 0 as the covariance rises, first order in the sd of the first effect; its minimum is −0.02 − 1/160000,
  // at sds of about 0.02 and 2 and a correlation of 1. In the entries of Λ it is level at l11 = 0, l21 = 0, l22 = 2.
  const { terms } = parameterLayout([], [{ q: 2, covariance: "us" }], 0);
  const objective: Objective = (x, gradient) => {
    const [a, b, c] = [x[0]!, x[1]!, x[2]!];
    const off = b * b + c * c - 4;
    gradient[0] = 100 * a - b;
    gradient[1] = 4 * off * b - a;
    gradient[2] = 4 * off * c;
    return off * off + 50 * a * a - a * b;
  };

  it("is left where a covariance rises at once, whichever column of it is empty", () => {
    for (const start of [Float64Array.of(0, 0, 2), Float64Array.of(4e-4, 0, 2.1), Float64Array.of(0, 0, -1)]) {
      const settled = atOnce(
        settleBoundary(objective, atOnce(minimise(objective, start)), terms, { tolerance: 1e-12 }),
      );
      expect(settled.value).toBeCloseTo(-0.02 - 1 / 160_000, 8);
    }
  });
});
