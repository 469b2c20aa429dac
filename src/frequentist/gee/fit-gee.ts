/** Fits a compiled model by generalised estimating equations. */

import { verdictWarning } from "../../messages/fitting.ts";
import * as messages from "../../messages/gee.ts";
import { geeWithSigma } from "../../messages/given-sds.ts";
import { DeclarationError, type FitWarning, type Issue, issue, refusal } from "../../messages/issue.ts";
import { geeWithKnownVariances } from "../../messages/known-variance-fits.ts";
import { ordinalEstimatingEquations } from "../../messages/ordinal-fits.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { refusedParts } from "../../model/model-parts.ts";
import { atOnce, type Pausable, tell } from "../../optimise/pausable.ts";
import { fitted } from "../../prediction/predict.ts";
import { type ClusterIndex, clusterCount, clusterNotes, clustersOf } from "./clusters.ts";
import { inverseInformation } from "./covariance.ts";
import { estimatingEquations } from "./equations.ts";
import { EstimatingEquations, type GeeEstimate } from "./estimating-equations.ts";
import { type GeeMethod, independence } from "./method.ts";
import { solveEquations } from "./solve.ts";
import { workingParameters } from "./variance-scale.ts";
import { geeVerdict } from "./verdict.ts";

export interface FitGeeOptions {
  /** The clusters of the rows used, where they are not those of the method's columns (a resample). */
  readonly clusters?: ClusterIndex | undefined;
}

/** Below this many clusters the sandwich is too small on average (Mancl & DeRouen 2001; Li & Redden 2015). */
const FEW_CLUSTERS = 40;

/** What of the declaration a GEE has no place for. */
function refusals(model: CompiledModel): Issue[] {
  const { design, family } = model;
  const groups = [...new Set(design.random.map(({ group }) => group))];
  return [
    ...(groups.length > 0 ? [issue("random-terms-in-gee", ["random"], messages.randomTerms(groups))] : []),
    ...(Math.max(design.predictors.length, design.spec.predictors.length) > 1
      ? [issue("several-predictors", ["family"], messages.severalPredictors(family.name))]
      : []),
    ...(family.variance
      ? []
      : [
          family.response === "ordered"
            ? ordinalEstimatingEquations()
            : issue("no-variance", ["family"], messages.noVarianceFunction(family.name)),
        ]),
    ...refusedParts(model, {
      "known variances": geeWithKnownVariances,
      "given sigma": geeWithSigma,
      "residual structure": () => issue("residual-in-gee", ["residual"], messages.residualStructure()),
    }),
  ];
}

/** What a model and a method give before anything is solved. */
function prepare(model: CompiledModel, method: GeeMethod, given?: ClusterIndex) {
  const issues = refusals(model);
  if (issues.length > 0) throw new DeclarationError(issues);
  const parameters = workingParameters(model.family, method.parameters);
  const clusters = clustersOf(model, method, given);
  const { correlation } = method;
  if (correlation.kind === "fixed" && correlation.matrix.length < clusters.occasions.length)
    throw refusal(
      "fixed-too-small",
      ["method", "correlation"],
      messages.fixedTooSmall(correlation.matrix.length, clusters.occasions.length),
    );
  return {
    model,
    requested: method,
    parameters,
    clusters,
    equations: estimatingEquations(model, method, clusters, parameters.phi),
    independenceNaive() {
      const plain = estimatingEquations(model, { ...method, correlation: independence() }, clusters, parameters.phi);
      const alone = atOnce(solveEquations(plain, method.maxIterations));
      return alone.state === "converged" ? inverseInformation(plain).map((value) => value * alone.scale) : null;
    },
  };
}

/**
 * Solves the generalised estimating equations of a compiled model: Fisher scoring for the coefficients alternating with moment
 * estimates of scale and correlation, until a step is below 1e-8 standard errors.
 *
 * @throws DeclarationError for random terms, unknown columns, and whatever else of the declaration a GEE has no place for
 * @example fitGee(compileModel(spec, table, binomial()), gee({ id: "id", correlation: ar1() }))
 */
export const fitGee = (model: CompiledModel, method: GeeMethod, options?: FitGeeOptions): EstimatingEquations =>
  atOnce(fitGeePausably(model, method, options));

/** The same, with pauses. */
export function* fitGeePausably(
  model: CompiledModel,
  method: GeeMethod,
  options: FitGeeOptions = {},
): Pausable<EstimatingEquations> {
  const prepared = prepare(model, method, options.clusters);
  const { equations } = prepared;
  const count = clusterCount(prepared.clusters);
  tell({ phase: "estimating equations" });
  const solution = yield* solveEquations(equations, method.maxIterations);
  const means = () =>
    fitted(new EstimatingEquations({ ...prepared, solution, verdict: { code: "failed", reason: "" }, warnings: [] }));
  const indefinite = equations.indefinite();
  const verdict = geeVerdict(solution, method, model, indefinite, means);
  const usual = method.stdErr === "robust" || method.stdErr === "naive";
  const warnings: FitWarning[] = [
    ...model.design.warnings,
    ...(options.clusters ? [] : clusterNotes(model.table, model.design.rows, method.id)),
    ...(verdict.code === "converged" ? [] : [verdictWarning(verdict.code, verdict.reason)]),
    ...(indefinite > 0 ? [messages.indefiniteCorrelation(indefinite)] : []),
    ...(count < FEW_CLUSTERS && usual ? [messages.fewClusters(count, method.stdErr)] : []),
  ];
  return new EstimatingEquations({ ...prepared, solution, verdict, warnings });
}

/** The fit of a solution found before: nothing is solved. */
export function restoreGee(
  model: CompiledModel,
  method: GeeMethod,
  found: Pick<GeeEstimate, "solution" | "verdict" | "warnings">,
): EstimatingEquations {
  return new EstimatingEquations({ ...prepare(model, method), ...found, restored: true });
}
