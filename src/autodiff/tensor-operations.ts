/** `Operations` on tfjs tensors of whichever backend is in place. */

import type { Operand as OperandOf, Operations } from "./operations.ts";
import * as tf from "./tfjs.ts";

type Tensor = tf.Tensor;
type Operand = OperandOf<Tensor>;

/** Runs a kernel by name. */
function run(kernel: string, inputs: Record<string, Tensor>, attributes?: Record<string, number>): Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes) as Tensor;
}

/** Name of the backend that records. */
export const RECORDER = "marginalia-recorder";

/**
 * A constant. While recording it stays a double: values handed to makeTensor pass to the backend untouched, where tf.scalar would round
 * them. Other backends get what they can hold.
 */
function constant(value: number): Tensor {
  const engine = tf.engine();
  const values = engine.backendName === RECORDER ? Float64Array.of(value) : Float32Array.of(value);
  return engine.makeTensor(values as unknown as tf.DataValues, [], "float32") as Tensor;
}

function tensor(x: Operand): Tensor {
  return typeof x === "number" ? constant(x) : x;
}

const unary = (kernel: string) => (a: Operand) => run(kernel, { x: tensor(a) });
const binary = (kernel: string) => (a: Operand, b: Operand) => run(kernel, { a: tensor(a), b: tensor(b) });
const tower =
  (kernel: string) =>
  (a: Operand, order = 0) =>
    run(kernel, { x: tensor(a) }, { order });
const tower2 =
  (kernel: string) =>
  (a: Operand, k: Operand, order = 0) =>
    run(kernel, { a: tensor(a), b: tensor(k) }, { order });

const ternary = (kernel: string) => (a: Operand, b: Operand, c: Operand) =>
  run(kernel, { a: tensor(a), b: tensor(b), c: tensor(c) });

const softplus = unary("Softplus");
const neg = unary("Neg");
const div = binary("RealDiv");

/** The operations densities are written in. */
export const operations: Operations<Tensor> = {
  constant,
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Multiply"),
  div,
  pow: binary("Pow"),
  neg,
  square: (a) => {
    const x = tensor(a);
    return run("Multiply", { a: x, b: x });
  },
  sqrt: unary("Sqrt"),
  reciprocal: (a) => div(1, a),
  abs: unary("Abs"),
  exp: unary("Exp"),
  expm1: unary("Expm1"),
  log: unary("Log"),
  log1p: unary("Log1p"),
  sin: unary("Sin"),
  cos: unary("Cos"),
  tanh: unary("Tanh"),
  atan: unary("Atan"),
  erf: unary("Erf"),
  sigmoid: unary("Sigmoid"),
  softplus,
  logSigmoid: (a) => neg(softplus(neg(a))),
  log1mExp: unary("marginalia.log1mExp"),
  reciprocalExpm1: unary("marginalia.reciprocalExpm1"),
  logNdtr: tower("marginalia.logNdtr"),
  logNdtrInterval: (eta, upper, lower, order = 0) =>
    run("marginalia.logNdtrInterval", { a: tensor(eta), b: tensor(upper), c: tensor(lower) }, { order }),
  ndtr: unary("marginalia.ndtr"),
  logCloglog: tower("marginalia.logCloglog"),
  cauchyCdf: unary("marginalia.cauchyCdf"),
  lgamma: (a) => run("marginalia.polygamma", { x: tensor(a) }, { order: -1 }),
  lgammaDelta: tower2("marginalia.lgammaDelta"),
  logRising: tower2("marginalia.logRising"),
  logRatio: ternary("marginalia.logRatio"),
  oddsDeviance: ternary("marginalia.oddsDeviance"),
  oddsScore: ternary("marginalia.oddsScore"),
  oddsSizeScore: ternary("marginalia.oddsSizeScore"),
  oddsCurvature: ternary("marginalia.oddsCurvature"),
  oddsShare: ternary("marginalia.oddsShare"),
  oddsRest: ternary("marginalia.oddsRest"),
  lgammaCorrection: tower("marginalia.lgammaCorrection"),
  polygamma: (order, a) => run("marginalia.polygamma", { x: tensor(a) }, { order }),
  ifPositive: binary("marginalia.ifPositive"),
};
