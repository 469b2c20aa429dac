/**
 * Where the search for a nonlinear mean begins: the declared values, or those a self-starting model finds, improved by nonlinear least squares
 * on the pooled data, all groups together. For a family with a link the response is first taken to the scale of the link, roughly.
 */
import type { Design, PredictorDesign } from "../data/design.ts";
import { dataColumn } from "../data/design.ts";
import { Evaluation, Faults } from "../data/evaluation.ts";
import { toTable } from "../data/to-table.ts";
import { columnsOf } from "../dsl/columns-used.ts";
import type { NonlinearMeanSpec } from "../dsl/model-spec.ts";
import { inputExpression } from "../dsl/parse-mean.ts";
import type { Family } from "../families/family.ts";
import { DeclarationError, refusal } from "../messages/issue.ts";
import * as messages from "../messages/nonlinear.ts";
import { levenbergMarquardt } from "./levenberg-marquardt.ts";
import { predictorKernel } from "./nonlinear-family.ts";
import { type LinearPart, pooledLeastSquares } from "./pooled-least-squares.ts";
import { selfStartCandidates } from "./self-start-values.ts";

/** Coefficients whose predictor is as near as it can be to a constant in every row: least squares by modified Gram-Schmidt. */
function coefficientsOfConstant({ X, names, offset }: PredictorDesign, n: number, constant: number): Float64Array {
  const p = names.length;
  const Q = X.slice();
  const R = new Float64Array(p * p);
  const target = offset.map((value) => constant - value);
  const projection = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < j; k++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += Q[i * p + k]! * Q[i * p + j]!;
      R[k * p + j] = dot;
      for (let i = 0; i < n; i++) Q[i * p + j]! -= dot * Q[i * p + k]!;
    }
    let square = 0;
    for (let i = 0; i < n; i++) square += Q[i * p + j]! ** 2;
    R[j * p + j] = Math.sqrt(square);
    for (let i = 0; i < n; i++) Q[i * p + j]! /= R[j * p + j]!;
    for (let i = 0; i < n; i++) projection[j]! += Q[i * p + j]! * target[i]!;
  }
  const beta = new Float64Array(p);
  for (let j = p - 1; j >= 0; j--) {
    let sum = projection[j]!;
    for (let k = j + 1; k < p; k++) sum -= R[j * p + k]! * beta[k]!;
    beta[j] = sum / R[j * p + j]!;
  }
  return beta;
}

/** Σ of the rows' weights in the sum of squares; null = 1. */
function rowWeights({ weights, frequencyWeights, trials, n }: Design): Float64Array | null {
  if (!weights && !frequencyWeights && !trials) return null;
  return Float64Array.from(
    { length: n },
    (_, i) => (weights?.[i] ?? 1) * (frequencyWeights?.[i] ?? 1) * (trials?.[i] ?? 1),
  );
}

/**
 * The predictors of a design, those of the curve's parameters with their starting coefficients, typical values and units.
 *
 * @param family the family around the nonlinear mean
 * @throws DeclarationError where there are no starting values, or where the mean is not finite at them
 */
