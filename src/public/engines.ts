/** `marginalia/engines`: the engines by themselves, on compiled models. `.fit()` and `.sample()` of a declaration call them. */
import { withAnswers } from "../answers.ts";
import { clusterBootstrap as clusterBootstrapOf } from "../effects/cluster-bootstrap.ts";
import { fitModel as fitModelOf } from "../frequentist/fit-model.ts";
import { fitGee as fitGeeOf } from "../frequentist/gee/fit-gee.ts";
import { resume as resumeOf } from "../samplers/checkpoint.ts";
import { samplePosterior as samplePosteriorOf } from "../samplers/sample-posterior.ts";

export { attenuatedCoefficients } from "../effects/attenuated-coefficients.ts";
export type { BootstrapQuantity, BootstrapStatistic, RefittableFit } from "../effects/bootstrap-statistic.ts";
export type { ClusterBootstrap, ClusterBootstrapOptions, ClusterBootstrapRow } from "../effects/cluster-bootstrap.ts";
export type { FitOptions } from "../frequentist/fit-model.ts";
export type { StartName } from "../frequentist/other-starts.ts";
export type { TriedStart } from "../frequentist/several-starts.ts";
export { compileModel } from "../model/compile.ts";
export type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
export { createRng } from "../random/rng.ts";
export type { CheckpointOptions, ResumeOptions } from "../samplers/checkpoint.ts";
export type { Posterior } from "../samplers/posterior.ts";

/**
 * Standard errors and intervals that assume nothing of the dependence within clusters, for any quantity of a fit by maximum likelihood, PQL or
 * estimating equations. The same seed gives the same bits, in one thread and over workers.
 *
 * @param source a fit, or a declaration fitted by `options.method`
 * @throws DeclarationError where the clusters are not known, or the statistic of the original fit is no record of finite numbers
 * @example clusterBootstrap(fit, { draws: 999, seed: "herds" }).rows[0];
 */
export const clusterBootstrap = /* @__PURE__ */ withAnswers(clusterBootstrapOf);

/**
 * Fits a compiled model by maximum likelihood, as `.fit()` does.
 *
 * @throws DeclarationError for a method that the model cannot have
 * @example const fit = fitModel(herds.compile(), agq(25));
 */
export const fitModel = /* @__PURE__ */ withAnswers(fitModelOf);

/**
 * Solves the estimating equations of a compiled model, as `.fit(gee())` does.
 *
 * @throws DeclarationError for what the equations cannot have
 * @example const fit = fitGee(herds.compile(), gee({ id: "herd" }));
 */
export const fitGee = /* @__PURE__ */ withAnswers(fitGeeOf);

/**
 * Goes on with a run of chains from a checkpoint, bit for bit as if it had not been stopped.
 *
 * @throws DeclarationError for what is no checkpoint
 */
export const resume = /* @__PURE__ */ withAnswers(resumeOf);

/**
 * Samples the posterior of a compiled model, as `.sample()` does.
 *
 * @throws DeclarationError for a sampler that the model cannot have
 * @example const fit = await samplePosterior(herds.compile("posterior"), nuts({ seed: "cbpp" }));
 */
export const samplePosterior = /* @__PURE__ */ withAnswers(samplePosteriorOf);
export {
  adjustedCovariance,
  type CoefficientInference,
  type ContrastTest,
  coefficientInference,
  degreesOfFreedom,
} from "../frequentist/small-sample/coefficient-inference.ts";
