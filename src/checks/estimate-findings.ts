/** What the numbers of a fit tell at once: its verdict, its columns and groups, its chains or clusters. */
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import * as said from "../messages/findings.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { EstimatingEquationsFit, Fit, PosteriorFit } from "../model/fit.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { collinearity } from "./collinearity.ts";
import type { Add } from "./finding.ts";

/**
 * Whether rows are fitted exactly, or are all the same, with a sentence: then residuals are rounding, and what compares them with a distribution, or
 * asks how steep the likelihood is, means nothing.
 */
export function saturationFinding(fit: Exclude<Fit, PosteriorFit>, add: Add, covered: Set<string>): boolean {
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

export function verdictFindings(fit: Extract<Fit, { kind: "ml" }>, add: Add, covered: Set<string>): void {
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

export function collinearityFinding(fit: Fit, add: Add): void {
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

export function groupFindings(fit: Fit, add: Add): void {
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

export function chainFindings(fit: PosteriorFit, add: Add, covered: Set<string>): void {
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

export function clusterFindings(fit: EstimatingEquationsFit, add: Add, covered: Set<string>): void {
  const { code, reason } = fit.verdict;
  for (const name of ["separation", "not-identified", "failed"]) covered.add(name);
  if (code === "converged") add("convergence", "ok", said.converged(null));
  else if (code === "separation") add("identification", "problem", said.separated(reason, []));
  else add("convergence", "problem", said.notConverged(reason));
  const { count } = fit.clusters;
  const { std_err } = fit.glance();
  covered.add("few-clusters");
  if (count < FEW_CLUSTERS && (std_err === "robust" || std_err === "naive"))
    add("groups", "note", said.fewClustersOfGee(count), { clusters: count });
}
