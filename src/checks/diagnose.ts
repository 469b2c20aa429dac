/** What is doubtful about a fit, in sentences with their numbers and what to try next. */
import { type InferOutput, optional } from "valibot";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { settleNodes } from "../frequentist/quadrature-check.ts";
import * as said from "../messages/findings.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { EstimatingEquationsFit, Fit, PosteriorFit } from "../model/fit.ts";
import { countedBy } from "../model/refuse-frequencies.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { seedOf } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import type { Style } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { collinearity } from "./collinearity.ts";
import { influenceOf } from "./influence.ts";
import { normalityOf } from "./random-effects-normality.ts";
import { residualTestsOf } from "./residual-tests.ts";

const diagnoseOptions = optionsSchema({
  /** The same seed gives the same simulations; default "diagnose". */
  seed: optional(seedOf, "diagnose"),
  ...longWorkEntries,
});

export type DiagnoseOptions = OptionsOf<typeof diagnoseOptions>;

/** What was looked at. */
export type DiagnoseCheck =
  | "convergence"
  | "identification"
  | "saturation"
  | "boundary"
  | "collinearity"
  | "groups"
  | "dispersion"
  | "zeros"
  | "distribution"
  | "outliers"
  | "simulation"
  | "integral"
  | "influence"
  | "normality"
  | "chains"
  | "warning";

export interface Finding {
  readonly check: DiagnoseCheck;
  /** `problem`: what is said of the fit may be wrong. `note`: to know when reading it. `ok`: looked at, and fine. */
  readonly status: "ok" | "note" | "problem";
  readonly message: string;
  /** What to try next; null where nothing need be done. */
  readonly advice: string | null;
  /** The numbers of the sentence. */
  readonly values: Readonly<Record<string, number | string | null>>;
}

