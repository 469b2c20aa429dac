/** The parameters of a model by the names that users give them: the term alone where that is of one parameter, else group and term. */
import * as messages from "../messages/estimates.ts";
import { refusal } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../model/reported-parameters.ts";
import { nearestName } from "../options/nearest-name.ts";

export interface NamedParameters {
  readonly all: readonly ReportedParameter[];
  /** As `tidy()` labels them: `Days`, `Subject sd__Days`. */
  readonly labels: readonly string[];
  /** The parameter of a name. @throws DeclarationError for a name that is none, or of several */
  find(name: string): ReportedParameter;
}

/** @param place where a fault is: `statistic` @param aliases other names by the place of their parameter */
export function parametersByName(
  model: CompiledModel,
  place: string,
  aliases: readonly (readonly string[])[] = [],
): NamedParameters {
  const all = reportedParameters(model);
  const byLabel = new Map(all.map((parameter) => [parameterLabel(parameter), parameter]));
  const labels = [...byLabel.keys()];
  return {
    all,
    labels,
    find(name) {
      const labelled = byLabel.get(name);
      if (labelled) return labelled;
      const same = all.filter(({ term }) => term === name);
      if (same.length === 1) return same[0]!;
      const other = all.filter((_, k) => aliases[k]?.includes(name));
      if (same.length === 0 && other.length === 1) return other[0]!;
      const several = same.length > 1 ? same : other;
      throw refusal(
        "unknown-parameter",
        [place, name],
        several.length > 1
          ? messages.severalParameters(name, several.map(parameterLabel))
          : messages.noParameter(name, nearestName(name, labels), labels),
      );
    },
  };
}
