/** Which declaration a compiled model was made of, so that fits of any kind can be simulated from and changed. */
import type { CompiledModel } from "./compiled-model.ts";

const declarations = new WeakMap<CompiledModel, object>();

/** Remembers the declaration behind a compiled model. */
export function keepDeclaration(model: CompiledModel, declaration: object): CompiledModel {
  declarations.set(model, declaration);
  return model;
}

/** The declaration behind a compiled model; undefined where it was compiled without one, as from a file. */
export const declarationOf = (model: CompiledModel): object | undefined => declarations.get(model);
