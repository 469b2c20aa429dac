/** What is doubtful about a fit, in sentences with their numbers and what to try next. */
import { type InferOutput, optional } from "valibot";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import * as said from "../messages/findings.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import type { Fit } from "../model/fit.ts";
import { countedBy } from "../model/refuse-frequencies.ts";
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
import {
  chainFindings,
  clusterFindings,
  collinearityFinding,
  groupFindings,
  saturationFinding,
  verdictFindings,
} from "./estimate-findings.ts";
import type { Add, DiagnoseCheck, Finding } from "./finding.ts";
import { influenceFinding, integralFinding, normalityFinding, simulationFindings } from "./simulated-findings.ts";

const diagnoseOptions = optionsSchema({
  /** The same seed gives the same simulations; default those of `residualTests` and `randomEffectsNormality`, whose numbers are found. */
  seed: optional(seedOf),
  ...longWorkEntries,
});

export type DiagnoseOptions = OptionsOf<typeof diagnoseOptions>;

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

/** Most rows by which the costlier checks are done. */
const MOST_ROWS = 200_000;

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
  if (fit.kind === "ml") verdictFindings(fit, add, covered);
  else if (fit.kind === "posterior") chainFindings(fit, add, covered);
  else clusterFindings(fit, add, covered);
  collinearityFinding(fit, add);
  if (fit.kind !== "gee") groupFindings(fit, add);
  const sound = !exact && findings.every(({ check, status }) => check !== "identification" || status !== "problem");
  if (fit.kind !== "gee" && fit.model.design.n <= MOST_ROWS && sound) {
    const column = countedBy(fit.model);
    if (column === null) yield* attempt(add, "simulation", () => simulationFindings(fit, seed, add, report));
    else add("simulation", "note", said.notSimulated(column), { column });
    if (fit.kind === "ml") {
      if (fit instanceof MaximumLikelihood) yield* attempt(add, "integral", () => integralFinding(fit, add, covered));
      yield* attempt(add, "influence", () => influenceFinding(fit, add, report));
      if (column === null) yield* attempt(add, "normality", () => normalityFinding(fit, seed, add, report));
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

/** Refusals of what a model has not: influence by updating where rows are correlated, the mean has several predictors, or no likelihood was maximised. */
const LEFT_OUT: readonly IssueCode[] = ["influence", "robust-cluster", "robust-covariance"];

/** A check that a model has not is left out; one that is refused for another reason says so. */
function* attempt(add: Add, check: DiagnoseCheck, work: () => Pausable<void>): Pausable<void> {
  try {
    yield* work();
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    if (error.issues.every(({ code }) => LEFT_OUT.includes(code))) return;
    add(check, "note", said.notLookedAt(error.issues.map(({ message }) => message)));
  }
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