export interface Diagnosis extends Printable {
  /** Whether no problem was found. */
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Looks a fit over: convergence, separation and identification, saturation, boundary, collinearity, numbers of groups, dispersion, zeros and shape of the response by
 * simulation, error of the integral, influential groups, shape of the random effects; of a posterior its chains. What does not apply is left out.
 *
 * @returns the findings; with a `signal` or `onProgress` a promise of them
 * @example
 * diagnose(fit).print();
 * diagnose(fit).findings.filter(({ status }) => status === "problem");
 */
export function diagnose<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Fit,
  options?: DiagnoseOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<Diagnosis, Signal, Told>;
export function diagnose(fit: Fit, given?: DiagnoseOptions): Diagnosis | Promise<Diagnosis> {
  requireFit(fit, "diagnose()");
  const options = readOptions(diagnoseOptions, given, { of: "diagnose()" });
  return doneOrPromised((report) => findingsOf(fit, options, report), options);
}

/** P values below this are told: each check is of many data sets. */
const TELLING = 0.005;
/** Simulated responses, and fewer where rows are many. */
const DRAWS = 499;
const FEW_DRAWS = 399;
const MANY_ROWS = 20_000;
/** Most rows by which the costlier checks are done. */
const MOST_ROWS = 200_000;

type Add = (check: DiagnoseCheck, status: Finding["status"], sentence: said.Said, values?: Finding["values"]) => void;

function* findingsOf(
  fit: Fit,
  { seed }: Pick<InferOutput<typeof diagnoseOptions>, "seed">,
  report: Report,
): Pausable<Diagnosis> {
  const findings: Finding[] = [];
  const add: Add = (check, status, { message, advice }, values = {}) => {
    findings.push({ check, status, message, advice, values });
  };
  /** Codes of warnings that a finding says already. */
  const covered = new Set<string>();
  const exact = fit.kind === "posterior" ? false : saturationFinding(fit, add, covered);
  if (fit.kind === "ml") {
    verdictFindings(fit, add, covered);
    collinearityFinding(fit, add);
  } else if (fit.kind === "posterior") chainFindings(fit, add, covered);
  else clusterFindings(fit, add, covered);
  if (fit.kind !== "gee") groupFindings(fit, add);
  const sound = !exact && findings.every(({ check, status }) => check !== "identification" || status !== "problem");
  if (fit.kind !== "gee" && fit.model.design.n <= MOST_ROWS && sound) {
    const column = countedBy(fit.model);
    if (column === null) yield* attempt(() => simulationFindings(fit, seed, add, report));
    else add("simulation", "note", said.notSimulated(column), { column });
    if (fit.kind === "ml") {
      if (fit instanceof MaximumLikelihood) yield* attempt(() => integralFinding(fit, add, covered));
      yield* attempt(() => influenceFinding(fit, add, report));
      yield* attempt(() => normalityFinding(fit, seed, add, report));
    }
  }
  for (const { code, message } of fit.warnings)
    if (code === "refitted-by-quadrature") add("integral", "ok", { message, advice: null });
    else if (!covered.has(code))
      add(code.startsWith("laplace-") ? "integral" : "warning", "note", { message, advice: null }, { code });
  const order = ["problem", "note", "ok"];
  findings.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const result = { healthy: findings.every(({ status }) => status !== "problem"), findings };
  return printable(result, (style) => diagnosisText(result, style));
}

/** A check that a model has not (correlated rows, several predictors) is left out. */
function* attempt(check: () => Pausable<void>): Pausable<void> {
  try {
    yield* check();
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
  }
}

/**
 * Whether rows are fitted exactly, or are all the same, with a sentence: then residuals are rounding, and what compares them with a distribution, or
 * asks how steep the likelihood is, means nothing.
 */
function saturationFinding(fit: Exclude<Fit, PosteriorFit>, add: Add, covered: Set<string>): boolean {
  const of = (name: FitWarning["code"]) => fit.warnings.find(({ code }) => code === name);
  const constant = of("constant-response");
  const zero = of("residual-variance-zero");
  const counts = of("saturated");
  // a constant response may be separated too, whose sentence says more
  const found = zero ?? (fit.verdict.code === "separation" ? undefined : (constant ?? counts));
  if (!found) return false;
  const { n, predictors } = fit.model.design;
  const coefficients = predictors[0]!.names.length;
  const why = constant ? "constant" : coefficients >= n ? "saturated" : "exact";
  add("saturation", found === counts ? "note" : "problem", said.fittedExactly(found.message, why), {
    rows: n,
    coefficients,
  });
  for (const code of ["constant-response", found.code]) covered.add(code);
  return true;
}

function verdictFindings(fit: Extract<Fit, { kind: "ml" }>, add: Add, covered: Set<string>): void {
  const { code, reason } = fit.verdict;
  const undetermined = fit instanceof MaximumLikelihood ? fit.undetermined : [];
  for (const name of ["boundary", "separation", "not-identified", "failed"]) covered.add(name);
  if (code === "separation")
    add("identification", "problem", said.separated(reason, undetermined), { undetermined: undetermined.length });
  else if (code === "not identified") add("identification", "problem", said.unidentified(reason));
  else if (code === "failed") add("convergence", "problem", said.notConverged(reason));
  if ((code !== "converged" && code !== "boundary") || covered.has("residual-variance-zero")) return;
  const gradient = scaledGradient(fit);
  if (gradient !== null && gradient > 0.05) add("convergence", "problem", said.slopeLeft(gradient), { gradient });
  else add("convergence", "ok", said.converged(gradient), { gradient });
  if (fit.model.design.random.length === 0) return;
  if (code === "boundary") add("boundary", "note", said.singular(reason));
  else add("boundary", "ok", said.regular());
}

/** The largest entry of the gradient in standard errors; null of restricted and other fits whose gradient is not that of a likelihood. */
function scaledGradient(fit: Extract<Fit, { kind: "ml" }>): number | null {
  if (!(fit instanceof MaximumLikelihood) || fit.restricted || fit.working || fit.penalised) return null;
  const { estimate, covariance, model } = fit;
  const d = model.layout.size;
  const gradient = new Float64Array(d);
  if (!Number.isFinite(fit.marginal.evaluate(estimate, gradient))) return null;
  let most = 0;
  for (let j = 0; j < d; j++) {
    const error = Math.sqrt(covariance[j * d + j]!);
    if (error > 0) most = Math.max(most, Math.abs(gradient[j]!) * error);
  }
  return Number.isFinite(most) ? most : null;
}

/** Condition numbers of centred columns from which the sentence is said. */
const CONDITION = 100;
const BAD_CONDITION = 1000;

function collinearityFinding(fit: Fit, add: Add): void {
  if (fit.model.family.curve) return;
  const { rows, centred_condition: condition } = collinearity(fit);
  if (rows.length < 2) return;
  const worst = rows.reduce((a, b) => ((b.scaled_vif ?? 0) > (a.scaled_vif ?? 0) ? b : a));
  const values = { condition, term: worst.term, vif: worst.vif };
  if (condition > CONDITION)
    add(
      "collinearity",
      condition > BAD_CONDITION ? "problem" : "note",
      said.correlatedColumns(condition, worst.term, worst.vif),
      values,
    );
  else add("collinearity", "ok", said.distinctColumns(condition), values);
}

/** Fewest levels that a variance is estimated from without a word. */
const FEW_LEVELS = 5;
/** With one difference between levels a variance has one degree of freedom, and tests of what varies between them rest on it. */
const HARDLY_ANY_LEVELS = 2;

function groupFindings(fit: Fit, add: Add): void {
  const { random } = fit.model.design;
  const seen = new Map<string, number>();
  for (const { group, levels, q } of random) {
    if (!seen.has(group) && levels.length < FEW_LEVELS)
      add("groups", levels.length <= HARDLY_ANY_LEVELS ? "problem" : "note", said.fewLevels(group, levels.length), {
        group,
        levels: levels.length,
      });
    else if (q > 1 && levels.length <= q)
      add("groups", "problem", said.tooManyEffects(group, levels.length, q), {
        group,
        levels: levels.length,
        effects: q,
      });
    seen.set(group, levels.length);
  }
  if (seen.size > 0 && [...seen.values()].every((levels) => levels >= FEW_LEVELS))
    add("groups", "ok", said.enoughLevels([...seen].map(([group, levels]) => `${group} ${levels}`)));
}

function* simulationFindings(fit: Fit, seed: string | number, add: Add, report: Report): Pausable<void> {
  const draws = fit.model.design.n > MANY_ROWS ? FEW_DRAWS : DRAWS;
  const { rows } = yield* residualTestsOf(fit, { draws, randomEffects: "marginal", seed }, report);
  const told = rows.filter(({ p_value }) => p_value < TELLING);
  // within groups too, where the variance between them does not hide it; the effects have followed the data, so that it is rather missed than imagined
  const { family, design } = fit.model;
  if (design.random.length > 0 && (family.response === "count" || family.response === "trials")) {
    const within = yield* residualTestsOf(fit, { draws, randomEffects: "conditional", seed }, report);
    const row = within.rows.find(({ test }) => test === "dispersion")!;
    if (row.p_value < TELLING && row.statistic > 1 && !told.some(({ test }) => test === "dispersion")) told.push(row);
  }
  for (const { test, statistic, expected, p_value } of told) {
    const values = { statistic, expected, p_value };
    if (test === "dispersion")
      add(
        "dispersion",
        statistic > 1.2 ? "problem" : "note",
        said.dispersed(statistic, p_value, statistic > 1),
        values,
      );
    else if (test === "zeros") add("zeros", "problem", said.zeros(statistic, p_value), values);
    else if (test === "outliers") add("outliers", "note", said.outlying(statistic, expected, p_value), values);
    else add("distribution", "problem", said.misshapen(statistic, p_value), values);
  }
  if (told.length === 0)
    add(
      "simulation",
      "ok",
      said.likeSimulated(rows.map(({ test, p_value }) => `${test} p = ${p_value.toPrecision(2)}`)),
      Object.fromEntries(rows.map(({ test, p_value }) => [test, p_value])),
    );
}

/** Errors of a log-likelihood from which the sentence is a note, and a problem. */
const LAPLACE_NOTE = 0.1;
const LAPLACE_PROBLEM = 1;

function* integralFinding(fit: MaximumLikelihood, add: Add, covered: Set<string>): Pausable<void> {
  const { model, estimate } = fit;
  if (fit.integral.kind !== "laplace" || fit.working || fit.penalised || model.design.random.length === 0) return;
  const { shape } = chooseIntegral(model, { kind: "finest" });
  if (shape.kind !== "grouped" || shape.mostNodes < 3) return;
  const x = new Float64Array(model.layout.size);
  model.standardisation.toStandardised(estimate, x);
  const { nodes, logLik } = yield* settleNodes(model, x, shape, 3);
  const difference = logLik - fit.logLik;
  if (!Number.isFinite(difference)) return;
  for (const code of ["laplace-inaccurate", "laplace-approximate"]) covered.add(code);
  const values = { difference, nodes };
  const off = Math.abs(difference);
  if (off > LAPLACE_NOTE)
    add("integral", off > LAPLACE_PROBLEM ? "problem" : "note", said.laplaceOff(difference, nodes), values);
  else add("integral", "ok", said.laplaceFine(difference, nodes), values);
}

function* influenceFinding(fit: Extract<Fit, { kind: "ml" }>, add: Add, report: Report): Pausable<void> {
  const { by, rows } = yield* influenceOf(fit, { by: undefined, refit: false }, report);
  const known = rows.filter(({ cooks_distance }) => cooks_distance !== null);
  if (known.length === 0) return;
  const most = known.reduce((a, b) => (b.cooks_distance! > a.cooks_distance! ? b : a));
  const above = known.filter(({ cooks_distance }) => cooks_distance! > 1).length;
  const values = { by, unit: most.unit, cooks_distance: most.cooks_distance };
  if (above > 0) add("influence", "note", said.influential(by, most.unit, most.cooks_distance!, above - 1), values);
  else add("influence", "ok", said.evenly(by, most.cooks_distance!), values);
}

function* normalityFinding(
  fit: Extract<Fit, { kind: "ml" }>,
  seed: string | number,
  add: Add,
  report: Report,
): Pausable<void> {
  const { random, n } = fit.model.design;
  if (random.length === 0 || n > MANY_ROWS) return;
  const rows = yield* normalityOf(fit, { draws: 199, seed }, report);
  const told = rows.filter(({ p_value }) => p_value <= TELLING);
  for (const { term, group, skewness, statistic, p_value } of told)
    add("normality", "note", said.skewedEffects(term, group, skewness, p_value), {
      term,
      group,
      statistic,
      skewness,
      p_value,
    });
  if (rows.length > 0 && told.length === 0) add("normality", "ok", said.normalEffects());
}

const CHAIN_CODES = ["rhat", "low-ess-bulk", "low-ess-tail", "too-few-draws"];
const CHAIN_PROBLEMS = [
  "divergent-transitions",
  "divergences-traced",
  "tree-depth",
  "low-ebfmi",
  "improper-posterior",
  "constant-draws",
];
const LARGEST_RHAT = 1.01;
const SMALLEST_ESS = 400;

function chainFindings(fit: PosteriorFit, add: Add, covered: Set<string>): void {
  let worst = { rhat: 1, ess: Number.POSITIVE_INFINITY, parameter: "" };
  for (const row of fit.tidy()) {
    const rhat = row.rhat ?? 1;
    const ess = Math.min(row.ess_bulk ?? Infinity, row.ess_tail ?? Infinity);
    if (rhat > worst.rhat || (rhat >= worst.rhat && ess < worst.ess)) worst.parameter = parameterLabel(row as never);
    worst = { rhat: Math.max(rhat, worst.rhat), ess: Math.min(ess, worst.ess), parameter: worst.parameter };
  }
  const values = { rhat: worst.rhat, ess: worst.ess };
  if (worst.rhat > LARGEST_RHAT || worst.ess < SMALLEST_ESS)
    add("chains", "problem", said.unmixed(worst.rhat, worst.ess, worst.parameter), values);
  else if (Number.isFinite(worst.ess)) add("chains", "ok", said.mixed(worst.rhat, worst.ess), values);
  for (const code of CHAIN_CODES) covered.add(code);
  for (const { code, message } of fit.warnings as readonly FitWarning[])
    if (CHAIN_PROBLEMS.includes(code)) {
      covered.add(code);
      add("chains", "problem", { message, advice: null }, { code });
    }
}

/** Clusters below which uncorrected sandwich errors are told to be too small. */
const FEW_CLUSTERS = 40;

function clusterFindings(fit: EstimatingEquationsFit, add: Add, covered: Set<string>): void {
  const { code, reason } = fit.verdict;
  for (const name of ["separation", "not-identified", "failed"]) covered.add(name);
  if (code === "converged") add("convergence", "ok", said.converged(null));
  else if (code === "separation") add("identification", "problem", said.separated(reason, []));
  else add("convergence", "problem", said.notConverged(reason));
  const { count } = fit.clusters;
  const { std_err } = fit.glance();
  if (count < FEW_CLUSTERS && (std_err === "robust" || std_err === "naive"))
    add("groups", "note", said.fewClustersOfGee(count), { clusters: count });
}

const MARKS: Readonly<Record<Finding["status"], string>> = { problem: "Problem", note: "Note", ok: "ok" };

function diagnosisText({ healthy, findings }: Omit<Diagnosis, keyof Printable>, style: Style): string {
  const problems = findings.filter(({ status }) => status === "problem").length;
  const notes = findings.filter(({ status }) => status === "note").length;
  const counted = [
    ...(problems > 0 ? [`${problems} ${problems === 1 ? "problem" : "problems"}`] : []),
    ...(notes > 0 ? [`${notes} ${notes === 1 ? "note" : "notes"}`] : []),
  ];
  const title = healthy ? `No problem found${notes > 0 ? `, ${counted.join(", ")}` : ""}` : counted.join(", ");
  return [
    style(title, "title"),
    "",
    ...findings.flatMap(({ check, status, message, advice }) => [
      `${style(MARKS[status], status === "ok" ? "label" : "warning")} (${check}): ${visibleLines(message)}`,
      ...(advice === null || status === "ok" ? [] : [`  What to try: ${visibleLines(advice)}`]),
    ]),
  ].join("\n");
}
