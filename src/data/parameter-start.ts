/** Rough values of a distribution's parameters, for searches and priors to begin from. */
import type { FamilyParameter } from "../families/family.ts";
import type { Design } from "./design.ts";
import { MOST_REPEATED } from "./repeated-rows.ts";

/** A rough value of a parameter from the responses, each as often as it counts. */
export function parameterStart(
  { y, trials, frequencyWeights }: Pick<Design, "y" | "trials" | "frequencyWeights">,
  parameter: FamilyParameter,
): number {
  const total = frequencyWeights?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (!frequencyWeights || total > MOST_REPEATED) return parameter.start(y, trials);
  const counted = (values: Float64Array) =>
    Float64Array.from(
      [...values].flatMap((value, i) => new Array<number>(Math.round(frequencyWeights[i]!)).fill(value)),
    );
  return parameter.start(counted(y), trials && counted(trials));
}
