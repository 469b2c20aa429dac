/** Residuals of the fitted rows. */
import { declarationFault, residualsNeedVariance, unknownOption } from "../messages/effects.ts";
import type { Fit } from "../model/fit.ts";
import { effectsByDraw } from "./predict.ts";
import { meanKernel } from "./response-mean.ts";
import { rowMeans } from "./row-means.ts";

/** `response`: y − μ̂ (binomial: of the share of successes). `pearson`: divided by the standard deviation of the response given its groups. */
export type ResidualType = "response" | "pearson";

export interface ResidualOptions {
  /** Default `response`. */
  readonly type?: ResidualType;
}

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
export function residuals(fit: Fit, { type = "response" }: ResidualOptions = {}): Float64Array {
  if (type !== "response" && type !== "pearson")
    throw declarationFault(unknownOption("type", type, ["response", "pearson"]));
  const { design, family, layout } = fit.model;
  if (type === "pearson" && !family.variance) throw declarationFault(residualsNeedVariance(family.name));
  const { n, y, trials } = design;
  const means = rowMeans(family, layout, design, "conditional");
  const kernel = type === "pearson" ? meanKernel(family) : null;
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
      total[i]! += kernel ? difference / Math.sqrt(variance[i]!) : difference / size;
    }
  };
  if (fit.kind === "ml") {
    add(fit.estimate, fit.modes);
    return total;
  }
  const { draws } = fit;
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
