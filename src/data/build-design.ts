import { columnsOfMean, columnsUsed } from "../dsl/columns-used.ts";
import { deparse, termLabel } from "../dsl/deparse.ts";
import { deepFreeze } from "../dsl/freeze.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { parameterNamed } from "../families/distribution-parameters.ts";
import { isGaussian } from "../families/family.ts";
import { isMeans } from "../families/of-mean.ts";
import * as messages from "../messages/data.ts";
import * as given from "../messages/given-sds.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import * as known from "../messages/known-variance.ts";
import { unknownNameInMean } from "../messages/nonlinear.ts";
import { frequencyWeights, oneSeries, sameCovariance } from "../messages/residual.ts";
import type { WarningCode } from "../messages/warning-code.ts";
import { nearestName } from "../options/nearest-name.ts";
import { buildPredictor } from "./build-predictor.ts";
import { buildRandom } from "./build-random.ts";
import { columnFault } from "./column-fault.ts";
import { correlatedTerms } from "./correlated-terms.ts";
import { type Design, dataColumn, type Estimation } from "./design.ts";
import type { LearntState } from "./design-recipe.ts";
import { Evaluation, Faults } from "./evaluation.ts";
import { checkMatricesUsed } from "./known-levels.ts";
import { knownPrecision } from "./known-precision.ts";
import { VariableLearner } from "./learn-matrix.ts";
import { buildResidual } from "./residual-design.ts";
import { type ResponseColumns, type ResponseFamily, readResponse } from "./response.ts";
import { checkSquares } from "./squares.ts";
import { isMissing, type Table } from "./table.ts";

/**
 * Builds the design of a declaration over a table.
 *
 * Rows with a missing value in a used column are dropped and counted, or refused under `missing: "error"`; rows with a weight or trials of 0 are
 * dropped with a warning. Factor levels are those of the used rows; `poly()` and `scale()` learn from every row in which their
 * argument is present, as R's model frame does. Columns of X that are linear combinations of earlier ones are dropped with a warning.
 * Of a posterior they are kept unless their priors are flat, levels without rows are kept where they are declared, and factors and groups may have one
 * level.
 *
 * @throws DeclarationError with every fault found: unknown columns (with the name that was likely meant), text where numbers
 * belong, infinite or undefined values, factors or groups with one level, levels that were not declared, trials and weights
 * that cannot be, more random effects than a Gaussian model can bear
 * @example
 * const design = buildDesign(spec, toTable({ y: [1, 2, 4], x: [0, 1, 2] }), gaussian());
 * ofMean(design.predictors).names; // ["(Intercept)", "x"]
 */
export function buildDesign(
  spec: ModelSpec,
  table: Table,
  family: ResponseFamily,
  estimation: Estimation = "likelihood",
): Design {
  const faults = new Faults();
  const warnings: FitWarning[] = [...(spec.notes ?? [])];
  const used = checkColumns(spec, table, faults);
  const complete = completeRows(spec, table, used, faults);
  const states: Record<string, LearntState> = {};
  const options = { states, learn: true, factors: Object.keys(spec.factors) };
  const rows = informativeRows(spec, new Evaluation(table, complete.rows, faults, options), warnings);
  if (rows.length === 0 && complete.possible) faults.add("no-rows", ["table"], messages.noRowsLeft());
  if (complete.omitted > 0)
    warnings.push({ code: "omitted-rows", message: messages.omittedRows(complete.omitted, complete.columns) });

  const evaluation = new Evaluation(table, rows, faults, options);
  const learner = new VariableLearner(spec, evaluation, warnings, estimation);
  const response = readResponse(spec, family, evaluation, warnings, estimation);
  const ofCurve = (role: string) => spec.nonlinear?.parameters.includes(role) ?? false;
  const predictors = spec.predictors.map((predictor, r) =>
    buildPredictor(
      spec,
      predictor,
      learner,
      warnings,
      ofCurve(predictor.role) ? undefined : parameterNamed(family, predictor.role),
      isMeans(r) && family.response === "ordered",
      ofCurve(predictor.role) ? predictor.role : undefined,
    ),
  );
  const random = correlatedTerms(
    spec.predictors.flatMap((predictor, p) => {
      const { role } = predictor;
      const prefix = isMeans(p) || ofCurve(role) ? undefined : role;
      const built = buildRandom(spec, family, predictor, p, ofCurve(role), learner, warnings);
      return predictor.random.map((own, t) => ({ spec: own, built: built[t]!, prefix }));
    }),
    faults,
  );
  checkResponse(spec, response, rows, faults, warnings);
  if (response) checkSquares(rowsOf(response.y, rows), [response.name], faults);
  checkContrasts(spec, learner, warnings);
  checkKnownVariance(spec, family, faults);
  checkSigma(spec, family, faults);
  checkMatricesUsed(spec, faults);
  const paired = spec.predictors.some((predictor) => predictor.random.length > 0);
  const levels = (name: string) => learner.levels(name);
  const residual =
    spec.residual && rows.length > 0
      ? buildResidual(spec.residual, { evaluation, rows, levels, paired, sigmaGiven: family.sigma !== undefined })
      : null;
  if (spec.residual && spec.frequencyWeights !== null) {
    const { code, path, message } = frequencyWeights();
    faults.add(code, path, message);
  }
  warnings.push(...seriesAcrossGroups(spec), ...interceptTwice(spec));
  const weights = spec.weights === null || response?.weightsAreTrials ? null : evaluation.numericColumn(spec.weights);
  const precision = spec.knownVariance ? knownPrecision(spec.knownVariance, evaluation) : weights;
  const frequency = spec.frequencyWeights === null ? null : evaluation.numericColumn(spec.frequencyWeights);
  const read = columnsOfMean(spec).filter((name) => table.column(name) !== undefined);
  const columns = read.map((name) => [dataColumn(name), evaluation.numericColumn(name)] as const);
  if (faults.issues.length > 0) throw new DeclarationError(faults.issues);

  const take = (values: Float64Array) => rowsOf(values, rows);
  return {
    spec,
    n: rows.length,
    rows,
    omitted: complete.omitted,
    y: take(response!.y),
    ...(response!.categories && { categories: response!.categories }),
    responseName: response!.name,
    trials: response!.trials === null ? null : take(response!.trials),
    weights: precision === null ? null : take(precision),
    frequencyWeights: frequency === null ? null : take(frequency),
    ...(columns.length > 0 && {
      columns: Object.fromEntries(columns.map(([name, values]) => [name, take(values!)])),
    }),
    predictors: predictors.map((predictor) => predictor!.design),
    random: random.map((term) => term!.design),
    ...(residual && { residual }),
    warnings,
    ...(estimation === "posterior" && { estimation }),
    recipe: deepFreeze({
      kind: "DesignRecipe",
      version: 1,
      states,
      predictors: predictors.map((predictor) => predictor!.recipe),
      random: random.map((term) => term!.recipe),
      trials: response!.recipe,
      weights: weights === null ? null : spec.weights,
      ...(spec.knownVariance && { knownVariance: spec.knownVariance }),
      ...(read.length > 0 && { columns: read }),
    }),
  };
}

