/** The mean of a response given its linear predictors, with random effects in them or integrated out of them. */

import { compileMean, type MeanKernel } from "../autodiff/compile-mean.ts";
import {
  type DistributionParameter,
  distributionParameters,
  type Parametrised,
} from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import { noVariance } from "../messages/families.ts";
import { refusal } from "../messages/issue.ts";
import type { ConditionalMean, MeanBuffers } from "./conditional-mean.ts";
import { jointPopulationMean } from "./joint-population-mean.ts";
import { type LinkFunction, linkFunction } from "./link-function.ts";
import { populationMean } from "./population-mean.ts";

export interface ResponseMean {
  /**
   * Fills `out` for the first n rows with E[Y | η + e, φ] over e ~ N(0, V), and its derivatives.
   *
   * @param variance v_r a row by predictor; null = no random effects integrated out of that predictor
   * @param columns data columns that the mean reads besides η and φ (`DesignRows.columns`)
   * @param covariance of e_r and e_s, r > s, at r(r − 1)/2 + s; null or absent = independent
   */
  evaluate(
    eta: readonly Float64Array[],
    variance: readonly (Float64Array | null)[],
    phi: Float64Array,
    n: number,
    out: MeanBuffers,
    columns?: Readonly<Record<string, Float64Array>>,
    covariance?: readonly (Float64Array | null)[],
  ): void;
}

/** The parameters on whose linear predictors the mean depends. */
const predictorsOfMean = (family: Parametrised): readonly DistributionParameter[] =>
  distributionParameters(family).filter(({ predictor, said }) => predictor !== null && (!said || said.movesMean));

/**
 * The link where the mean is g⁻¹ of its only predictor, so that it depends on nothing else, whatever parameters have predictors beside it; null where
 * the family has a mean of its own.
 */
export function meanLink(family: Family): LinkFunction | null {
  const { categories, link } = family;
  if (categories || distributionParameters(family).some(({ said }) => said?.movesMean)) return null;
  return predictorsOfMean(family).length === 1 && link !== "custom" ? linkFunction(link) : null;
}

/** Mean through a named link of the first predictor: closed forms and one-dimensional integrals. What the others have in them does not move it. */
function linkMean(link: LinkFunction): ResponseMean {
  return {
    evaluate(eta, variance, _phi, n, out) {
      populationMean(link, ofMean(eta), ofMean(variance), n, out.value, ofMean(out.dEta), ofMean(out.dVariance));
      for (const d of out.dPhi) d.fill(0, 0, n);
    },
  };
}

/** Mean of the family's own, traced and differentiated: an integral over the row's predictors. */
export function customMean(mean: ConditionalMean): ResponseMean {
  return {
    evaluate: (eta, variance, phi, n, out, columns, covariance) =>
      jointPopulationMean(mean, eta, variance, phi, n, out, columns, covariance),
  };
}

const kernels = new WeakMap<Family, MeanKernel>();

/** The traced mean and variance of a family, compiled once. */
export function meanKernel(family: Family): MeanKernel {
  let kernel = kernels.get(family);
  if (!kernel) {
    kernel = compileMean(family);
    kernels.set(family, kernel);
  }
  return kernel;
}

const varianceKernels = new WeakMap<Family, MeanKernel>();

/** The traced variance of a family with its derivatives, compiled once: a kernel whose "mean" is the variance. */
export function varianceKernel(family: Family): MeanKernel {
  let kernel = varianceKernels.get(family);
  if (!kernel) {
    const { variance, ...rest } = family;
    if (!variance) throw refusal("no-variance", ["family", family.name], noVariance(family.name));
    kernel = compileMean({ ...rest, mean: variance });
    varianceKernels.set(family, kernel);
  }
  return kernel;
}

/** The traced mean of a family as a function of η and φ. */
export function tracedMean(family: Family): ConditionalMean {
  const kernel = meanKernel(family);
  const { predictors, globals } = kernel;
  return {
    predictors,
    globals,
    evaluate(eta, phi, n, out, columns) {
      kernel.evaluate(eta, phi, n, out, columns);
    },
  };
}

const means = new WeakMap<Family, ResponseMean>();

/** The mean of a family, compiled once. */
export function responseMean(family: Family): ResponseMean {
  let mean = means.get(family);
  if (!mean) {
    const link = meanLink(family);
    mean = link ? linkMean(link) : customMean(tracedMean(family));
    means.set(family, mean);
  }
  return mean;
}
