/**
 * What stands for `@tensorflow/tfjs-core` in the built package: the modules of it that `src/autodiff/tfjs.ts` names, without operations, file
 * formats, platforms and tfjs's own gradients. Node cannot import these modules by themselves, so they are built in.
 */

import "@tensorflow/tfjs-core/dist/flags.js";
import { ENGINE } from "@tensorflow/tfjs-core/dist/engine.js";
import { setOpHandler, type Tensor, TensorBuffer } from "@tensorflow/tfjs-core/dist/tensor.js";

// a tensor's own methods call these, also those of a program that loads all of tfjs later
setOpHandler({
  buffer: (shape, dtype, values) => new TensorBuffer(shape, dtype, values),
  cast: <T extends Tensor>(x: T, dtype: string) => ENGINE.runKernel("Cast", { x }, { dtype }) as Tensor as T,
  clone: <T extends Tensor>(x: T) => ENGINE.runKernel("Identity", { x }) as Tensor as T,
  print: (x, verbose) => console.log(x.toString(verbose)),
});

export { KernelBackend } from "@tensorflow/tfjs-core/dist/backends/backend.js";
export { engine } from "@tensorflow/tfjs-core/dist/globals.js";
export {
  getGradient,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterGradient,
} from "@tensorflow/tfjs-core/dist/kernel_registry.js";
export { Tensor } from "@tensorflow/tfjs-core/dist/tensor.js";
