/**
 * How much prior and likelihood matter to a posterior: each is raised to a power α near 1, by importance weights on the draws, and the
 * change of every parameter's posterior is measured. Kallioinen, Paananen, Bürkner & Vehtari (2024), "Detecting and diagnosing prior and
 * likelihood sensitivity with power-scaling", Statistics and Computing 34:57.
 */

import { type InferOutput, optional } from "valibot";
import { pooled } from "../diagnostics/chains.ts";
import { paretoKThreshold, psis } from "../diagnostics/pareto-smoothing.ts";
import {
  badCalibrationOption,
  samplerWithOwnPrior,
  sensitivities,
  sensitivityNeedsPriors,
  unreliableWeights,
} from "../messages/calibration.ts";
import { needsPosterior } from "../messages/checks.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { estimatedParameters, otherComponent, termInWords } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { listOf, positiveNumber, proportion, text } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { naturalLogPrior } from "../priors/natural-log-prior.ts";
import type { ResolvedPrior } from "../priors/resolved.ts";
import type { Printable } from "../report/printable.ts";
import { printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import { drawsOf } from "../samplers/draws-of.ts";
import { hyperOf } from "../samplers/hyper-draws.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { cumulativeJensenShannon } from "./jensen-shannon.ts";

const powerScaleOptions = optionsSchema({
  /** Scale these priors only: classes as `fixed`, or single ones as `sd:herd.(Intercept)`. Default all. */
  priors: optional(listOf(text, 'a list of priors, as ["sd:herd"]')),
  /** Powers are 1 + delta and 1/(1 + delta); default 0.01. */
  delta: optional(proportion, 0.01),
  /** Sensitivities above this are called out; default 0.05, about a shift of a quarter of a posterior sd when a component is doubled. */
  threshold: optional(positiveNumber, 0.05),
  ...longWorkEntries,
});

export type PowerScaleOptions = OptionsOf<typeof powerScaleOptions>;

export interface SensitivityRow {
  /** Component of tables that the parameter belongs to, as `disp`; absent: the mean's. */
  readonly component?: string;
  readonly group: string | null;
  readonly term: string;
  /** Change of the posterior (cumulative Jensen-Shannon distance) per doubling of the prior's power, at α = 1. */
  readonly prior: number;
  /** The same for the likelihood's power. */
  readonly likelihood: number;
  readonly diagnosis: keyof typeof sensitivities;
}

export interface PowerScaleSensitivity extends Printable {
  readonly rows: readonly SensitivityRow[];
  /** The largest Pareto k of the weights of either component. */
  readonly paretoK: { readonly prior: number; readonly likelihood: number };
  readonly warnings: readonly FitWarning[];
}

interface Component {
  /** Weights at each power. */
  readonly weights: readonly Float64Array[];
  readonly paretoK: number;
}

function scaled(logDensity: Float64Array, powers: readonly number[]): Component {
  const smoothed = powers.map((power) => psis(logDensity.map((value) => (power - 1) * value)));
  return {
    weights: smoothed.map(({ logWeights }) => logWeights.map(Math.exp)),
    // equal ratios have no tail, and nothing to be wrong with it
    paretoK: Math.max(...smoothed.map(({ paretoK }) => (Number.isFinite(paretoK) ? paretoK : 0))),
  };
}

/**
 * Power-scaling sensitivity of every reported parameter to the priors and to the likelihood.
 *
 * The likelihood is the one with the random effects integrated out, and the prior that of the parameters: what groups share. Both sensitive:
 * prior and data disagree. Prior only: the prior is strong, or the data say little. Costs one integral a draw.
 *
 * @returns the table; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for a fit without draws, where no prior that is to be scaled is proper, or an option is out of range
 * @example
 * powerScaleSensitivity(bayes).print();
 */
export function powerScaleSensitivity<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Posterior,
  options?: PowerScaleOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<PowerScaleSensitivity, Signal, Told>;
export function powerScaleSensitivity(
  fit: Posterior,
  options?: PowerScaleOptions,
): PowerScaleSensitivity | Promise<PowerScaleSensitivity> {
  requireFit(fit, "powerScaleSensitivity()");
  const read = readOptions(powerScaleOptions, options, { of: "powerScaleSensitivity()" });
  if ((fit.kind as Fit["kind"]) !== "posterior")
    throw new DeclarationError([needsPosterior("Sensitivity to the priors")]);
  return doneOrPromised((report) => sensitivityOf(fit, read, report), read);
}

function* sensitivityOf(
  fit: Posterior,
  { priors: labels, delta, threshold }: InferOutput<typeof powerScaleOptions>,
  report: Report,
): Pausable<PowerScaleSensitivity> {
  const { model, sampler, resolvedPriors: priors } = fit;
  const draws = ownDraws(fit);
  if (sampler.prior) throw new DeclarationError([samplerWithOwnPrior("Sensitivity to the priors")]);
  const all = [...priors.fixed, ...priors.sd.flat(), ...priors.cor.filter((prior) => prior !== null), ...priors.phi];
  const names = ({ class: priorClass, name }: ResolvedPrior) => [priorClass, `${priorClass}:${name}`];
  const unknown = labels?.filter((label) => !all.some((prior) => names(prior).includes(label))) ?? [];
  if (unknown.length > 0)
    throw new DeclarationError([
      badCalibrationOption(
        "priors",
        unknown.join(", "),
        `a list of prior classes or of ${all.map((prior) => names(prior)[1]).join(", ")}`,
      ),
    ]);
  const chosen = (prior: ResolvedPrior) => !labels || names(prior).some((name) => labels.includes(name));
  if (!all.some((prior) => chosen(prior) && prior.distribution.name !== "flat"))
    throw new DeclarationError([sensitivityNeedsPriors(all.filter(chosen).map((prior) => names(prior)[1]!))]);

  const logPrior = naturalLogPrior(model, priors, chosen);
  const marginal = model.marginal(fit.integral ?? chooseIntegral(model, { kind: "finest" }).integral);
  const powers = [1 / (1 + delta), 1 + delta];
  const { hyper } = draws;
  const prior = scaled(pooled(drawsOf(draws, (x, d) => logPrior(x, hyper && hyperOf(hyper, d)))), powers);
  const total = draws.chains * draws.drawsPerChain;
  const logLikelihoods = new Float64Array(total);
  for (let d = 0; d < total; d++) {
    logLikelihoods[d] = marginal.evaluate(draws.values.subarray(d * draws.size, (d + 1) * draws.size));
    report("log-likelihoods", d + 1, total);
    if (pauseDue()) yield;
  }
  const likelihood = scaled(logLikelihoods, powers);
  const sensitivity = (values: Float64Array, { weights }: Component) =>
    weights.reduce((sum, w) => sum + cumulativeJensenShannon(values, w), 0) / (2 * Math.log2(1 + delta));
  const rows = estimatedParameters(model).map(({ component, group, term, value }): SensitivityRow => {
    const values = pooled(drawsOf(draws, value));
    const toPrior = sensitivity(values, prior);
    const toLikelihood = sensitivity(values, likelihood);
    const diagnosis = toPrior < threshold ? "none" : toLikelihood < threshold ? "prior" : "conflict";
    return { ...otherComponent(component), group, term, prior: toPrior, likelihood: toLikelihood, diagnosis };
  });
  const limit = paretoKThreshold(total);
  const warnings = [
    ...(prior.paretoK > limit ? [unreliableWeights("prior", prior.paretoK)] : []),
    ...(likelihood.paretoK > limit ? [unreliableWeights("likelihood", likelihood.paretoK)] : []),
  ];
  const paretoK = { prior: prior.paretoK, likelihood: likelihood.paretoK };
  return printable({ rows, paretoK, warnings }, (style) => {
    const table = textTable(
      [
        { header: "term", cells: rows.map(termInWords), align: "left" },
        { header: "prior", cells: rows.map((row) => row.prior.toFixed(3)) },
        { header: "likelihood", cells: rows.map((row) => row.likelihood.toFixed(3)) },
        { header: "diagnosis", cells: rows.map(({ diagnosis }) => sensitivities[diagnosis]), align: "left" },
      ],
      style,
    );
    const title = style("Sensitivity to powers of prior and likelihood", "title");
    return [title, "", ...table, ...warnings.map(({ message }) => style(message, "warning"))].join("\n");
  });
}
