/**
 * A tfjs backend that records kernels in an expression graph instead of computing them. It lives only while a density is
 * traced: `record` puts it in place, with first-order gradients of ours that save inputs only, and puts everything back.
 */

import {
  densityFault,
  FOREIGN_TENSOR,
  READ_WHILE_TRACED,
  SINGLE_PRECISION_CONSTANT,
  unknownKernel,
} from "../messages/families.ts";
import { withGradients } from "./gradients.ts";
import type { Graph } from "./graph.ts";
import type { Primitive } from "./primitives.ts";
import { RECORDER } from "./tensor-operations.ts";
import * as tf from "./tfjs.ts";

type Tensor = tf.Tensor;

/** Prefix of the kernels for primitives that tfjs lacks. */
export const OWN = "marginalia.";

/** Kernels of tfjs that are one primitive each. */
export const TFJS_KERNELS: Readonly<Partial<Record<Primitive, string>>> = {
  add: "Add",
  sub: "Sub",
  mul: "Multiply",
  div: "RealDiv",
  neg: "Neg",
  pow: "Pow",
  sqrt: "Sqrt",
  abs: "Abs",
  sign: "Sign",
  exp: "Exp",
  expm1: "Expm1",
  log: "Log",
  log1p: "Log1p",
  sin: "Sin",
  cos: "Cos",
  tan: "Tan",
  sinh: "Sinh",
  cosh: "Cosh",
  tanh: "Tanh",
  atan: "Atan",
  asin: "Asin",
  acos: "Acos",
  erf: "Erf",
  sigmoid: "Sigmoid",
  softplus: "Softplus",
};

/** Primitives with kernels of our own. */
export const OWN_PRIMITIVES: readonly Primitive[] = [
  "ndtr",
  "log1mExp",
  "reciprocalExpm1",
  "cauchyCdf",
  "ifPositive",
  "logNdtr",
  "logNdtrInterval",
  "logCloglog",
  "polygamma",
  "lgammaCorrection",
  "lgammaDelta",
  "logRising",
  "logRatio",
  "oddsDeviance",
  "oddsScore",
  "oddsSizeScore",
  "oddsCurvature",
  "oddsShare",
  "oddsRest",
];

class Recorder extends tf.KernelBackend {
  readonly graph: Graph;
  readonly #nodes = new WeakMap<object, number>();

  constructor(graph: Graph) {
    super();
    this.graph = graph;
  }

  /** The node behind a tensor. */
  nodeOf(info: tf.TensorInfo): number {
    const node = this.#nodes.get(info.dataId);
    if (node === undefined) throw densityFault(FOREIGN_TENSOR);
    return node;
  }

  /** What a kernel returns for a node. */
  infoOf(node: number, shape: number[]): tf.TensorInfo {
    const dataId = {};
    this.#nodes.set(dataId, node);
    return { dataId, shape, dtype: "float32" };
  }

  override write(values: tf.BackendValues, _shape: number[], _dtype: tf.DataType): object {
    // doubles come in by makeTensor(Float64Array) only; anything else has been through tfjs's rounding
    if (!((values as unknown) instanceof Float64Array)) throw densityFault(SINGLE_PRECISION_CONSTANT);
    const dataId = {};
    this.#nodes.set(dataId, this.graph.constant((values as unknown as Float64Array)[0]!));
    return dataId;
  }

  override move(): void {
    throw densityFault(FOREIGN_TENSOR);
  }

  override readSync(): never {
    throw densityFault(READ_WHILE_TRACED);
  }

  override async read(): Promise<never> {
    throw densityFault(READ_WHILE_TRACED);
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override disposeData(): boolean {
    return true;
  }

  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return Number.EPSILON;
  }

  override dispose(): void {}
}

type KernelBody = (recorder: Recorder, inputs: readonly number[], attributes: Record<string, unknown>) => number;

function registerRecorderKernel(kernelName: string, body: KernelBody): void {
  tf.registerKernel({
    kernelName,
    backendName: RECORDER,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as unknown as Recorder;
      const infos = Object.values(inputs as Record<string, tf.TensorInfo>);
      const nodes = infos.map((info) => recorder.nodeOf(info));
      return recorder.infoOf(body(recorder, nodes, (attrs ?? {}) as Record<string, unknown>), []);
    },
  });
}

