/** Given standard deviations as a formula writes them: `corh(0 + trt | g, sd = c(1, 2))`. */
import { argumentCount, repeatedArgument, unknownArgument } from "../messages/formula.ts";
import { sdArgument, sdNeeded, sdOfOnes } from "../messages/given-sds.ts";
import { type FaultSink, fault } from "./arithmetic.ts";
import { areSds, type StructureWord } from "./given-sds.ts";
import type { SyntaxArgument, SyntaxNode } from "./syntax.ts";

/** The numbers of `2` or `c(1, 2)`; null for anything else. */
function numbersOf(node: SyntaxNode): number[] | null {
  if (node.kind === "number") return [node.value];
  if (node.kind !== "call" || node.name !== "c") return null;
  const values = node.arguments.map(({ name, value }) =>
    name === null && value.kind === "number" ? value.value : Number.NaN,
  );
  return values.some(Number.isNaN) ? null : values;
}

/**
 * The standard deviations that a structure's word or its `sd =` gives; null where they are free.
 *
 * @param options the arguments after the random term
 */
export function readSds(
  { name, at }: SyntaxNode & { kind: "call" },
  { sds }: StructureWord,
  options: readonly SyntaxArgument[],
  sink: FaultSink,
): readonly number[] | null {
  const { text } = sink;
  const unknown = options.find((option) => option.name !== "sd");
  if (unknown)
    fault(
      sink,
      unknown.name === null
        ? argumentCount(text, unknown.at, name, "one random term, and sd =")
        : unknownArgument(text, unknown.at, name, unknown.name, ["sd"]),
    );
  else if (options.length > 1) fault(sink, repeatedArgument(text, options[1]!.at, "sd"));
  else if (options.length === 0 && sds === "given") fault(sink, sdNeeded(text, at, name));
  else if (options.length === 1 && sds === "one") fault(sink, sdOfOnes(text, at, name));
  else if (options.length === 1) {
    const values = numbersOf(options[0]!.value);
    if (values && areSds(values)) return values;
    fault(sink, sdArgument(text, options[0]!.at));
  }
  return sds === "one" ? [1] : null;
}