function rowsOf(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let r = 0; r < rows.length; r++) taken[r] = values[rows[r]!]!;
  return taken;
}

/** A correlation beside a random intercept of the same groups, whose variance it holds already. */
function interceptTwice({ residual, predictors }: ModelSpec): FitWarning[] {
  const { kind = null, by = [] } = residual?.correlation ?? {};
  if (kind !== "corCompSymm" && kind !== "corSymm") return [];
  const group = [...by].sort().join(":");
  const same = predictors
    .flatMap(({ random }) => random)
    .some((term) => term.intercept && [...term.group].sort().join(":") === group);
  return same ? [{ code: "intercept-twice", message: sameCovariance(kind, by.join(":")) }] : [];
}

/** A correlation of all rows in their order beside random effects, where nlme's `lme` would take each group for a series. */
function seriesAcrossGroups({ residual, predictors }: ModelSpec): FitWarning[] {
  const { correlation = null } = residual ?? {};
  const group = predictors.flatMap(({ random }) => random).at(-1)?.group;
  if (!correlation || !group || correlation.by.length + correlation.covariates.length > 0) return [];
  return [{ code: "one-series", message: oneSeries(correlation.kind, group.join(":")) }];
}

/** The used columns that exist; the others are faults. */
function checkColumns(spec: ModelSpec, table: Table, faults: Faults): string[] {
  if (spec.response === null) faults.add("missing-response", ["response"], messages.noResponse());
  const declared = [...Object.keys(spec.factors), ...Object.keys(spec.contrasts)];
  return [...new Set([...columnsUsed(spec), ...declared])].filter((name) => {
    if (table.column(name) !== undefined) return !declared.includes(name) || columnsUsed(spec).includes(name);
    if (table.faults?.has(name)) faults.addIssue(columnFault(table, name));
    else if (name !== "pi" && columnsOfMean(spec).includes(name))
      faults.add(
        "unknown-column",
        ["mean", name],
        unknownNameInMean(
          name,
          nearestName(name, [...table.names, ...spec.nonlinear!.parameters]),
          spec.nonlinear!.parameters,
        ),
      );
    else if (name !== "pi") faults.addIssue(columnFault(table, name));
    return false;
  });
}

