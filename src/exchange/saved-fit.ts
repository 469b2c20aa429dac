/** Fits of every kind to and from JSON or a binary file: declaration, data and result. Nothing is fitted or sampled on loading. */

import { plainNumbers } from "../data/number-json.ts";
import type { Family } from "../families/family.ts";
import { familiesByName } from "../families/family.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import type { SavedEstimatingEquations } from "../frequentist/gee/saved-gee.ts";
import { loadEstimatingEquations, saveEstimatingEquations } from "../frequentist/gee/saved-gee.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { SavedMaximumLikelihood } from "../frequentist/saved-fit.ts";
import { loadMaximumLikelihood, saveMaximumLikelihood } from "../frequentist/saved-fit.ts";
import { notASavedFit } from "../messages/fitting.ts";
import { DeclarationError } from "../messages/issue.ts";
import { requireFit } from "../model/require-fit.ts";
import type { SavedModel } from "../model/saved-model.ts";
import { loadModel, saveModel } from "../model/saved-model.ts";
import { readArgument } from "../options/read-options.ts";
import type { Posterior, PosteriorJSON } from "../samplers/posterior.ts";
import { posteriorFromJSON } from "../samplers/saved-posterior.ts";
import { isPacked, packTree, unpackTree } from "./packed-tree.ts";

/** The JSON of a posterior: the model, and everything of its draws that cannot be computed again. */
export interface SavedPosterior extends SavedModel {
  readonly kind: "PosteriorFit";
  readonly version: 1;
  readonly posterior: PosteriorJSON;
}

export type SavedFit = SavedMaximumLikelihood | SavedPosterior | SavedEstimatingEquations;

/** A fit that can be saved. */
export type SavableFit = MaximumLikelihood | Posterior | EstimatingEquations;

function savedData(fit: SavableFit): SavedFit {
  if (fit.kind === "gee") return saveEstimatingEquations(fit);
  return fit.kind === "ml"
    ? saveMaximumLikelihood(fit)
    : { kind: "PosteriorFit", version: 1, ...saveModel(fit.model), posterior: fit.toData() };
}

/**
 * A fit as plain data for `JSON.stringify`, exact to the last bit: NaN is null. Holds the columns the model used, so that a loaded fit can
 * predict and average over their rows. Random effects that were integrated out are not stored: a loaded fit draws them again, with the
 * same values.
 *
 * @example
 * const text = JSON.stringify(saveFit(fit));
 * const again = loadFit(text);
 */
export function saveFit(fit: MaximumLikelihood): SavedMaximumLikelihood;
export function saveFit(fit: Posterior): SavedPosterior;
export function saveFit(fit: EstimatingEquations): SavedEstimatingEquations;
export function saveFit(fit: SavableFit): SavedFit;
export function saveFit(fit: SavableFit): SavedFit {
  requireFit(fit, "saveFit()");
  return plainNumbers(savedData(fit)) as SavedFit;
}

/**
 * The same as bytes: numbers are stored as they are in memory, so the file of many draws is about half as large as its JSON and quickly read.
 *
 * @example await writeFile("fit.marginalia", fitToBytes(fit));
 */
export function fitToBytes(fit: SavableFit): Uint8Array<ArrayBuffer> {
  requireFit(fit, "fitToBytes()");
  return packTree(savedData(fit));
}

/**
 * The fit that `saveFit` or `fitToBytes` wrote: tables, predictions, averages and refits work as before, and a posterior can be extended.
 *
 * @param saved the JSON as text or as an object, or the bytes
 * @param families the user's own families, by name
 * @throws DeclarationError when it is not a saved fit
 * @example const fit = loadFit(text);
 */
export function loadFit(saved: string | Uint8Array, families?: Readonly<Record<string, Family>>): SavableFit;
export function loadFit(saved: SavedMaximumLikelihood, families?: Readonly<Record<string, Family>>): MaximumLikelihood;
export function loadFit(
  saved: SavedEstimatingEquations,
  families?: Readonly<Record<string, Family>>,
): EstimatingEquations;
export function loadFit(saved: SavedPosterior, families?: Readonly<Record<string, Family>>): Posterior;
export function loadFit(saved: SavedFit | string | Uint8Array, families?: Readonly<Record<string, Family>>): SavableFit;
export function loadFit(
  saved: SavedFit | string | Uint8Array,
  families: Readonly<Record<string, Family>> = {},
): SavableFit {
  readArgument(familiesByName, families, { of: "loadFit()", name: "families" });
  const data = treeOf(saved);
  if (data?.version === 1 && data.kind === "MaximumLikelihoodFit") return loadMaximumLikelihood(data, families);
  if (data?.version === 1 && data.kind === "PosteriorFit")
    return posteriorFromJSON(data.posterior, loadModel(data, families));
  if (data?.version === 1 && data.kind === "EstimatingEquationsFit") return loadEstimatingEquations(data, families);
  throw new DeclarationError([{ code: "not-a-fit", path: ["fit"], message: notASavedFit() }]);
}

function treeOf(saved: SavedFit | string | Uint8Array): SavedFit | undefined {
  try {
    if (typeof saved === "string") return JSON.parse(saved) as SavedFit;
    if (!ArrayBuffer.isView(saved)) return saved;
    return (isPacked(saved) ? unpackTree(saved) : JSON.parse(new TextDecoder().decode(saved))) as SavedFit;
  } catch {
    return undefined;
  }
}
