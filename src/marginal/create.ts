/** Makes the integral of a model by a method: the one that its shape asks for. */

import { badNodeCount, quadratureAcrossFactors, tooManyNodes } from "../messages/integral.ts";
import { DeclarationError, declarationFault, type Issue, refusal } from "../messages/issue.ts";
import { acrossParametersKnown, quadratureAcrossLevels } from "../messages/known-covariance.ts";
import { acrossParametersCrossed } from "../messages/linearised-fits.ts";
import { quadratureOfCorrelated, residualNeedsLinearising } from "../messages/residual-fits.ts";
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
import { type IntegralShape, integralShape, MOST_GRID_NODES, MOST_NODES } from "./integral-shape.ts";
import { crossedLaplace } from "./laplace/crossed-laplace.ts";
import { fixedLikelihood } from "./laplace/fixed-likelihood.ts";
import { groupedIntegral } from "./laplace/grouped-integral.ts";
import { groupingFactors } from "./laplace/grouping.ts";
import type { MarginalLikelihood } from "./marginal-likelihood.ts";

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
  if (!correlated) refuseAcross(data, shape);
  const fault = quadratureFault(data, shape, nodes);
  if (fault) throw declarationFault(fault);
  switch (shape.kind) {
    case "none":
      return correlated ? correlatedFixed(data, kernel) : fixedLikelihood(data, kernel);
    case "grouped":
      return groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, nodes);
    default:
      return correlated ? correlatedLaplace(data, kernel) : crossedLaplace(data, kernel, groupingFactors(data.random));
  }
}

/** Why an integral cannot be taken by that many nodes a dimension; null where it can. Without random effects there is none to take. */
function quadratureFault(data: IntegralData, shape: IntegralShape, nodes: number): Issue | null {
  const { kind, q, factors, mostNodes } = shape;
  if (nodes <= mostNodes) return null;
  if (hasCorrelatedRows(data)) return quadratureOfCorrelated(nodes);
  if (kind === "none") return null;
  const known = data.random.find((term) => term.known);
  if (known) return quadratureAcrossLevels(known.group, nodes);
  if (kind !== "grouped") return quadratureAcrossFactors(factors, nodes);
  return tooManyNodes(nodes, q, factors[0]!, mostNodes, MOST_GRID_NODES);
}

/** Effects across the parameters of a nonlinear mean are integrated with one grouping factor of independent levels only. */
function refuseAcross({ random }: IntegralData, { kind }: IntegralShape): void {
  if (kind === "none" || kind === "grouped") return;
  const across = random.find((term) => term.predictors);
  if (!across) return;
  const known = random.some((term) => term.known);
  throw refusal(
    "across-parameters-crossed",
    ["random", across.group],
    known ? acrossParametersKnown(across.group) : acrossParametersCrossed(across.group),
  );
}

integrateWith(createMarginalLikelihood);
