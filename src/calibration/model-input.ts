/** What the tools of this folder take as a model: a declaration that can be compiled, or the compiled model. */
import type { Estimation } from "../data/design.ts";
import type { CompiledModel } from "../model/compiled-model.ts";

export type ModelInput = CompiledModel | { compile(estimation?: Estimation): CompiledModel };

export const compiledOf = (input: ModelInput): CompiledModel =>
  "compile" in input ? input.compile("posterior") : input;
