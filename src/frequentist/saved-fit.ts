/** A maximum-likelihood fit to and from JSON: the declaration, the columns it used, and the estimate; nothing is refitted on loading. */
import type { TableJSON } from "../data/table-json.ts";
import { tableFromJSON, tableToJSON } from "../data/table-json.ts";
import { columnsUsed } from "../dsl/columns-used.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { specFromJSON } from "../dsl/spec-json.ts";
import type { Family } from "../families/family.ts";
import { familyByName } from "../families/registry.ts";
import { notASavedFit } from "../messages/fitting.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { compileModel } from "../model/compile.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import { fitModel } from "./fit-model.ts";
import { MaximumLikelihood } from "./maximum-likelihood.ts";
import type { FitMethod } from "./method.ts";
import type { VerdictWithReason } from "./verdict.ts";

/** The JSON of a fit. Numbers are written in full, so a loaded fit prints the same tables. */
export interface SavedMaximumLikelihood {
  readonly kind: "MaximumLikelihoodFit";
  readonly version: 1;
  readonly spec: ModelSpec;
  /** Name and link of the family; a user's own has to be given again on loading. */
  readonly family: { readonly name: string; readonly link: string };
  readonly table: TableJSON;
  /** The response fitted, where it is not the table's (a refit). */
  readonly response: readonly number[];
  readonly requested: FitMethod;
  readonly method: string;
  readonly integral: IntegralMethod;
  readonly estimate: readonly number[];
  readonly covariance: readonly number[];
  readonly logLik: number;
  readonly restricted: boolean;
  readonly verdict: VerdictWithReason;
  readonly warnings: readonly FitWarning[];
  readonly evaluations: number;
}

/** Plain data for `JSON.stringify`. Holds the columns the model used, so that a loaded fit can average over their rows. */
export function saveFit(fit: MaximumLikelihood): SavedMaximumLikelihood {
  const { model } = fit;
  return {
    kind: "MaximumLikelihoodFit",
    version: 1,
    spec: model.spec,
    family: { name: model.family.name, link: model.family.link },
    table: tableToJSON(model.table, columnsUsed(model.spec)),
    response: Array.from(model.design.y),
    requested: fit.requested,
    method: fit.method,
    integral: fit.integral,
    estimate: Array.from(fit.estimate),
    covariance: Array.from(fit.covariance),
    logLik: fit.logLik,
    restricted: fit.restricted,
    verdict: fit.verdict,
    warnings: fit.warnings,
    evaluations: fit.evaluations,
  };
}

/**
 * The fit that `saveFit` wrote: tables, predictions, averages and refits work as before.
 *
 * @param families the user's own families, by name
 * @throws DeclarationError when the JSON is not a saved fit
 * @example const fit = loadFit(JSON.parse(text));
 */
export function loadFit(
  json: SavedMaximumLikelihood | string,
  families: Readonly<Record<string, Family>> = {},
): MaximumLikelihood {
  const saved: SavedMaximumLikelihood = typeof json === "string" ? JSON.parse(json) : json;
  if (saved?.kind !== "MaximumLikelihoodFit" || saved.version !== 1)
    throw new DeclarationError([{ code: "not-a-fit", path: ["fit"], message: notASavedFit() }]);
  const spec = specFromJSON(saved.spec);
  const family = families[saved.family.name] ?? familyByName(saved.family.name, saved.family.link);
  const compiled = compileModel(spec, tableFromJSON(saved.table), family);
  const response = Float64Array.from(saved.response);
  const model = compiled.design.y.every((y, i) => y === response[i]) ? compiled : compiled.withResponse(response);
  const x = Float64Array.from(saved.estimate);
  return new MaximumLikelihood({
    model,
    requested: saved.requested,
    label: saved.method,
    integral: saved.integral,
    x,
    covariance: () => Float64Array.from(saved.covariance),
    logLik: saved.logLik,
    restricted: saved.restricted,
    verdict: saved.verdict,
    warnings: saved.warnings,
    evaluations: saved.evaluations,
    refit: (y) => fitModel(model.withResponse(y), saved.requested, { start: x }),
  });
}
