/** A fit by estimating equations to JSON: the declaration, the columns it used, and the solution. */
import type { NumberJSON, NumberListJSON } from "../../data/number-json.ts";
import type { FitWarning } from "../../messages/issue.ts";
import type { SavedModel } from "../../model/saved-model.ts";
import { saveModel } from "../../model/saved-model.ts";
import type { VerdictWithReason } from "../verdict.ts";
import { idColumns } from "./clusters.ts";
import type { EstimatingEquations } from "./estimating-equations.ts";
import type { GeeMethod } from "./method.ts";
import type { Solution } from "./solve.ts";

/** The JSON of a fit by estimating equations. */
export interface SavedEstimatingEquations extends SavedModel {
  readonly kind: "EstimatingEquationsFit";
  /** Version 1 had no digest. */
  readonly version: 2 | 1;
  readonly requested: GeeMethod;
  readonly solution: {
    readonly beta: NumberListJSON;
    readonly scale: NumberJSON;
    readonly alpha: NumberListJSON;
    readonly iterations: number;
    readonly state: Solution["state"];
    readonly step: NumberJSON;
  };
  readonly verdict: VerdictWithReason;
  readonly warnings: readonly FitWarning[];
  /** Of all the rest, see `digestOf`. */
  readonly digest: string;
}

/** A fit as plain data, its numbers still in typed arrays. */
export function saveEstimatingEquations(fit: EstimatingEquations): Omit<SavedEstimatingEquations, "digest"> {
  const { model, requested, solution, verdict, warnings } = fit;
  const own = [...idColumns(model.table, requested.id), ...(requested.wave === null ? [] : [requested.wave])];
  return {
    kind: "EstimatingEquationsFit",
    version: 2,
    ...saveModel(model, own),
    requested,
    solution,
    verdict,
    warnings,
  };
}
