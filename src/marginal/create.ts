/** Chooses the integral for a model: the exact Gaussian one, quadrature over one grouping factor, or Laplace over several. */

import { badNodeCount, quadratureAcrossFactors, tooManyNodes } from "../messages/integral.ts";
import { DeclarationError, refusal } from "../messages/issue.ts";
import { acrossParametersKnown, quadratureAcrossLevels } from "../messages/known-covariance.ts";
import { acrossParametersCrossed } from "../messages/nonlinear.ts";
import { quadratureOfCorrelated, residualNeedsLinearising } from "../messages/residual.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import type { ObservationKernel } from "../model/observation-kernel.ts";
import { hasTracedVariance, tracedVarianceNames } from "../nonlinear/traced-variance.ts";
import type { ResidualData } from "../residual/residual-data.ts";
import { correlatedFixed } from "./correlated/correlated-fixed.ts";
import { correlatedLaplace } from "./correlated/correlated-laplace.ts";
import { hasCorrelatedRows, isKernelOfMean } from "./correlated/correlated-rows.ts";
import { correlatedScore, type RowScore } from "./correlated/correlated-score.ts";
import { gaussianMarginal } from "./gaussian/gaussian-marginal.ts";
import type { IntegralData } from "./integral-data.ts";
import { integrateWith } from "./integral-maker.ts";
import { crossedLaplace } from "./laplace/crossed-laplace.ts";
import { fixedLikelihood } from "./laplace/fixed-likelihood.ts";
import { MOST_NODES } from "./laplace/gauss-hermite.ts";
import { groupedIntegral } from "./laplace/grouped-integral.ts";
import { areNested, groupingFactors } from "./laplace/grouping.ts";
import type { MarginalLikelihood } from "./marginal-likelihood.ts";

/** Most nodes of the product grid of one group, k^q. */
const MOST_GRID_NODES = 2000;

export interface IntegralShape {
  /**
   * No random terms; all on one grouping factor; several, each nested in the next; several otherwise, or one with a known covariance across levels,
   * or correlated rows of a nonlinear mean.
   */
  readonly kind: "none" | "grouped" | "nested" | "crossed";
  /** Random effects that act on one row: the sum of the terms' q. For `grouped` the dimension of each group's integral. */
  readonly q: number;
  /** Names of the distinct grouping factors. */
  readonly factors: readonly string[];
  /** Most nodes a dimension that adaptive Gauss-Hermite quadrature may use; 1 where there is only Laplace. */
  readonly mostNodes: number;
}

/** What integral a model's random terms make, and whether quadrature can do it. */
export function integralShape(data: Pick<IntegralData, "random" | "predictors" | "residual">): IntegralShape {
  const found = groupingFactors(data.random);
  const q = data.random.reduce((sum, term) => sum + term.q, 0);
  const factors = found.map((factor) => factor.name);
  if (found.length === 0) return { kind: "none", q, factors, mostNodes: 1 };
  if (hasCorrelatedRows(data) || found.some((factor) => factor.known))
    return { kind: "crossed", q, factors, mostNodes: 1 };
  if (found.length > 1) return { kind: areNested(found) ? "nested" : "crossed", q, factors, mostNodes: 1 };
  let mostNodes = 1;
  while (mostNodes < MOST_NODES && (mostNodes + 1) ** q <= MOST_GRID_NODES) mostNodes++;
  return { kind: "grouped", q, factors, mostNodes };
}

/** Whether the structure is part of the log density of the rows. */
const inDensity = (residual: ResidualData, columns: IntegralData["columns"]): boolean =>
  hasTracedVariance(residual) && tracedVarianceNames(residual).every((name) => columns[name] !== undefined);

/**
 * The log density of all rows given their predictors, for those who go over the rows themselves.
 *
 * @param kernel of the rows, or of the mean where they are correlated
 */
export const rowScore = (data: IntegralData, kernel: ObservationKernel): RowScore =>
  isKernelOfMean(data, kernel) ? correlatedScore(data, kernel) : kernel.bind(data.columns, data.n, data.multiplier);

/**
 * The marginal likelihood of a model by the given method.
 *
 * @param kernel the compiled log density, that of the mean where rows are correlated; may be null for `exact`, which does not use one
 * @param method `exact` for gaussian with identity link; `laplace`; `agq` with nodes a dimension (1 is Laplace)
 * @throws DeclarationError where quadrature is asked for several grouping factors, or for more than 2000 nodes a group, and for a residual
 * structure that neither the density has nor the mean's kernel serves, by any but `exact`
 * @example
 * const marginal = createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 25 });
 * const gradient = new Float64Array(marginal.layout.size);
 * const logLik = marginal.evaluate(x, gradient);
 */
export function createMarginalLikelihood(
  data: IntegralData,
  kernel: ObservationKernel | null,
  method: IntegralMethod,
): MarginalLikelihood {
  if (method.kind === "exact") return gaussianMarginal(data);
  const correlated = isKernelOfMean(data, kernel);
  if (data.residual && !correlated && !inDensity(data.residual, data.columns))
    throw new DeclarationError([residualNeedsLinearising()]);
  if (!kernel) throw new Error("Laplace's approximation and quadrature need the compiled log density of the family.");
  const nodes = method.kind === "agq" ? method.nodes : 1;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_NODES)
    throw new DeclarationError([badNodeCount(nodes, MOST_NODES)]);
  const shape = integralShape(data);
  if (correlated) {
    if (nodes > 1) throw new DeclarationError([quadratureOfCorrelated(nodes)]);
    return shape.kind === "none" ? correlatedFixed(data, kernel) : correlatedLaplace(data, kernel);
  }
  if (shape.kind === "none") return fixedLikelihood(data, kernel);
  const factors = groupingFactors(data.random);
  const known = factors.find((factor) => factor.known);
  if (factors.length > 1 || known) {
    const across = data.random.find((term) => term.predictors);
    if (across)
      throw refusal(
        "across-parameters-crossed",
        ["random", across.group],
        known ? acrossParametersKnown(across.group) : acrossParametersCrossed(across.group),
      );
    if (nodes > 1 && known) throw new DeclarationError([quadratureAcrossLevels(known.name, nodes)]);
    if (nodes > 1) throw new DeclarationError([quadratureAcrossFactors(shape.factors, nodes)]);
    return crossedLaplace(data, kernel, factors);
  }
  if (nodes > shape.mostNodes)
    throw new DeclarationError([tooManyNodes(nodes, shape.q, shape.factors[0]!, shape.mostNodes, MOST_GRID_NODES)]);
  return groupedIntegral(data, kernel, factors[0]!, nodes);
}

integrateWith(createMarginalLikelihood);
