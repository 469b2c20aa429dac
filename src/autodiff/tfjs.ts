/**
 * The part of tfjs that tracing and differentiation need, and the only door to it at run time: the engine, its registries of kernels and
 * gradients, and tensors. Engine and registries are tfjs's own globals, so that whichever copy of tfjs a program loads beside this one, they
 * are one. The built package holds this part and leaves out tfjs's operations, which would be most of its weight.
 */
export type { BackendValues, DataType, DataValues, TensorInfo } from "@tensorflow/tfjs-core";
export {
  engine,
  getGradient,
  getKernel,
  KernelBackend,
  registerGradient,
  registerKernel,
  Tensor,
  unregisterGradient,
} from "@tensorflow/tfjs-core";
