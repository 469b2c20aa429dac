/** A fit by an executor: the model travels as saved models do, and the fit comes back as saved fits do. */

import { unpackTree } from "../exchange/packed-tree.ts";
import { fitToBytes } from "../exchange/saved-fit.ts";
import type { Declaration } from "../frequentist/estimate.ts";
import { fitModelPausably } from "../frequentist/fit-model.ts";
import { idColumns } from "../frequentist/gee/clusters.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGeePausably } from "../frequentist/gee/fit-gee.ts";
import { loadEstimatingEquations } from "../frequentist/gee/load-gee.ts";
import type { GeeMethod } from "../frequentist/gee/method.ts";
import type { SavedEstimatingEquations } from "../frequentist/gee/save-gee.ts";
import { loadMaximumLikelihood } from "../frequentist/load-fit.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import { type FitProgress, fitAtOnce, type WatchedFit } from "../frequentist/progress.ts";
import type { SavedMaximumLikelihood } from "../frequentist/save-fit.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { loadModel, type SavedModel, saveModel } from "../model/saved-model.ts";
import type { Executor, Task } from "../samplers/executor.ts";

/** A fit to be made, as plain data. */
export interface FitTask extends Task {
  readonly kind: "fit";
  readonly model: SavedModel;
  readonly method: FitMethod | GeeMethod;
  readonly start?: readonly number[];
  readonly penalised?: boolean;
  /** Whether to report how far it is. */
  readonly watched?: boolean;
}

interface ElsewhereOptions extends WatchedFit {
  readonly executor: Executor;
  readonly start?: ArrayLike<number> | undefined;
  readonly penalised?: boolean | undefined;
  readonly declaration: Declaration;
}

/** Makes the fit of a task; packed as a saved fit. */
export function performFit(
  { model, method, start, penalised, watched }: FitTask,
  report: (progress: FitProgress) => void,
): Uint8Array {
  const compiled = loadModel(model);
  const onProgress = watched ? report : undefined;
  if (method.kind === "gee") return fitToBytes(fitAtOnce(fitGeePausably(compiled, method), onProgress));
  const options = { ...(start && { start }), ...(penalised !== undefined && { penalised }) };
  return fitToBytes(fitAtOnce(fitModelPausably(compiled, method, options), onProgress));
}

/** The fit that `fitModel` or `fitGee` makes, to the last bit, made by the executor's `runTasks`. */
export async function fitElsewhere(
  compiled: CompiledModel,
  method: FitMethod | GeeMethod,
  { executor, signal, onProgress, start, penalised, declaration }: ElsewhereOptions,
): Promise<MaximumLikelihood | EstimatingEquations> {
  const own =
    method.kind === "gee"
      ? [...idColumns(compiled.table, method.id), ...(method.wave === null ? [] : [method.wave])]
      : [];
  const task: FitTask = {
    kind: "fit",
    model: saveModel(compiled, own),
    method,
    ...(start && { start: Array.from(start) }),
    ...(penalised !== undefined && { penalised }),
    ...(onProgress && { watched: true }),
  };
  const [bytes] = (await executor.runTasks!([task], {
    signal,
    ...(onProgress && { onTask: (_task, _done, news) => onProgress(news as FitProgress) }),
  })) as [Uint8Array];
  const saved = unpackTree(bytes) as SavedMaximumLikelihood | SavedEstimatingEquations;
  // the fit may be of another model, the limit of this one
  const same = saved.family.name === compiled.family.name && saved.family.link === compiled.family.link;
  const model = same ? compiled : loadModel(saved);
  return saved.kind === "EstimatingEquationsFit"
    ? loadEstimatingEquations(saved, model)
    : loadMaximumLikelihood(saved, model, declaration);
}