/** The rows without a missing value in the used columns. */
function completeRows(spec: ModelSpec, table: Table, used: readonly string[], faults: Faults) {
  const gaps = new Uint8Array(table.rows);
  const columns: string[] = [];
  let possible = true;
  for (const name of used) {
    const column = table.column(name)!;
    const missing: number[] = [];
    const numbers = column.kind === "numeric" ? column.values : null;
    const note = (row: number) => {
      gaps[row] = 1;
      missing.push(row + 1);
    };
    if (numbers === null) {
      for (let row = 0; row < table.rows; row++) if (isMissing(column, row)) note(row);
    } else for (let row = 0; row < numbers.length; row++) if (Number.isNaN(numbers[row])) note(row);
    if (missing.length === 0) continue;
    columns.push(name);
    if (missing.length === table.rows) {
      faults.add("all-missing", ["column", name], messages.allMissing(name));
      possible = false;
    } else if (spec.missing === "error")
      faults.add("missing-values", ["column", name], messages.missingValues(name, missing));
  }
  const rows = new Int32Array(table.rows);
  let kept = 0;
  for (let row = 0; row < table.rows; row++) if (gaps[row] === 0) rows[kept++] = row;
  return { rows: rows.slice(0, kept), omitted: table.rows - kept, columns, possible };
}

/** The rows that weigh something: without a weight of 0 or 0 trials. */
function informativeRows(spec: ModelSpec, evaluation: Evaluation, warnings: FitWarning[]): Int32Array {
  let { rows } = evaluation;
  const drop = (values: Float64Array, warning: (count: number) => string, code: WarningCode) => {
    const kept = rows.filter((row) => values[row] !== 0);
    if (kept.length < rows.length) warnings.push({ code, message: warning(rows.length - kept.length) });
    rows = kept;
  };
  for (const name of new Set([spec.weights, spec.frequencyWeights])) {
    if (name === null) continue;
    const values = evaluation.numericColumn(name);
    if (values === null) continue;
    const negative = evaluation.rows.find((row) => values[row]! < 0);
    if (negative !== undefined)
      evaluation.faults.add(
        "negative-weight",
        ["weights", name],
        messages.negativeWeight(name, negative + 1, values[negative]!),
      );
    else drop(values, (count) => messages.zeroWeights(name, count), "zero-weights");
  }
  const { response } = spec;
  if (response?.kind === "trials" && evaluation.has(response.trials)) {
    const trials = evaluation.numbers(response.trials);
    // a success of no trials is no empty row but a fault
    const successes = evaluation.has(response.expression) ? evaluation.numbers(response.expression) : null;
    if (trials !== null)
      drop(
        successes ? trials.map((value, row) => value || successes[row]!) : trials,
        messages.zeroTrials,
        "zero-trials",
      );
  }
  if (
    response?.kind === "successesFailures" &&
    evaluation.has(response.successes) &&
    evaluation.has(response.failures)
  ) {
    const successes = evaluation.numbers(response.successes);
    const failures = evaluation.numbers(response.failures);
    if (successes !== null && failures !== null)
      drop(
        successes.map((value, row) => Math.abs(value) + Math.abs(failures[row]!)),
        messages.zeroTrials,
        "zero-trials",
      );
  }
  return rows;
}

function checkResponse(
  spec: ModelSpec,
  response: ResponseColumns | null,
  rows: Int32Array,
  faults: Faults,
  warnings: FitWarning[],
): void {
  if (spec.response?.kind === "single") {
    const label = deparse(spec.response.expression);
    for (const predictor of spec.predictors)
      if (predictor.terms.some((term) => termLabel(term) === label))
        faults.add("response-as-predictor", ["term", label], messages.responseAsPredictor(label));
  }
  if (response === null || rows.length < 2) return;
  const share = (row: number) => response.y[row]! / (response.trials?.[row] ?? 1);
  const first = share(rows[0]!);
  if (rows.every((row) => share(row) === first))
    warnings.push({ code: "constant-response", message: messages.constantResponse(response.name) });
}

/** What a model with known variances has no place for. */
function checkKnownVariance(spec: ModelSpec, family: ResponseFamily, faults: Faults): void {
  if (!spec.knownVariance) return;
  const { name, link } = spec.family;
  const issues = [
    ...(isGaussian(family) ? [] : [known.onlyGaussianVariances(name, link)]),
    ...(spec.weights === null ? [] : [known.variancesWithWeights(spec.weights)]),
    ...(spec.residual ? [known.variancesWithResidual()] : []),
    ...(spec.nonlinear ? [known.variancesWithNonlinear()] : []),
  ];
  for (const { code, path, message } of issues) faults.add(code, path, message);
}

/** What a model with a given residual standard deviation has no place for. */
function checkSigma(spec: ModelSpec, family: ResponseFamily, faults: Faults): void {
  if (spec.sigma === undefined) return;
  const { name, link } = spec.family;
  const issues = [
    ...(isGaussian(family) ? [] : [given.sigmaOnlyGaussian(name, link)]),
    ...(spec.knownVariance ? [given.sigmaBesideVariances()] : []),
    ...(spec.nonlinear ? [given.sigmaWithNonlinear()] : []),
  ];
  for (const { code, path, message } of issues) faults.add(code, path, message);
}

function checkContrasts(spec: ModelSpec, learner: VariableLearner, warnings: FitWarning[]): void {
  const used = new Set(columnsUsed(spec));
  for (const name of Object.keys(spec.contrasts))
    if (!used.has(name) && learner.evaluation.column(name) !== null)
      warnings.push({ code: "unused-contrasts", message: messages.contrastsUnused(name) });
}
