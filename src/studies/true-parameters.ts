/** The true parameters of a mechanism from what is given: by the names of tables, or as intraclass correlations, ratios of variances and marginal effects. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { type NamedParameters, parametersByName } from "../model/named-parameters.ts";

/** The natural parameters of a model. @throws DeclarationError as `parametersByName` */
export function trueParameters(model: CompiledModel, given: NamedParameters): Float64Array {
  return parametersByName(model, given);
}
