/**
 * What stands for `@tensorflow/tfjs-core` in the built package: the modules of it that `src/autodiff/tfjs.ts` names, without operations, file
 * formats, platforms and tfjs's own gradients. Node cannot import these modules by themselves, so they are built in.
 */

import "@tensorflow/tfjs-core/dist/flags.js";
import { buffer } from "@tensorflow/tfjs-core/dist/ops/buffer.js";
import { cast } from "@tensorflow/tfjs-core/dist/ops/cast.js";
import { clone } from "@tensorflow/tfjs-core/dist/ops/clone.js";
import { print } from "@tensorflow/tfjs-core/dist/ops/print.js";
import { setOpHandler } from "@tensorflow/tfjs-core/dist/tensor.js";

// a tensor's own methods call these, also those of a program that loads all of tfjs later
setOpHandler({ buffer, cast, clone, print });

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
