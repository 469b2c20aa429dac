/** Tracing, differentiation and compilation of densities. */
export { CLASS_COLUMN } from "./bound-kernel.ts";
export { type CompiledKernel, type CompileOptions, compileKernel } from "./compile-kernel.ts";
export { compileMean, type MeanBuffers, type MeanColumns, type MeanKernel } from "./compile-mean.ts";
export { columnsForText, type KernelText, kernelFromText, kernelToText } from "./kernel-text.ts";
export type { Operand, Operations, Tensor } from "./operations.ts";