export function startPredictors(design: Design, family: Family, spec: NonlinearMeanSpec): readonly PredictorDesign[] {
  const { n, rows, y, trials } = design;
  const predictors = design.predictors.slice(0, spec.parameters.length);
  const columns = design.columns ?? {};
  const kernel = predictorKernel(family);
  const z = y.map((value, i) => family.startEta(value, trials?.[i] ?? 1));
  const weights = rowWeights(design);
  const parts = predictors.map(({ X, names, offset }): LinearPart => ({ X, p: names.length, offset }));
  const pooled = pooledLeastSquares(kernel, parts, columns, z, weights);
  const begin = startingCoefficients();
  if (!Number.isFinite(pooled.value(begin)))
    throw refusal("start-not-finite", ["mean"], messages.startNotFinite(described(begin)));
  const improved = levenbergMarquardt(pooled, begin);
  const beta = improved.converged || improved.value < pooled.value(begin) ? improved.beta : begin;
  const p = pooled.size;
  const squares = pooled.normal(beta, new Float64Array(p * p), new Float64Array(p));
  const total = weights ? weights.reduce((sum, w) => sum + w, 0) : n;
  const sd = Math.sqrt(squares / total);
  let first = 0;
  const started = predictors.map((predictor, r) => {
    const start = beta.slice(first, first + predictor.names.length);
    first += predictor.names.length;
    const { theta, dEta } = pooled.at;
    let sum = 0;
    let slope = 0;
    for (let i = 0; i < n; i++) {
      sum += theta[r]![i]! / n;
      slope += dEta[r]![i]! ** 2 / n;
    }
    const change = sd / Math.sqrt(slope);
    const unit = change > 0 && Number.isFinite(change) ? change : Math.abs(sum) || 1;
    return { ...predictor, nonlinear: { start, typical: sum, unit } };
  });
  // those of the distribution's other parameters have starts of their own
  return [...started, ...design.predictors.slice(spec.parameters.length)];

  function startingCoefficients(): Float64Array {
    const { start, parameters } = spec;
    if (start === null) throw refusal("missing-start", ["mean"], messages.missingStart(parameters));
    if (start.kind === "values")
      return concatenate(parameters.map((name, r) => declared(name, start.values[name]!, r)));
    const inputs = start.inputs.map(inputValues);
    const ones: LinearPart = { X: new Float64Array(n).fill(1), p: 1, offset: null };
    const plain = pooledLeastSquares(
      kernel,
      parameters.map(() => ones),
      columns,
      z,
      weights,
    );
    let best: { beta: Float64Array; value: number } | null = null;
    for (const candidate of selfStartCandidates(start.model, inputs, z, weights)) {
      // the model's parameters in the order of the declaration
      const theta = Float64Array.from(parameters, (name) => candidate.parameters[start.parameters.indexOf(name)]!);
      const fit = levenbergMarquardt(plain, theta, { iterations: 100 });
      const found = Number.isFinite(fit.value) ? fit : { beta: theta, value: candidate.squares };
      if (best === null || found.value < best.value) best = found;
    }
    if (best === null) throw refusal("no-self-start", ["mean"], messages.noSelfStart(start.model, start.inputs));
    const { beta } = best;
    return concatenate(predictors.map((predictor, r) => coefficientsOfConstant(predictor, n, beta[r]!)));
  }

  /** An input of a self-starting model, row by row; faults name rows as the table numbers them. */
  function inputValues(text: string): Float64Array {
    const expression = inputExpression(text);
    const read = columnsOf(expression).filter((name) => columns[dataColumn(name)] !== undefined);
    const scattered = read.map((name) => {
      const values = new Float64Array(n > 0 ? rows[n - 1]! + 1 : 0).fill(Number.NaN);
      for (let i = 0; i < n; i++) values[rows[i]!] = columns[dataColumn(name)]![i]!;
      return [name, values] as const;
    });
    const faults = new Faults();
    const values =
      read.length === 0
        ? faults.add("constant-input", ["mean"], messages.constantInput(text))
        : new Evaluation(toTable(Object.fromEntries(scattered)), rows, faults, { states: {}, learn: false }).numbers(
            expression,
          );
    if (values === null) throw new DeclarationError(faults.issues);
    return Float64Array.from(rows, (row) => values[row]!);
  }

  function declared(name: string, values: readonly number[], r: number): Float64Array {
    const { names } = predictors[r]!;
    if (values.length === 1) return coefficientsOfConstant(predictors[r]!, n, values[0]!);
    if (values.length !== names.length)
      throw refusal("start-length", ["mean"], messages.startLength(name, values.length, names));
    return Float64Array.from(values);
  }

  function described(beta: Float64Array): string {
    const names = predictors.flatMap((predictor) => predictor.names);
    return names.map((name, j) => `${name} = ${Number(beta[j]!.toPrecision(4))}`).join(", ");
  }
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
