/** Residuals of the fitted rows. */

import { optional } from "valibot";
import { marginalNormalized, residualsNeedDeviance, workingNeedsOnePredictor } from "../messages/diagnose.ts";
import { residualsNeedVariance } from "../messages/effects.ts";
import { DeclarationError, declarationFault } from "../messages/issue.ts";
import { ordinalResiduals } from "../messages/ordinal-fits.ts";
import { normalizedOnlyGaussian } from "../messages/residual-fits.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { DistributionFit, Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { residualScale } from "../model/residual-scale.ts";
import { choice, seedOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { effectsByDraw } from "./draw-source.ts";
import { requireDistribution } from "./fit-capabilities.ts";
import { quantileScores, randomised, responseDistribution } from "./response-distribution.ts";
import { meanKernel } from "./response-mean.ts";
import { responseMoments, varianceColumns } from "./response-moments.ts";
import { rowMeans } from "./row-means.ts";

/**
 * `response`: y − μ̂ (binomial: of the share of successes). `pearson`: divided by the standard deviation of the response. `deviance`: the signed root of
 * the row's deviance, as R's families have it, times its weight. `working`: (y − μ̂) dη/dμ. `normalized` (Gaussian): the Pearson residuals of a
 * group times the inverse Cholesky factor of their estimated correlation, uncorrelated where the residual structure is right (Pinheiro &
 * Bates 2000, p. 239). `quantile`: randomised quantile residuals, standard normal if the model is right (`quantileResiduals`).
 */
export type ResidualType = "response" | "pearson" | "deviance" | "working" | "normalized" | "quantile";

const residualTypes = ["response", "pearson", "deviance", "working", "normalized", "quantile"] as const;

const residualOptions = optionsSchema({
  /** Default `response`. */
  type: optional(choice(residualTypes), "response"),
  /** `conditional`: given the random effects of the row's groups (default). `marginal`: with them integrated out, as for a new group. */
  randomEffects: optional(choice(["conditional", "marginal"]), "conditional"),
  /** Of the randomisation of quantile residuals of discrete responses; default "residuals". */
  seed: optional(seedOf, "residuals"),
});

export type ResidualOptions = OptionsOf<typeof residualOptions>;

/** Adds the residuals of one set of parameters to `total`. */
type AddResiduals = (x: Float64Array, b: readonly Float64Array[] | null, total: Float64Array) => void;

/**
 * Residuals, a number a row of the fit: the response against its distribution given the row's groups, at the conditional modes, or with the random
 * effects integrated out; averaged over the draws of a posterior.
 *
 * The Pearson residual divides by the whole standard deviation, dispersion included (and with `marginal` the random effects), so that it is about 1 in
 * size for every family; lme4's leaves the dispersion of Gaussian and gamma models in.
 *
 * @throws DeclarationError for Pearson residuals of a family that states no variance, deviance residuals of one without a deviance
 * @example
 * residuals(fit, { type: "pearson" });
 * residuals(fit, { type: "quantile", randomEffects: "marginal" });
 */
export function residuals(fit: Fit, options?: ResidualOptions): Float64Array {
  requireFit(fit, "residuals()");
  const { type, randomEffects, seed } = readOptions(residualOptions, options, { of: "residuals()" });
  if (fit.kind === "gee") {
    if (type === "response" || type === "pearson") return fit.residuals(type);
    requireDistribution(fit, `A ${type} residual`);
  }
  const { model } = fit;
  const { n } = model.design;
  if (type === "quantile") return quantile(fit, randomEffects, seed);
  refuseParts(model, { categories: ordinalResiduals });
  if (type === "normalized" && !model.family.normal) throw new DeclarationError([normalizedOnlyGaussian()]);
  if (type === "normalized" && randomEffects === "marginal") throw declarationFault(marginalNormalized());
  const add =
    type === "deviance"
      ? devianceResiduals(model, randomEffects)
      : type === "working"
        ? workingResiduals(model, randomEffects)
        : type !== "response" && randomEffects === "marginal"
          ? marginalPearson(model)
          : differences(model, type, randomEffects);
  const total = new Float64Array(n);
  const count = eachParameters(fit, randomEffects, (x, b) => add(x, b, total));
  return total.map((sum) => sum / count);
}

/** Calls `visit` at the estimate, or at every draw of a posterior; gives how often. */
function eachParameters(
  fit: DistributionFit,
  randomEffects: "conditional" | "marginal",
  visit: (x: Float64Array, b: readonly Float64Array[] | null) => void,
): number {
  const conditional = randomEffects === "conditional" && fit.model.design.random.length > 0;
  if (fit.kind === "ml") {
    visit(fit.estimate, conditional ? fit.modes : null);
    return 1;
  }
  const draws = ownDraws(fit);
  const count = draws.chains * draws.drawsPerChain;
  const effects = conditional ? effectsByDraw(fit) : null;
  for (let d = 0; d < count; d++)
    visit(draws.values.subarray(d * draws.size, (d + 1) * draws.size), effects ? effects(d) : null);
  return count;
}

const meansOf = ({ family, layout, design }: CompiledModel, randomEffects: "conditional" | "marginal") =>
  rowMeans(family, layout, design, randomEffects === "conditional" ? "conditional" : "population");

/** Differences from the mean, as they are or over conditional standard deviations. */
function differences(
  model: CompiledModel,
  type: "response" | "pearson" | "normalized",
  randomEffects: "conditional" | "marginal",
): AddResiduals {
  const { family, layout, design } = model;
  if (type !== "response" && !family.variance) throw declarationFault(residualsNeedVariance(family.name));
  const { n, y, trials } = design;
  const means = meansOf(model, randomEffects);
  const kernel = type === "response" ? null : meanKernel(family);
  const structure = kernel ? model.residual.structure() : null;
  const { psiAt } = residualScale(model);
  const scaled = new Float64Array(n);
  const variance = new Float64Array(n);
  const columns = varianceColumns(design);
  return (x, b, total) => {
    means.evaluate(x, b);
    if (kernel) {
      const phi = x.slice(layout.phi.offset, layout.phi.offset + layout.phi.size);
      kernel.variance(means.eta, phi, n, variance, columns);
    }
    for (let i = 0; i < n; i++) {
      const size = trials ? trials[i]! : 1;
      const difference = y[i]! - size * means.mean.value[i]!;
      scaled[i] = kernel ? difference / Math.sqrt(variance[i]!) : difference / size;
    }
    if (structure?.set(x, psiAt)) {
      if (type === "normalized") structure.whiten(scaled);
      else for (let i = 0; i < n; i++) scaled[i]! /= structure.sd[i]!;
    }
    for (let i = 0; i < n; i++) total[i]! += scaled[i]!;
  };
}

/** Differences from the population mean over the standard deviation that the random effects are part of. */
function marginalPearson(model: CompiledModel): AddResiduals {
  const { family, design } = model;
  if (!family.variance) throw declarationFault(residualsNeedVariance(family.name));
  const { n, y, trials } = design;
  const moments = responseMoments(model);
  const structure = model.residual.structure();
  const { psiAt } = residualScale(model);
  return (x, _, total) => {
    moments.evaluate(x);
    const sd = structure.set(x, psiAt) ? structure.sd : null;
    for (let i = 0; i < n; i++) {
      const size = trials ? trials[i]! : 1;
      const variance = moments.within[i]! * (sd ? sd[i]! ** 2 : 1) + size * size * moments.between[i]!;
      total[i]! += (y[i]! - size * moments.mean[i]!) / Math.sqrt(variance);
    }
  };
}

function devianceResiduals(model: CompiledModel, randomEffects: "conditional" | "marginal"): AddResiduals {
  const { family, layout, design } = model;
  const { unitDeviance } = family;
  if (!unitDeviance) throw declarationFault(residualsNeedDeviance(family.name));
  const { n, y, trials, weights } = design;
  const means = meansOf(model, randomEffects);
  return (x, b, total) => {
    means.evaluate(x, b);
    const parameter = Object.fromEntries(family.parameters.map(({ name }, g) => [name, x[layout.phi.offset + g]!]));
    for (let i = 0; i < n; i++) {
      const mu = means.mean.value[i]!;
      const deviance = unitDeviance(y[i]!, mu, {
        eta: means.eta.map((values) => values[i]!),
        parameter,
        column: { y: y[i]!, trials: trials?.[i] ?? 1 },
      });
      const sign = y[i]! < (trials?.[i] ?? 1) * mu ? -1 : 1;
      total[i]! += sign * Math.sqrt(Math.max(0, deviance) * (weights?.[i] ?? 1));
    }
  };
}

function workingResiduals(model: CompiledModel, randomEffects: "conditional" | "marginal"): AddResiduals {
  if (model.family.curve) throw declarationFault(workingNeedsOnePredictor());
  const { n, y, trials } = model.design;
  const means = meansOf(model, randomEffects);
  return (x, b, total) => {
    means.evaluate(x, b);
    const slope = means.mean.dEta[0]!;
    for (let i = 0; i < n; i++) total[i]! += (y[i]! / (trials?.[i] ?? 1) - means.mean.value[i]!) / slope[i]!;
  };
}

/** Φ⁻¹ of the distribution function, averaged over the draws of a posterior, randomised where it jumps. */
function quantile(
  fit: DistributionFit,
  randomEffects: "conditional" | "marginal",
  seed: string | number,
): Float64Array {
  const { n } = fit.model.design;
  const distribution = responseDistribution(fit.model, randomEffects);
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const count = eachParameters(fit, randomEffects, (x, b) => {
    distribution.evaluate(x, b);
    for (let i = 0; i < n; i++) {
      lower[i]! += distribution.lower[i]!;
      upper[i]! += distribution.upper[i]!;
    }
  });
  return quantileScores(
    randomised(
      lower.map((sum) => sum / count),
      upper.map((sum) => sum / count),
      seed,
    ),
  );
}
