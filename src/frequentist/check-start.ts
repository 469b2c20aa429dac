/** Whether a start that the caller gave is a place among the parameters of the model. */
import { boundStructure } from "../covariance/structures.ts";
import type { ParameterSupport } from "../families/family.ts";
import * as messages from "../messages/fitting.ts";
import { refusal } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { FitMethod } from "./method.ts";
import { entryNames } from "./verdict.ts";

/** @throws DeclarationError for a start that is no place among the parameters of this model */
export function checkStart(model: CompiledModel, { kind }: FitMethod, start: Float64Array): void {
  const refuse = (message: string) => refusal("start", ["start"], message);
  if (kind === "pql") throw refuse(messages.startOfPql());
  const names = entryNames(model);
  if (start.length !== names.length) throw refuse(messages.startLength(start.length, names));
  const at = start.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw refuse(messages.startNotFinite(names[at]!, start[at]!));
  const outside = outsideSupport(model, start);
  if (outside) throw refuse(messages.startOutside(names[outside.position]!, start[outside.position]!, outside.wanted));
}

/** The first entry of natural parameters that is a negative standard deviation, or outside the range of the family's parameter. */
function outsideSupport(
  { design, family, layout }: CompiledModel,
  x: Float64Array,
): { readonly position: number; readonly wanted: string } | null {
  for (const [t, term] of design.random.entries())
    for (const [i, { kind }] of boundStructure(term).labels.entries()) {
      const position = layout.terms[t]!.offset + i;
      if (kind === "sd" && x[position]! < 0) return { position, wanted: "at least 0" };
    }
  for (const [k, { support }] of family.parameters.entries()) {
    const position = layout.phi.offset + k;
    const { lower, upper, wanted } = rangeOf(support, x[position - 1]!);
    if (!(x[position]! >= lower && x[position]! <= upper)) return { position, wanted };
  }
  return null;
}

/** The range of a parameter, and in words; its ends are where a fit may lie. @param before the parameter before it */
function rangeOf(support: ParameterSupport, before: number): { lower: number; upper: number; wanted: string } {
  if (support === "real") return { lower: -Infinity, upper: Infinity, wanted: "a number" };
  if (support === "positive") return { lower: 0, upper: Infinity, wanted: "at least 0" };
  if (support === "ordered") return { lower: before, upper: Infinity, wanted: "at least the threshold before it" };
  const { lower, upper } = support === "unit" ? { lower: 0, upper: 1 } : support;
  return { lower, upper, wanted: `from ${lower} to ${upper}` };
}
