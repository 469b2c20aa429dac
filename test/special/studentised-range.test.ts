import { expect, it } from "vitest";
import { studentisedRangeQuantile, studentisedRangeUpper } from "../../src/special/studentised-range.ts";

// ptukey(q, k, df, lower.tail = FALSE) of R 4.2.2; where it errs by 1e-7 (3.5 and 200 degrees of freedom) the double integral by integrate() at rel.tol = 1e-11
it.each([
  [1, 3, 20, 0.762134637699],
  [3.5, 3, 20, 0.0558918490821],
  [3.4, 5, 5, 0.251593383927],
  [5, 10, 41.3, 0.0306149971078],
  [8, 4, 3.5, 0.0228043070653],
  [0.5, 30, 2, 1],
  [4, 30, 200, 0.526064623851],
  [6, 3, Number.POSITIVE_INFINITY, 6.55734984332e-5],
  [3, 8, Number.POSITIVE_INFINITY, 0.400938612781],
] as const)("P(Q > %s) of %s means on %s degrees of freedom", (q, k, df, want) => {
  expect(studentisedRangeUpper(q, k, df)).toBeCloseTo(want, 9);
});

it("quantiles are where the probability is", () => {
  for (const [upper, k, df] of [
    [0.05, 3, 20],
    [0.01, 12, 1.5],
    [0.2, 4, Number.POSITIVE_INFINITY],
  ] as const)
    expect(studentisedRangeUpper(studentisedRangeQuantile(upper, k, df), k, df) / upper - 1).toBeCloseTo(0, 10);
});
