/**
 * Shares of the variance on the scale of the link: intraclass correlations of the groups, and R² of fixed and of all effects.
 *
 * Variance of a random term: mean over the rows of z'Σz (Johnson 2014, Methods in Ecology and Evolution 5, 944–946). Variance that the
 * response adds on the scale of the link (Nakagawa, Johnson & Schielzeth 2017, J. R. Soc. Interface 14, 20170213): σ² for the
 * identity link, π²/3 logit, 1 probit, π²/6 (complementary) log-log, ln(1 + Var[Y]/λ²) log (their eq. 5.8 and table 2), Var[Y]/(4λ) square root,
 * with λ the population mean averaged over the rows. Where the dispersion has a predictor, Var[Y] is the average over the rows.
 */

import { type InferOutput, optional } from "valibot";
import { isOfMeanAlone } from "../data/design.ts";
import { iccNeedsRandomEffects, iccOfRandomDispersion } from "../messages/effects.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { iccWithKnownVariances } from "../messages/known-variance-fits.ts";
import { iccNotDefined } from "../messages/residual-fits.ts";
import type { DistributionFit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import { choice, confidenceLevel } from "../options/kinds.ts";
import { doneOrPromised, type InSlices, longWorkEntries, type Report } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { requireDistribution } from "../prediction/fit-capabilities.ts";
import type { PossibleSummary } from "../prediction/interval.ts";
import { type Printable, printable } from "../report/printable.ts";
import { sourceMethods } from "./interval-source.ts";
import { addsConstant, latentParts } from "./variance-parts.ts";
import { sharesTable, sharesText } from "./variance-shares.ts";

const intraclassCorrelationEntries = {
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Intervals: `wald` (the default of maximum likelihood), `profile`, or `posterior`, a posterior's only ones. */
  ci: optional(choice(sourceMethods)),
};

const intraclassCorrelationOptions = optionsSchema(intraclassCorrelationEntries);
const intraclassCorrelationInSlices = optionsSchema({ ...intraclassCorrelationEntries, ...longWorkEntries });

export type IntraclassCorrelationOptions = OptionsOf<typeof intraclassCorrelationOptions>;

export interface VarianceShare extends PossibleSummary {
  /** `icc` of a group, `icc` of all groups together (group null), `r2_marginal` (fixed effects), `r2_conditional` (fixed and random). */
  readonly measure: "icc" | "r2_marginal" | "r2_conditional";
  readonly group: string | null;
}

/** The rows, which print themselves as a table, and what is to be known of them. */
export type VarianceShares = readonly VarianceShare[] & Printable & { readonly warnings: readonly FitWarning[] };

/**
 * Intraclass correlations (variance of the group's effects over all variance but that of the fixed effects) and R², with
 * delta-method errors and intervals on the logit scale (maximum likelihood), by profile likelihood, or draw by draw (posterior).
 *
 * @returns the shares; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError without random effects in the mean, and for links without a formula
 * @example
 * intraclassCorrelation(fit).print();
 * intraclassCorrelation(fit)[0]; // { measure: "icc", group: "herd", estimate: 0.11, std_error: 0.06, … }
 */
export function intraclassCorrelation(
  fit: DistributionFit,
  options: InSlices<IntraclassCorrelationOptions>,
): Promise<VarianceShares>;
export function intraclassCorrelation(fit: DistributionFit, options?: IntraclassCorrelationOptions): VarianceShares;
export function intraclassCorrelation(
  fit: DistributionFit,
  options?: IntraclassCorrelationOptions,
): VarianceShares | Promise<VarianceShares> {
  requireFit(fit, "intraclassCorrelation()");
  const read = readOptions(intraclassCorrelationInSlices, options, { of: "intraclassCorrelation()" });
  return doneOrPromised((report) => varianceShares(fit, read, report), read);
}

function* varianceShares(
  fit: DistributionFit,
  { confLevel, ci }: InferOutput<typeof intraclassCorrelationOptions>,
  report: Report,
): Pausable<VarianceShares> {
  requireDistribution(fit, "The intraclass correlation");
  const { design } = fit.model;
  refuseParts(fit.model, { "known variances": iccWithKnownVariances, "residual structure": iccNotDefined });
  if (design.random.some((term) => !isOfMeanAlone(term))) throw declarationFault(iccOfRandomDispersion());
  if (design.random.length === 0) throw declarationFault(iccNeedsRandomEffects());
  const groups = [...new Set(design.random.map(({ group }) => group))];
  const labels: Pick<VarianceShare, "measure" | "group">[] = [
    ...groups.map((group) => ({ measure: "icc" as const, group })),
    { measure: "icc", group: null },
    { measure: "r2_marginal", group: null },
    { measure: "r2_conditional", group: null },
  ];
  const { rows, warnings } = yield* sharesTable(
    fit,
    labels,
    sharesOf(fit, groups),
    {
      scale: "link",
      ci,
      confLevel,
      ofVariancesAlone: (k) => labels[k]!.measure === "icc" && addsConstant(fit.model.family),
    },
    report,
  );
  // a single group's correlation is that of all groups together
  const shown = rows.filter((_, k) => groups.length !== 1 || k !== 1);
  const scale = fit.model.family.link === "identity" ? null : "link";
  const result = Object.defineProperty(shown, "warnings", { value: warnings }) as typeof shown &
    Pick<VarianceShares, "warnings">;
  return printable(result, (style) => sharesText(shown, warnings, scale, style));
}

/** Shares at x: ICC by group, of all groups, R² of the fixed effects, R² of all effects. */
function sharesOf(fit: DistributionFit, groups: readonly string[]): (x: Float64Array, out: Float64Array) => void {
  const evaluate = latentParts(fit, groups);
  return (x, out) => {
    const { fixed, random, residual } = evaluate(x);
    const all = random.reduce((sum, value) => sum + value, 0);
    random.forEach((value, g) => {
      out[g] = value / (all + residual);
    });
    out[groups.length] = all / (all + residual);
    out[groups.length + 1] = fixed / (fixed + all + residual);
    out[groups.length + 2] = (fixed + all) / (fixed + all + residual);
  };
}
