/** Fits as the commands make them: watched on a terminal, stopped by Ctrl-C. */
import { fitModelPausably } from "../frequentist/fit-model.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGeePausably } from "../frequentist/gee/fit-gee.ts";
import type { GeeMethod } from "../frequentist/gee/method.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import { fitInSlices } from "../frequentist/progress.ts";
import * as messages from "../messages/cli.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Declared } from "./engine.ts";
import { untilInterrupted } from "./interruption.ts";
import type { ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { createStatus } from "./progress.ts";

/**
 * Fits the model as already compiled: maximises its likelihood, or solves its estimating equations. On a terminal a fit that takes long says how far it is.
 *
 * @throws an error named `AbortError` after Ctrl-C
 */
export async function fitModel(
  { likelihood }: Declared,
  method: FitMethod | GeeMethod,
  streams: Streams,
  flags: Pick<ModelFlags, "json">,
): Promise<MaximumLikelihood | EstimatingEquations> {
  const compiled = likelihood();
  const work: Pausable<MaximumLikelihood | EstimatingEquations> =
    method.kind === "gee" ? fitGeePausably(compiled, method) : fitModelPausably(compiled, method);
  const status = createStatus(streams.terminal && !flags.json);
  try {
    return await untilInterrupted((signal) =>
      fitInSlices(work, { signal, onProgress: (progress) => status.show(messages.fitStatus(progress)) }),
    );
  } finally {
    status.stop();
  }
}
