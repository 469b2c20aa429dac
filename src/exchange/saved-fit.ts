/** Fits of every kind to and from JSON or a binary file: declaration, data and result. Nothing is fitted or sampled on loading. */
import { plainNumbers } from "../data/number-json.ts";
import type { Family } from "../families/family.ts";
import { familiesByName } from "../families/family.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { loadEstimatingEquations } from "../frequentist/gee/load-gee.ts";
import { type SavedEstimatingEquations, saveEstimatingEquations } from "../frequentist/gee/save-gee.ts";
import { loadMaximumLikelihood } from "../frequentist/load-fit.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { type SavedMaximumLikelihood, saveMaximumLikelihood } from "../frequentist/save-fit.ts";
import { newerSavedFit, notASavedFit } from "../messages/fitting.ts";
import { DeclarationError, refusal } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { requireFit } from "../model/require-fit.ts";
import { digested, loadModel } from "../model/saved-model.ts";
import { readArgument } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { type SavedPosterior, savePosterior } from "../samplers/posterior-data.ts";
import { posteriorFromJSON } from "../samplers/saved-posterior.ts";
import { isPacked, packTree, unpackTree } from "./packed-tree.ts";
import { changeOfSaved, checkSavedFit, checkSavedShape } from "./saved-fit-data.ts";

export type SavedFit = SavedMaximumLikelihood | SavedPosterior | SavedEstimatingEquations;

/** A fit that can be saved. */
export type SavableFit = MaximumLikelihood | Posterior | EstimatingEquations;

/** A fit as plain data with its digest, its numbers still in typed arrays. */
function savedData(fit: SavableFit): SavedFit {
  if (fit.kind === "gee") return digested(saveEstimatingEquations(fit));
  return fit.kind === "ml" ? digested(saveMaximumLikelihood(fit)) : digested(savePosterior(fit));
}

/**
 * A fit as plain data for `JSON.stringify`, exact to the last bit: NaN is null. Holds the columns the model used, so that a loaded fit can
 * predict and average over their rows, and a digest, which tells whether it is as it was made. Random effects that were integrated out are not stored: a loaded fit draws them again, with the
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
export function saveFit(fit: SavableFit, ...surplus: unknown[]): SavedFit {
  requireFit(fit, "saveFit()");
  refuseOptions(surplus, "saveFit()");
  return plainNumbers(savedData(fit)) as SavedFit;
}

/**
 * The same as bytes: numbers are stored as they are in memory, so the file of many draws is about half as large as its JSON and quickly read.
 *
 * @example await writeFile("fit.marginalia", fitToBytes(fit));
 */
export function fitToBytes(fit: SavableFit): Uint8Array<ArrayBuffer>;
export function fitToBytes(fit: SavableFit, ...surplus: unknown[]): Uint8Array<ArrayBuffer> {
  requireFit(fit, "fitToBytes()");
  refuseOptions(surplus, "fitToBytes()");
  return packTree(savedData(fit));
}

/**
 * The fit that `saveFit` or `fitToBytes` wrote: tables, predictions, averages and refits work as before, and a posterior can be extended.
 *
 * @param saved the JSON as text or as an object, or the bytes
 * @param families the user's own families, by name
 * @throws DeclarationError when it is not a saved fit, naming the fields that contradict its declaration, or when it was changed after it was
 * saved. Fits of version 1 of the format, which had no digest, are read as well, and checked where one was added.
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
  const known = ["MaximumLikelihoodFit", "PosteriorFit", "EstimatingEquationsFit"];
  if (!data || !known.includes(data.kind) || !(data.version === 1 || data.version === 2))
    throw refusal("not-a-fit", ["fit"], isNewer(data, known) ? newerSavedFit(data!.version) : notASavedFit());
  checkSavedShape(data);
  const model = modelOfSaved(data, families);
  checkSavedFit(data, model);
  if (data.kind === "MaximumLikelihoodFit") return loadMaximumLikelihood(data, model);
  if (data.kind === "PosteriorFit") return posteriorFromJSON(data.posterior, model);
  return loadEstimatingEquations(data, model);
}

/** The model of a saved fit. Where it cannot be compiled and the data were changed, that is said too: it is the reason. */
function modelOfSaved(data: SavedFit, families: Readonly<Record<string, Family>>): CompiledModel {
  try {
    return loadModel(data, families);
  } catch (error) {
    const changed = changeOfSaved(data);
    if (!changed) throw error;
    throw new DeclarationError([...(error instanceof DeclarationError ? error.issues : []), changed]);
  }
}

/** Whether a later version of the library wrote it, in a format that this one does not know. */
const isNewer = (data: { readonly kind: string; readonly version: number } | undefined, known: readonly string[]) =>
  known.includes(data?.kind ?? "") && typeof data?.version === "number" && data.version > 2;

function treeOf(saved: SavedFit | string | Uint8Array): SavedFit | undefined {
  try {
    if (typeof saved === "string") return JSON.parse(saved) as SavedFit;
    if (!ArrayBuffer.isView(saved)) return saved;
    return (isPacked(saved) ? unpackTree(saved) : JSON.parse(new TextDecoder().decode(saved))) as SavedFit;
  } catch {
    return undefined;
  }
}
