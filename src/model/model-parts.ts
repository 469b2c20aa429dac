/**
 * What a declaration may add to the distribution of a response about a linear mean. Not every engine and not every question knows of all of it: each
 * says here which parts it refuses, and in which words.
 */
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { CompiledModel } from "./compiled-model.ts";

const PARTS = {
  "nonlinear mean": ({ family }) => family.curve !== undefined,
  categories: ({ family }) => family.response === "ordered",
  "known variances": ({ family }) => family.given === "variances",
  "given sigma": ({ family }) => family.given === "sigma",
  "no residual": ({ family }) => family.given === "effects",
  "residual structure": ({ residual }) => residual.structured,
  "several predictors": ({ spec, family }) => spec.predictors.length > (family.curve?.parameters.length ?? 1),
} satisfies Record<string, (model: Pick<CompiledModel, "spec" | "family" | "residual">) => boolean>;

export type ModelPart = keyof typeof PARTS;

/**
 * The faults of a model with parts that are not known of.
 *
 * @param refused by part what is said of it
 * @example refusedParts(model, { "known variances": pqlWithKnownVariances })
 */
export const refusedParts = (
  model: Pick<CompiledModel, "spec" | "family" | "residual">,
  refused: Readonly<Partial<Record<ModelPart, () => Issue>>>,
): Issue[] => (Object.keys(refused) as ModelPart[]).flatMap((part) => (PARTS[part](model) ? [refused[part]!()] : []));

/**
 * The same thrown.
 *
 * @throws DeclarationError with all of them
 */
export function refuseParts(...asked: Parameters<typeof refusedParts>): void {
  const issues = refusedParts(...asked);
  if (issues.length > 0) throw new DeclarationError(issues);
}
