/** What takes work to find: responses simulated from a fit, a finer integral, groups left out, the shape of the random effects. */
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { settleNodes } from "../frequentist/quadrature-check.ts";
import * as said from "../messages/findings.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { Fit } from "../model/fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import type { Add } from "./finding.ts";
import { influenceOf } from "./influence.ts";
import { normalityOf } from "./random-effects-normality.ts";
import { residualTestsOf } from "./residual-tests.ts";

/** P values below this are told: each check is of many data sets. */
const TELLING = 0.005;
/** Most rows by which random effects are simulated anew. */
const MANY_ROWS = 20_000;

export function* simulationFindings(
  fit: Fit,
  seed: string | number | undefined,
  add: Add,
  report: Report,
): Pausable<void> {
  const { rows } = yield* residualTestsOf(fit, { randomEffects: "marginal", seed }, report);
  const told = rows.filter(({ p_value }) => p_value < TELLING);
  // within groups too, where the variance between them does not hide it; the effects have followed the data, so that it is rather missed than imagined
  const { family, design } = fit.model;
  if (design.random.length > 0 && (family.response === "count" || family.response === "trials")) {
    const within = yield* residualTestsOf(fit, { randomEffects: "conditional", seed }, report);
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

export function* integralFinding(fit: MaximumLikelihood, add: Add, covered: Set<string>): Pausable<void> {
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

export function* influenceFinding(fit: Extract<Fit, { kind: "ml" }>, add: Add, report: Report): Pausable<void> {
  const { by, rows } = yield* influenceOf(fit, { by: undefined, refit: false }, report);
  const known = rows.filter(({ cooks_distance }) => cooks_distance !== null);
  if (known.length === 0) return;
  const most = known.reduce((a, b) => (b.cooks_distance! > a.cooks_distance! ? b : a));
  const above = known.filter(({ cooks_distance }) => cooks_distance! > 1).length;
  const values = { by, unit: most.unit, cooks_distance: most.cooks_distance };
  if (above > 0) add("influence", "note", said.influential(by, most.unit, most.cooks_distance!, above - 1), values);
  else add("influence", "ok", said.evenly(by, most.cooks_distance!), values);
}

export function* normalityFinding(
  fit: Extract<Fit, { kind: "ml" }>,
  seed: string | number | undefined,
  add: Add,
  report: Report,
): Pausable<void> {
  const { random, n } = fit.model.design;
  if (random.length === 0 || n > MANY_ROWS) return;
  const rows = yield* normalityOf(fit, { seed }, report);
  const told = rows.filter(({ p_value }) => p_value <= TELLING);
  for (const { term, group, skewness, statistic, p_value } of told)
    add("normality", "note", said.skewedEffects(term, group, skewness, p_value), {
      term,
      group,
      statistic,
      skewness,
      p_value,
    });
  if (rows.length === 0 || told.length > 0) return;
  const least = Math.min(...rows.map(({ p_value }) => p_value));
  add("normality", "ok", said.normalEffects(least, TELLING), { p_value: least, told: TELLING });
}
