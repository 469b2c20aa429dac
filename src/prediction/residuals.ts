/** Residuals of the fitted rows. */

import { optional } from "valibot";
import { residualsNeedVariance } from "../messages/effects.ts";
import { DeclarationError, declarationFault } from "../messages/issue.ts";
import { ordinalResiduals } from "../messages/ordinal.ts";
import { normalizedOnlyGaussian } from "../messages/residual-fits.ts";
import type { Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { residualScale } from "../model/residual-scale.ts";
import { choice } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { requireDistribution } from "./fit-capabilities.ts";
import { effectsByDraw } from "./predict.ts";
import { meanKernel } from "./response-mean.ts";
import { rowMeans } from "./row-means.ts";

/**
 * `response`: y − μ̂ (binomial: of the share of successes). `pearson`: divided by the standard deviation of the response given its groups.
 * `normalized` (Gaussian): the Pearson residuals of a group times the inverse Cholesky factor of their estimated correlation, uncorrelated
 * where the residual structure is right (Pinheiro & Bates 2000, p. 239).
 */
export type ResidualType = "response" | "pearson" | "normalized";

const residualOptions = optionsSchema({
  /** Default `response`. */
  type: optional(choice(["response", "pearson", "normalized"]), "response"),
});

export type ResidualOptions = OptionsOf<typeof residualOptions>;

/**
 * Conditional residuals, a number a row of the fit: the response less its mean given the row's groups, at the conditional modes
 * or averaged over the posterior draws.
 *
 * The Pearson residual divides by the whole conditional standard deviation √Var[Y | b, φ], dispersion included, so that it is about 1 in size for
 * every family; lme4's leaves the dispersion of Gaussian and gamma models in.
 *
 * @throws DeclarationError for Pearson residuals of a family that states no variance
 * @example
 * residuals(fit, { type: "pearson" });
 */
export function residuals(fit: Fit, options?: ResidualOptions): Float64Array {
  requireFit(fit, "residuals()");
  const { type } = readOptions(residualOptions, options, { of: "residuals()" });
  if (fit.kind === "gee") {
    if (type !== "normalized") return fit.residuals(type);
    requireDistribution(fit, "A normalized residual");
  }
  const { design, family, layout } = fit.model;
  refuseParts(fit.model, { categories: ordinalResiduals });
  if (type === "normalized" && !family.normal) throw new DeclarationError([normalizedOnlyGaussian()]);
  if (type !== "response" && !family.variance) throw declarationFault(residualsNeedVariance(family.name));
  const { n, y, trials } = design;
  const means = rowMeans(family, layout, design, "conditional");
  const kernel = type === "response" ? null : meanKernel(family);
  const structure = kernel ? fit.model.residual.structure() : null;
  const { psiAt } = residualScale(fit.model);
  const scaled = new Float64Array(n);
  const variance = new Float64Array(n);
  const total = new Float64Array(n);
  const columns = dataColumns(design);
  const add = (x: Float64Array, b: readonly Float64Array[] | null) => {
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
  if (fit.kind === "ml") {
    add(fit.estimate, fit.modes);
    return total;
  }
  const draws = ownDraws(fit);
  const count = draws.chains * draws.drawsPerChain;
  const effects = means.usesEffects ? effectsByDraw(fit) : null;
  for (let d = 0; d < count; d++)
    add(draws.values.subarray(d * draws.size, (d + 1) * draws.size), effects ? effects(d) : null);
  return total.map((sum) => sum / count);
}

/** What a variance reads of the data besides η. */
function dataColumns({ trials, weights, y, columns }: Fit["model"]["design"]): Record<string, Float64Array> {
  return { y, ...columns, ...(trials ? { trials } : {}), ...(weights ? { weights } : {}) };
}