function registerKernels(): void {
  if (tf.getKernel("Identity", RECORDER) != null) return;
  for (const [primitive, kernel] of Object.entries(TFJS_KERNELS) as [Primitive, string][])
    registerRecorderKernel(kernel, ({ graph }, nodes) => graph.make(primitive, nodes));
  for (const primitive of OWN_PRIMITIVES)
    registerRecorderKernel(OWN + primitive, ({ graph }, nodes, { order }) =>
      graph.make(primitive, nodes, (order as number | undefined) ?? 0),
    );
  for (const same of ["Identity", "Cast", "Reshape"]) registerRecorderKernel(same, (_, [x]) => x!);
  registerRecorderKernel("Square", ({ graph }, [x]) => graph.make("mul", [x!, x!]));
  registerRecorderKernel("SquaredDifference", ({ graph }, [a, b]) => {
    const difference = graph.make("sub", [a!, b!]);
    return graph.make("mul", [difference, difference]);
  });
  registerRecorderKernel("Reciprocal", ({ graph }, [x]) => graph.make("div", [graph.constant(1), x!]));
  registerRecorderKernel("Rsqrt", ({ graph }, [x]) => graph.make("div", [graph.constant(1), graph.make("sqrt", [x!])]));
  registerRecorderKernel("AddN", ({ graph }, nodes) => nodes.reduce((sum, x) => graph.make("add", [sum, x])));
  registerRecorderKernel("ZerosLike", ({ graph }) => graph.constant(0));
  registerRecorderKernel("OnesLike", ({ graph }) => graph.constant(1));
  registerRecorderKernel("Fill", ({ graph }, _, { value }) => graph.constant(value as number));
}

/** What runs while recording: tensors for nodes and nodes of tensors. */
export interface Recording {
  readonly graph: Graph;
  /** A scalar tensor that stands for a node. */
  tensor(node: number): Tensor;
  /** The node that a tensor stands for. */
  node(tensor: Tensor): number;
}

/** The engine's fields that say which backend is in place: private to tfjs, but a synchronous switch and an exact return need them. */
interface EngineFields {
  backendName: string | null;
  backendInstance: unknown;
  pendingBackendInit: unknown;
  profiler: unknown;
  state: { activeTape: { saved: tf.Tensor[] }[] | null; gradientDepth: number };
}

/**
 * Runs `body` with the recorder in place of the program's tfjs backend, synchronously, and restores backend and gradients
 * whatever happens. Leaves no tensor behind.
 */
export function record<T>(graph: Graph, body: (recording: Recording) => T): T {
  registerKernels();
  const engine = tf.engine();
  const fields = engine as unknown as EngineFields;
  const before = {
    backendName: fields.backendName,
    backendInstance: fields.backendInstance,
    pendingBackendInit: fields.pendingBackendInit,
    profiler: fields.profiler,
  };
  const recorder = new Recorder(graph);
  const recording: Recording = {
    graph,
    tensor: (node) =>
      engine.makeTensorFromTensorInfo(recorder.infoOf(node, []), recorder as unknown as tf.KernelBackend),
    node: (tensor) => recorder.nodeOf(tensor),
  };
  fields.pendingBackendInit = null;
  engine.registerBackend(RECORDER, () => recorder, Number.NEGATIVE_INFINITY);
  let result!: T;
  try {
    // a factory that is not a promise makes this take effect at once
    void engine.setBackend(RECORDER);
    withGradients(() => {
      engine.tidy(() => {
        result = body(recording);
      });
    });
  } catch (error) {
    releaseTape(fields);
    throw translated(error);
  } finally {
    engine.removeBackend(RECORDER);
    Object.assign(fields, before);
  }
  return result;
}

/** tfjs keeps the tensors saved for a gradient when what it differentiates throws. */
function releaseTape({ state }: EngineFields): void {
  if (state.gradientDepth !== 0 || state.activeTape == null) return;
  for (const node of state.activeTape) for (const tensor of node.saved) tensor.dispose();
  state.activeTape = null;
}

function translated(error: unknown): unknown {
  const found = error instanceof Error ? /^Kernel '([^']+)' not registered for backend/.exec(error.message) : null;
  return found ? densityFault(unknownKernel(found[1]!)) : error;
}
