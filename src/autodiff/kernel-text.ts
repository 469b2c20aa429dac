/** Kernels as text and numbers, for workers: closures do not cross threads, and user families need no tfjs there. */
import { NOT_COMPILED_HERE } from "../messages/families.ts";
import type { ObservationKernel } from "../model/observation-kernel.ts";
import { CLASS_COLUMN } from "./bound-kernel.ts";
import { type CompiledKernel, kernelOf } from "./compile-kernel.ts";
import type { Program } from "./program.ts";

/** A kernel that can be cloned into a worker. */
export interface KernelText {
  readonly kind: "KernelText";
  readonly version: 1;
  readonly program: Program;
  readonly sources: { readonly plain: string; readonly weighted: string } | null;
}

/** The text of a compiled kernel. */
export function kernelToText(kernel: ObservationKernel): KernelText {
  const { program, sources } = kernel as CompiledKernel;
  if (program === undefined) throw new Error(NOT_COMPILED_HERE);
  return { kind: "KernelText", version: 1, program: plainProgram(program), sources };
}

/** Copies nothing but data. */
function plainProgram(program: Program): Program {
  const { op, args, value } = program.nodes;
  return { ...program, nodes: { op: [...op], args: args.map((a) => [...a]), value: [...value] } };
}

/**
 * The kernel of a text. Its `columns` end with `(class)` when the family has row classes: fill it with
 * `columnsForText` on the side that has the family.
 */
export function kernelFromText(text: KernelText): CompiledKernel {
  return kernelOf(text.program, text.sources, null);
}

/** The data columns with the row classes added, as `kernelFromText(...).bind` takes them. */
export function columnsForText(
  kernel: ObservationKernel,
  columns: Readonly<Record<string, Float64Array>>,
  rows: number,
): Readonly<Record<string, Float64Array>> {
  const classes = (kernel as CompiledKernel).classes(columns, rows);
  return classes === null ? columns : { ...columns, [CLASS_COLUMN]: classes };
}
