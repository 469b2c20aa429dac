/** The generalised score test between nested GEEs (Rotnitzky & Jewell 1990, Biometrika 77, 485–497; Boos 1992, Am. Stat. 46, 327–333). */
import { ofMean } from "../../families/of-mean.ts";
import * as messages from "../../messages/gee.ts";
import { refusal } from "../../messages/issue.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { requireFit } from "../../model/require-fit.ts";
import { type Printable, printable } from "../../report/printable.ts";
import { clustersOf } from "./clusters.ts";
import { coefficientCovariance, inverseInformation } from "./covariance.ts";
import { estimatingEquations } from "./equations.ts";
import type { EstimatingEquations } from "./estimating-equations.ts";
import { type TestRow, testText } from "./test-table.ts";
import { workingParameters } from "./variance-scale.ts";
import { quadraticTest } from "./wald-test.ts";

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
};

/**
 * Tests the coefficients that `large` has beyond `small` at the estimate of the small fit, with its scale and working correlation: with U the
 * score of the large model there, M the inverse information and B = Σ u_iu_i', the statistic is that of δ = MU and Σ = MBM at
 * the extra coefficients, δ₂'Σ₂₂⁻¹δ₂. Unlike the Wald test it does not change with the coding of the response's scale.
 *
 * @throws DeclarationError where the models are not nested, or not of the same rows
 * @example scoreTest(small, large); // { term: "age:smoke", statistic: 0.64, df: 1, p_value: 0.42 }
 */
export function scoreTest(small: EstimatingEquations, large: EstimatingEquations): TestRow & Printable {
  requireFit(small, "scoreTest()");
  requireFit(large, "scoreTest()");
  if (small.kind !== "gee" || large.kind !== "gee") throw refusal("not-gee", ["test"], messages.scoreNeedsGee());
  const { model } = large;
  if (!same(small.model.design.rows, model.design.rows) || !same(small.clusterOfRow, large.clusterOfRow))
    throw refusal("different-data", ["test"], messages.scoreDifferentData());
  const row = geeScoreTest(small, model);
  return printable(row, (style) => testText("Score test", [row], style));
}

/** The same with the larger model alone, which is not fitted. */
export function geeScoreTest(small: EstimatingEquations, model: CompiledModel): TestRow {
  const few = ofMean(small.model.design.predictors).names;
  const { names } = ofMean(model.design.predictors);
  const missing = few.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw refusal("not-nested", ["test"], messages.scoreNotNested(missing.map((name) => `'${name}'`)));
  const extra = names.flatMap((name, j) => (few.includes(name) ? [] : [j]));
  if (extra.length === 0) throw refusal("same-model", ["test"], messages.scoreSameModel());
  const [a, b] = [small.model.design, model.design];
  if (a.n !== b.n || !same(a.y, b.y)) throw refusal("different-data", ["test"], messages.scoreDifferentData());
  const method = small.requested;
  const { phi } = workingParameters(model.family, method.parameters);
  const equations = estimatingEquations(model, method, clustersOf(model, method), phi);
  const { layout, standardisation } = model;
  const { p } = equations;
  const restricted = new Float64Array(layout.size);
  names.forEach((name, j) => {
    const place = few.indexOf(name);
    if (place >= 0) restricted[j] = small.estimate[place]!;
  });
  const standardised = new Float64Array(layout.size);
  standardisation.toStandardised(restricted, standardised);
  equations.evaluate(standardised.subarray(0, p));
  equations.assemble(small.correlation.estimate);
  const M = inverseInformation(equations);
  const step = new Float64Array(layout.size);
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) step[j]! += M[j * p + k]! * equations.score[k]!;
  const delta = new Float64Array(layout.size);
  standardisation.toOriginal(step, delta);
  const sandwich = coefficientCovariance("robust", {
    equations,
    scale: small.scale,
    standardisation,
    size: layout.size,
  });
  const full = new Float64Array(layout.size ** 2);
  for (let j = 0; j < p; j++) full.set(sandwich.subarray(j * p, (j + 1) * p), j * layout.size);
  const term = extra.map((j) => names[j]!).join(", ");
  return quadraticTest(term, extra, delta, standardisation.covarianceToOriginal(full), names);
}
