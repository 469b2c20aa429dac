/** Wald and score tests of GEE coefficients. */

import { columnNames } from "../../data/model-matrix.ts";
import { termLabel } from "../../dsl/deparse.ts";
import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import * as messages from "../../messages/gee.ts";
import { refusal } from "../../messages/issue.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { EstimatingEquationsFit, MaximumLikelihoodFit } from "../../model/fit.ts";
import { requireFit } from "../../model/require-fit.ts";
import { type Printable, printable } from "../../report/printable.ts";
import { chiSquareUpper } from "../../special/distributions.ts";
import { type TestRow, testText } from "./test-table.ts";

/** Places of the columns of each fixed term of the mean among its coefficients. */
function placesOfTerms({ spec, design }: CompiledModel): Map<string, number[]> {
  const { names } = ofMean(design.predictors);
  const { matrix } = ofMean(design.recipe.predictors);
  const places = new Map<string, number[]>();
  ofMean(spec.predictors).terms.forEach((term, t) => {
    const columns = columnNames({ ...matrix, intercept: false, terms: [matrix.terms[t]!] });
    places.set(
      termLabel(term),
      columns.map((name) => names.indexOf(name)).filter((place) => place >= 0),
    );
  });
  return places;
}

/**
 * The statistic b'V⁻¹b of some of the entries.
 *
 * @throws DeclarationError where their covariance is singular
 */
export function quadraticTest(
  term: string,
  places: readonly number[],
  estimate: Float64Array,
  covariance: Float64Array,
  names: readonly string[],
): TestRow {
  const size = estimate.length;
  const k = places.length;
  const V = new Float64Array(k * k);
  const b = Float64Array.from(places, (place) => estimate[place]!);
  places.forEach((i, a) => {
    places.forEach((j, c) => {
      V[a * k + c] = covariance[i * size + j]!;
    });
  });
  const solved = b.slice();
  if (!choleskyFactor(V, k))
    throw refusal("singular-test", ["test"], messages.waldSingular(places.map((place) => `'${names[place]}'`)));
  choleskySolve(V, k, solved);
  const statistic = b.reduce((sum, value, a) => sum + value * solved[a]!, 0);
  return { term, statistic, df: k, p_value: chiSquareUpper(statistic, k) };
}

/**
 * Wald tests that all coefficients of a term are 0, with the covariance of the fit (robust, unless it was asked for another): one row a term of the
 * mean, each given all others; or one joint test of the terms and coefficients named.
 *
 * @throws DeclarationError for names that are no term or coefficient, and where the covariance is singular
 * @example
 * waldTest(fit).print();                          // age, smoke, age:smoke
 * waldTest(fit, "age:smoke")[0].p_value;           // one of them
 * waldTest(fit, ["smoke", "age:smoke"])[0].p_value; // both together
 */
export function waldTest(
  fit: EstimatingEquationsFit | MaximumLikelihoodFit,
  terms?: string | readonly string[],
): TestRow[] & Printable {
  const rows = waldRows(fit, terms);
  return printable(rows, (style) => testText("Wald tests", rows, style));
}

function waldRows(
  fit: EstimatingEquationsFit | MaximumLikelihoodFit,
  terms: string | readonly string[] | undefined,
): TestRow[] {
  requireFit(fit, "waldTest()");
  if (!("covariance" in fit)) throw refusal("no-covariance", ["test"], messages.waldNeedsCovariance());
  const { model, estimate, covariance } = fit;
  const { names } = ofMean(model.design.predictors);
  const byTerm = placesOfTerms(model);
  if (terms === undefined)
    return [...byTerm]
      .filter(([, places]) => places.length > 0)
      .map(([term, places]) => quadraticTest(term, places, estimate, covariance, names));
  const places = new Set<number>();
  const wanted = typeof terms === "string" ? [terms] : terms;
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every((term) => typeof term === "string"))
    throw refusal("bad-terms", ["test"], messages.waldTermsWrong());
  for (const term of wanted) {
    const found = byTerm.get(term) ?? (names.includes(term) ? [names.indexOf(term)] : []);
    if (found.length === 0)
      throw refusal(
        "unknown-term",
        ["test"],
        messages.waldTermUnknown(term, [...new Set([...byTerm.keys(), ...names])]),
      );
    for (const place of found) places.add(place);
  }
  return [quadraticTest(wanted.join(", "), [...places], estimate, covariance, names)];
}
