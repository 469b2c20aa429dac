/** What `model.fit()` and `model.sample()` do: a file of its own, so that engines and samplers are loaded with the first fit. */
import { optional } from "valibot";
import { withAnswers } from "./answers.ts";
import type { Family } from "./families/family.ts";
import { isBuiltIn, isBuiltInRecord } from "./families/registry.ts";
import type { FitOptions } from "./frequentist/fit-model.ts";
import { checkFitOptions, fitModelPausably } from "./frequentist/fit-model.ts";
import type { EstimatingEquations } from "./frequentist/gee/estimating-equations.ts";
import { fitGeePausably } from "./frequentist/gee/fit-gee.ts";
import type { GeeMethod } from "./frequentist/gee/method.ts";
import type { MaximumLikelihood } from "./frequentist/maximum-likelihood.ts";
import type { FitMethod } from "./frequentist/method.ts";
import { type FitProgress, fitInSlices } from "./frequentist/progress.ts";
import { type FitMethodName, readFitMethod } from "./frequentist/read-method.ts";
import { keepDeclaration } from "./model/declaration-of.ts";
import type { Model } from "./model-builder.ts";
import { atOnce, type Pausable } from "./optimise/pausable.ts";
import { abortSignal, callback } from "./options/kinds.ts";
import { optionsSchema, readArgument, readOptions } from "./options/read-options.ts";
import { anExecutor } from "./samplers/executor.ts";
import type { Posterior } from "./samplers/posterior.ts";
import type { SamplePosteriorOptions } from "./samplers/sample-posterior.ts";
import { readSampleOptions, samplePosterior } from "./samplers/sample-posterior.ts";
import { readSampler, type Sampler, type SamplerName } from "./samplers/samplers.ts";
import { fitElsewhere } from "./tasks/fit-elsewhere.ts";

const geeFitOptions = optionsSchema({
  signal: optional(abortSignal),
  onProgress: optional(callback<(progress: FitProgress) => void>()),
  executor: optional(anExecutor),
});

/** See `Model.fit`. `own` is the family that was given as a record. */
export const fitDeclared = /* @__PURE__ */ withAnswers(fit);

/** See `Model.sample`. */
export const sampleDeclared = /* @__PURE__ */ withAnswers(sample);

async function fit<C>(
  declaration: Model<C>,
  own: Family | null,
  asked?: FitMethod | FitMethodName | GeeMethod,
  options?: FitOptions,
): Promise<EstimatingEquations<C> | MaximumLikelihood<Model<C>>> {
  const method = readFitMethod(asked, "fit()");
  if (method.kind === "gee") readOptions(geeFitOptions, options, { of: "fit(gee())" });
  else checkFitOptions(options);
  const { executor, signal, onProgress } = options ?? {};
  readArgument(optional(anExecutor), executor, { of: "fit()", name: "executor" });
  signal?.throwIfAborted();
  const compiled = declaration.compile();
  if (executor?.runTasks && (own ? isBuiltInRecord(own) : isBuiltIn(declaration.spec.family.name)))
    return (await fitElsewhere(compiled, method, { ...options, executor, declaration })) as MaximumLikelihood<Model<C>>;
  const work: Pausable<EstimatingEquations | MaximumLikelihood> =
    method.kind === "gee"
      ? fitGeePausably(compiled, method)
      : fitModelPausably(compiled, method, { ...options, declaration });
  const found = signal || onProgress ? await fitInSlices(work, { signal, onProgress }) : atOnce(work);
  return found as EstimatingEquations<C> | MaximumLikelihood<Model<C>>;
}

async function sample<C>(
  declaration: Model<C>,
  sampler?: Sampler | SamplerName,
  options?: SamplePosteriorOptions,
): Promise<Posterior<C>> {
  const asked = readSampler(sampler, "sample()");
  const compiled = keepDeclaration(declaration.compile("posterior"), declaration);
  return samplePosterior(compiled, asked, readSampleOptions(options, "sample()"));
}
