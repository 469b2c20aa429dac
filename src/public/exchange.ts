/** `marginalia/exchange`: fits and draws as data, to save them and to exchange them with other programs. */
import { withAnswers } from "../answers.ts";
import { posteriorFromDraws as posteriorFromDrawsOf } from "../exchange/posterior-from-draws.ts";
import { loadFit as loadFitOf } from "../exchange/saved-fit.ts";

export { toTable } from "../data/to-table.ts";
export { specFromJSON } from "../dsl/spec-json.ts";
export { type ArrowOptions, drawsFromArrow, drawsToArrow } from "../exchange/arrow.ts";
export { drawNames } from "../exchange/brms-names.ts";
export { drawsFromCmdStan, drawsToCmdStan } from "../exchange/cmdstan-csv.ts";
export {
  type InferenceData,
  type InferenceDataOptions,
  inferenceDataText,
  readInferenceData,
} from "../exchange/inference-data.ts";
export { type DrawsTableOptions, drawsColumns, effectDrawsColumns } from "../exchange/long-draws.ts";
export { type DrawVariable, type NamedDraws, type NamedDrawsOptions, namedDraws } from "../exchange/named-draws.ts";
export { fitToBytes, type SavedFit, saveFit } from "../exchange/saved-fit.ts";
export type { SavedMaximumLikelihood } from "../frequentist/save-fit.ts";
export type { SavedPosterior } from "../samplers/posterior-data.ts";

/**
 * A posterior of a declaration from draws that another program, or this one, has made.
 *
 * @throws DeclarationError for draws that do not have the model's parameters
 * @example const fit = posteriorFromDraws(herds.compile(), drawsFromCmdStan(texts));
 */
export const posteriorFromDraws = /* @__PURE__ */ withAnswers(posteriorFromDrawsOf);

/**
 * A fit from what `saveFit` or `fitToBytes` made of it.
 *
 * @param families records of the user's own families by name, for fits that have one
 * @throws DeclarationError for what is no saved fit, or one that contradicts itself
 * @example const fit = loadFit(JSON.stringify(saveFit(fitted)));
 */
export const loadFit = /* @__PURE__ */ withAnswers(loadFitOf);
