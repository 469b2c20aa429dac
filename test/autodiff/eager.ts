/**
 * Runs a family's log density eagerly on whichever tfjs backend is in place (single precision): a third implementation beside
 * generated code and interpreter, to check them against.
 */
import * as tf from "@tensorflow/tfjs-core";
import { withGradients } from "../../src/autodiff/gradients.ts";
import { PRIMITIVES } from "../../src/autodiff/primitives.ts";
import { OWN, OWN_PRIMITIVES } from "../../src/autodiff/recorder.ts";
import { operations } from "../../src/autodiff/tensor-operations.ts";
import type { Family } from "../../src/families/family.ts";

type Tensor = tf.Tensor;

export interface EagerResult {
  /** Log density a row. */
  readonly value: Float32Array;
  /** ∂ℓ/∂η_r a row, by predictor. */
  readonly d1: readonly Float32Array[];
  /** Σ over the rows of ∂ℓ/∂φ_g. */
  readonly dPhi: Float32Array;
}

/** Gives the backend in place kernels for the primitives that tfjs lacks, computed on the processor. */
function registerOwnKernels(backendName: string): void {
  for (const primitive of OWN_PRIMITIVES) {
    if (tf.getKernel(OWN + primitive, backendName) != null) continue;
    const { evaluate } = PRIMITIVES[primitive];
    tf.registerKernel({
      kernelName: OWN + primitive,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const order = ((attrs as { order?: number } | undefined)?.order ?? 0) as number;
        const operands = Object.values(inputs as Record<string, tf.TensorInfo>);
        const values = operands.map((info) => tf.engine().readSync(info.dataId) as Float32Array);
        const shape = operands.find((info) => info.shape.length > 0)?.shape ?? [];
        const at = (k: number, i: number) => values[k]?.[values[k]!.length === 1 ? 0 : i] ?? Number.NaN;
        const out = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
          evaluate(at(0, i), at(1, i), at(2, i), order),
        );
        return tf.engine().makeTensor(out, shape, "float32");
      },
    });
  }
}

/**
 * Log density and first derivatives of rows by eager tfjs.
 *
 * @param columns data columns by name; `weights` and `trials` default to ones
 * @example
 * await tf.setBackend("cpu");
 * evaluateEagerly(poisson(), { y }, [eta], new Float64Array(0)).value;
 */
export function evaluateEagerly(
  family: Family,
  columns: Readonly<Record<string, Float64Array>>,
  eta: readonly Float64Array[],
  phi: Float64Array,
): EagerResult {
  registerOwnKernels(tf.getBackend());
  const n = eta[0]!.length;
  const rowOf = (i: number) => Object.fromEntries(family.columns.map((name) => [name, columns[name]?.[i] ?? 1]));
  const classes = Array.from({ length: n }, (_, i) => family.classOf?.(rowOf(i)) ?? 0);
  const value = new Float32Array(n);
  const d1 = family.predictors.map(() => new Float32Array(n));
  const dPhi = new Float32Array(family.parameters.length);
  withGradients(() => {
    for (const klass of new Set(classes)) {
      const rows = classes.flatMap((c, i) => (c === klass ? [i] : []));
      tf.tidy(() => {
        const vector = (of: (i: number) => number): Tensor => tf.tensor1d(rows.map(of)) as Tensor;
        const xs = [...eta.map((e) => vector((i) => e[i]!)), ...[...phi].map((p) => vector(() => p))];
        const column = Object.fromEntries(family.columns.map((name) => [name, vector((i) => columns[name]?.[i] ?? 1)]));
        const K = eta.length;
        const result = tf.engine().gradients(
          () =>
            family.logDensity(
              operations,
              {
                eta: xs.slice(0, K),
                parameter: Object.fromEntries(family.parameters.map((p, g) => [p.name, xs[K + g]!])),
                column,
              },
              klass,
            ) as Tensor,
          xs,
          tf.onesLike(xs[0]!),
          true,
        );
        const values = result.value.dataSync();
        const gradients = result.grads.map((g) => (g as Tensor | undefined)?.dataSync());
        rows.forEach((row, i) => {
          value[row] = values[i]!;
          for (let r = 0; r < K; r++) d1[r]![row] = gradients[r]?.[i] ?? 0;
          for (let g = 0; g < dPhi.length; g++) dPhi[g]! += gradients[K + g]?.[i] ?? 0;
        });
      });
    }
  });
  return { value, d1, dPhi };
}
