/** Parameters given by their names, as a simulation needs them, to the natural vector of a model. */
import { noParameter, severalParameters } from "../messages/estimates.ts";
import { DeclarationError, type Issue, issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import { nearestName } from "../options/nearest-name.ts";
import type { CompiledModel } from "./compiled-model.ts";
import { naturalParameters } from "./natural-parameters.ts";
import { parameterLabel, type ReportedParameter } from "./reported-parameters.ts";

/** Values by the names of `tidy()`, `Subject sd__Days` or `sd__Days` alone where it is one; also `sd:Subject.Days`, `cor:Subject.(Intercept).Days`, `sigma`. */
export type NamedParameters = Readonly<Record<string, number>>;

/** Other names of a parameter than its label and its term. */
function aliases({ kind, of, group, term }: ReportedParameter): string[] {
  if (kind === "sd") return [`sd:${group}.${of[0]}`];
  if (kind === "cor") return [`cor:${group}.${of[0]}.${of[1]}`, `cor:${group}.${of[1]}.${of[0]}`];
  return kind === "sigma" ? ["sigma"] : [term];
}

/**
 * The natural parameters of a model from named values. Correlations that are not given are 0; everything else has to be.
 *
 * @param given those that are told otherwise; @param base the natural parameters that the rest is taken from
 * @throws DeclarationError with every name that is none, every value that cannot be, and every parameter that is missing
 */
export function parametersByName(model: CompiledModel, given: NamedParameters, base?: Float64Array): Float64Array {
  const { parameters, required, write } = naturalParameters(model);
  const values = parameters.map((parameter): number | null => {
    if (base) return parameter.value(base);
    return parameter.kind === "cor" ? 0 : null;
  });
  const issues: Issue[] = [];
  const labels = parameters.map(parameterLabel);
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(given)) {
    const places = placesOf(name, parameters, labels);
    if (places.length === 1) {
      const [place] = places as [number];
      const other = names.get(place);
      if (other !== undefined) issues.push(messages.parameterTwice(labels[place]!, [other, name]));
      names.set(place, name);
      values[place] = value;
      if (typeof value !== "number" || !required[place]!.holds(value))
        issues.push(messages.impossibleParameter(name, value, required[place]!.text));
      continue;
    }
    const message =
      places.length > 1
        ? severalParameters(
            name,
            places.map((place) => labels[place]!),
          )
        : noParameter(name, nearestName(name, labels), labels);
    issues.push(issue("unknown-parameter", ["parameters", name], message));
  }
  const missing = labels.filter((_, p) => values[p] === null);
  if (missing.length > 0) issues.push(messages.missingParameters(missing));
  if (issues.length > 0) throw new DeclarationError(issues);
  const x = new Float64Array(model.layout.size);
  const impossible = write(values as number[], x);
  if (impossible !== null)
    throw new DeclarationError([messages.impossibleCorrelationsGiven(model.design.random[impossible]!.group)]);
  return x;
}

/** The places of the parameters that a name is of: of a label, else of a term or another name all that have it. */
export function placesOf(name: string, parameters: readonly ReportedParameter[], labels: readonly string[]): number[] {
  const labelled = labels.indexOf(name);
  if (labelled >= 0) return [labelled];
  return parameters.flatMap((parameter, p) =>
    parameter.term === name || aliases(parameter).includes(name) ? [p] : [],
  );
}
