/** What functions of a model take as one: a declaration that can be compiled, or the compiled model. */

import type { Estimation } from "../data/design.ts";
import { DeclarationError } from "../messages/issue.ts";
import { notAModel } from "../messages/options.ts";
import { isRecord } from "../options/kinds.ts";
import type { CompiledModel } from "./compiled-model.ts";

export type ModelInput = CompiledModel | { compile(estimation?: Estimation): CompiledModel };

/**
 * @param of what takes it, as the user wrote it: `sbc()`
 * @throws DeclarationError for what is neither
 */
export function compiledOf(input: ModelInput, of: string): CompiledModel {
  // a regular expression has a method of this name too
  if (isRecord(input) && typeof (input as { compile?: unknown }).compile === "function")
    return (input as { compile(estimation?: Estimation): CompiledModel }).compile("posterior");
  const { layout, design } = (input ?? {}) as Partial<CompiledModel>;
  if (layout === undefined || design === undefined) throw new DeclarationError([notAModel(of, input)]);
  return input as CompiledModel;
}
