/** The estimates of a fit as true parameters by name, some of them changed: what a pilot says of data to come. */

import { noDeclaration } from "../messages/fitting.ts";
import { DeclarationError, refusal } from "../messages/issue.ts";
import { changesNotARecord } from "../messages/studies.ts";
import { isRecord } from "../options/kinds.ts";
import type { DeclaredModel } from "../studies/scenario.ts";
import type { CompiledModel } from "./compiled-model.ts";
import type { DistributionFit } from "./fit.ts";
import { type NamedParameters, parametersByName } from "./named-parameters.ts";
import { naturalParameters } from "./natural-parameters.ts";
import { ownDraws } from "./own-numbers.ts";
import { parameterLabel } from "./reported-parameters.ts";

/** A declaration and the parameters of data to come. */
export interface ChangedParameters<Declaration = DeclaredModel> {
  readonly model: Declaration;
  readonly parameters: NamedParameters;
}

/** The parameters of a model by the labels of its tables, at x. */
function labelledParameters(model: CompiledModel, x: Float64Array): Record<string, number> {
  const { parameters } = naturalParameters(model);
  return Object.fromEntries(parameters.map((parameter) => [parameterLabel(parameter), parameter.value(x)]));
}

/** The estimate by label; of a posterior the mean of every parameter as tables report it. */
export function estimatesByName(fit: DistributionFit): Record<string, number> {
  if (fit.kind === "ml") return labelledParameters(fit.model, fit.estimate);
  const { parameters } = naturalParameters(fit.model);
  const { values, size } = ownDraws(fit);
  const count = values.length / size;
  return Object.fromEntries(
    parameters.map((parameter) => {
      let sum = 0;
      for (let d = 0; d < count; d++) sum += parameter.value(values.subarray(d * size, (d + 1) * size));
      return [parameterLabel(parameter), sum / count];
    }),
  );
}

/**
 * The declaration of a fit with its estimates as true parameters, some changed.
 *
 * @throws DeclarationError for names and values that no parameter of the fit has, and for a fit that no declaration made
 */
export function changedParameters<Declaration>(
  fit: DistributionFit,
  changes: NamedParameters,
  declaration: Declaration | undefined,
): ChangedParameters<Declaration> {
  if (!declaration) throw refusal("no-declaration", ["with"], noDeclaration());
  if (!isRecord(changes)) throw new DeclarationError([changesNotARecord(changes)]);
  const estimates = estimatesByName(fit);
  const x = parametersByName(fit.model, changes, parametersByName(fit.model, estimates));
  return { model: declaration, parameters: labelledParameters(fit.model, x) };
}
