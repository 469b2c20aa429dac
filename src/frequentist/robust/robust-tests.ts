/** What the table of coefficients takes of a robust covariance. */
import { ofMean } from "../../families/of-mean.ts";
import type { Fit } from "../../model/fit.ts";
import type { CoefficientTests } from "../wald-table.ts";
import { type RobustChoice, robustInference } from "./robust-inference.ts";

/**
 * The tests of the mean's coefficients, and where other parameters have a robust covariance too that of all, in the user's parameters.
 *
 * @throws DeclarationError where the fit has none
 */
export function robustTests(
  fit: Fit,
  choice: RobustChoice,
): { readonly tests: CoefficientTests; readonly covariance: Float64Array | null } {
  const { standardError, df, all } = robustInference(fit, choice);
  const { size } = ofMean(fit.model.layout.beta);
  const unit = (a: number, length: number) => Float64Array.from({ length }, (_, k) => (k === a ? 1 : 0));
  const tests: CoefficientTests = { error: (a) => standardError(unit(a, size)), df: (a) => df(unit(a, size)) };
  if (!all) return { tests, covariance: null };
  const d = fit.model.layout.size;
  const roots = Array.from({ length: d }, (_, j) => all.toRoot(unit(j, d)));
  const r = roots[0]!.length;
  const covariance = new Float64Array(d * d);
  const moved = roots.map((root) =>
    Float64Array.from({ length: r }, (_, a) => {
      let sum = 0;
      for (let b = 0; b < r; b++) sum += all.covariance[a * r + b]! * root[b]!;
      return sum;
    }),
  );
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) for (let a = 0; a < r; a++) covariance[i * d + j]! += roots[i]![a]! * moved[j]![a]!;
  return { tests, covariance };
}
