/**
 * R² of a mixed model: Nakagawa's marginal (fixed effects) and conditional (fixed and random) share of the variance, and each group's, on the scale of the link or,
 * by integrals over the random effects, of the response.
 */
import { type InferOutput, optional } from "valibot";
import { isOfMeanAlone } from "../data/design.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { rSquaredNeeds } from "../messages/diagnose.ts";
import { iccOfRandomDispersion } from "../messages/effects.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import { iccWithKnownVariances } from "../messages/known-variance-fits.ts";
import { intervalNotOf } from "../messages/profile.ts";
import type { DistributionFit, Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { requireFit } from "../model/require-fit.ts";
import { atOnce } from "../optimise/pausable.ts";
import { choice, confidenceLevel, seedOf, wholeNumber } from "../options/kinds.ts";
import { untold } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { requireDistribution } from "../prediction/fit-capabilities.ts";
import type { PossibleSummary } from "../prediction/interval.ts";
import { type Printable, printable } from "../report/printable.ts";
import { clusterBootstrap } from "./cluster-bootstrap.ts";
import { sourceMethods } from "./interval-source.ts";
import { addsConstant, latentParts, observationVariances, responseParts } from "./variance-parts.ts";
import { sharesTable, sharesText } from "./variance-shares.ts";

const rSquaredOptions = optionsSchema({
  /** `link` (default): Nakagawa's. `response`: of the response itself, by integrals, of a binomial one of a single trial. */
  scale: optional(choice(["link", "response"]), "link"),
  /**
   * The variance that the response adds on the scale of the link: `lognormal` (default; of the log link ln(1 + Var[Y]/λ²), of others their own, π²/3 of the
   * logit), `delta` (Var[Y] over the squared slope of the inverse link) or `trigamma` (of the log link).
   */
  observation: optional(choice(observationVariances), "lognormal"),
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Intervals: `wald` on the logit scale (the default of maximum likelihood), `profile`, `bootstrap` of clusters, or `posterior`, a posterior's only ones. */
  ci: optional(choice([...sourceMethods, "bootstrap"])),
  /** Resamples of a bootstrap, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** Of a bootstrap, default 1. */
  seed: optional(seedOf, 1),
});

export type RSquaredOptions = OptionsOf<typeof rSquaredOptions>;

type Read = InferOutput<typeof rSquaredOptions>;

export interface RSquaredRow extends PossibleSummary {
  /**
   * `r2_marginal`: of the fixed effects; `r2_conditional`: of all effects; `share`: of one group's effects in all variance; `icc`: of random effects in the variance
   * that the fixed ones leave.
   */
  readonly measure: "r2_marginal" | "r2_conditional" | "share" | "icc";
  /** Null: all. */
  readonly group: string | null;
}

export interface RSquared extends Printable {
  readonly scale: "link" | "response";
  readonly rows: readonly RSquaredRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * R² of the fixed effects, of all effects and of each group, and the intraclass correlation, with intervals.
 *
 * Random slopes count with their variance at the rows' own values (Johnson 2014). On the scale of the response the marginal and conditional means are exact
 * integrals, so that R² of any family and link lies between 0 and 1.
 *
 * @throws DeclarationError for estimating equations, known variances, random effects in the dispersion, and links without a formula on their scale
 * @example
 * rSquared(fit).print();
 * rSquared(fit, { scale: "response", ci: "profile" }).rows;
 */
export function rSquared(fit: Fit, options?: RSquaredOptions): RSquared {
  requireFit(fit, "rSquared()");
  const read = readOptions(rSquaredOptions, options, { of: "rSquared()" });
  requireDistribution(fit, "R²");
  const { design, family } = fit.model;
  refuseParts(fit.model, { "known variances": iccWithKnownVariances });
  if (design.random.some((term) => !isOfMeanAlone(term)) && !family.curve)
    throw declarationFault(iccOfRandomDispersion());
  if (family.categories || family.curve)
    throw declarationFault(
      rSquaredNeeds(
        family.curve
          ? "R² splits the variance by the terms of a linear mean, and this one is nonlinear: compare models by anova() or loo() instead."
          : "R² is of responses that are numbers, and this one has ordered categories: compare models by anova() or loo() instead.",
      ),
    );
  const groups = [...new Set(design.random.map(({ group }) => group))];
  const labels: Pick<RSquaredRow, "measure" | "group">[] = [
    { measure: "r2_marginal", group: null },
    { measure: "r2_conditional", group: null },
    ...groups.map((group) => ({ measure: "share" as const, group })),
    ...(groups.length > 0 ? [{ measure: "icc" as const, group: null }] : []),
  ];
  const { rows, warnings } =
    read.ci === "bootstrap"
      ? bootstrapped(fit, labels, groups, read)
      : atOnce(sharesTable(fit, labels, evaluateShares(fit, groups, read), wantedShares(fit, labels, read), untold));
  const result = { scale: read.scale, rows, warnings };
  const scale = family.link === "identity" ? null : read.scale;
  return printable(result, (style) => sharesText(rows, warnings, scale, style));
}

/** What a bootstrap does not serve. */
const wantedShares = (
  { model }: DistributionFit,
  labels: readonly Pick<RSquaredRow, "measure" | "group">[],
  { scale, ci, confLevel, observation }: Read,
) => ({
  scale,
  ci: ci === "bootstrap" ? undefined : ci,
  confLevel,
  // beside a constant of the link the random effects alone make the correlation
  ofVariancesAlone: (k: number) =>
    scale === "link" && labels[k]!.measure === "icc" && addsConstant(model.family, observation),
});

/** The shares at x, in the order of the labels. */
function evaluateShares(fit: DistributionFit, groups: readonly string[], { scale, observation }: Read) {
  const parts = scale === "link" ? latentParts(fit, groups, observation) : responseParts(fit, groups);
  return (x: Float64Array, out: ArrayLike<number> & { [place: number]: number }): void => {
    const { fixed, random, interaction, residual } = parts(x);
    const effects = random.reduce((sum, value) => sum + value, 0) + interaction;
    const all = fixed + effects + residual;
    out[0] = fixed / all;
    out[1] = (fixed + effects) / all;
    random.forEach((value, g) => {
      out[2 + g] = value / all;
    });
    if (groups.length > 0) out[2 + groups.length] = effects / (effects + residual);
  };
}

function bootstrapped(
  fit: DistributionFit,
  labels: readonly Pick<RSquaredRow, "measure" | "group">[],
  groups: readonly string[],
  read: Read,
) {
  if (!(fit instanceof MaximumLikelihood)) throw new DeclarationError([intervalNotOf("bootstrap", fit.method)]);
  const { draws, seed, confLevel } = read;
  const found = clusterBootstrap(fit, {
    draws,
    seed,
    confLevel,
    statistic: (again) => {
      const out: number[] = [];
      if (again.kind === "ml") evaluateShares(again, groups, read)(again.estimate, out);
      return Object.fromEntries(out.map((value, k) => [String(k), value]));
    },
  });
  return {
    rows: found.rows.map(
      ({ estimate, std_error, conf_low, conf_high }, k): RSquaredRow => ({
        ...labels[k]!,
        estimate,
        std_error,
        conf_low,
        conf_high,
      }),
    ),
    warnings: found.warnings,
  };
}
