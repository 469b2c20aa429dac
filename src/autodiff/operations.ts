/** The operations a log density may be written in: tfjs ops, numbers allowed as constants, and special functions tfjs lacks. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";

export type Tensor = TfTensor;
/** An operand: a tensor or a double constant. */
export type Operand = Tensor | number;

export interface Operations {
  /** A double constant (tfjs's own `tf.scalar` would round it to single precision). */
  constant(value: number): Tensor;
  add(a: Operand, b: Operand): Tensor;
  sub(a: Operand, b: Operand): Tensor;
  mul(a: Operand, b: Operand): Tensor;
  div(a: Operand, b: Operand): Tensor;
  pow(a: Operand, exponent: Operand): Tensor;
  neg(a: Operand): Tensor;
  square(a: Operand): Tensor;
  sqrt(a: Operand): Tensor;
  reciprocal(a: Operand): Tensor;
  exp(a: Operand): Tensor;
  expm1(a: Operand): Tensor;
  log(a: Operand): Tensor;
  log1p(a: Operand): Tensor;
  sin(a: Operand): Tensor;
  cos(a: Operand): Tensor;
  tanh(a: Operand): Tensor;
  atan(a: Operand): Tensor;
  sigmoid(a: Operand): Tensor;
  softplus(a: Operand): Tensor;
  /** log(sigmoid(a)). */
  logSigmoid(a: Operand): Tensor;
  /** log(1 − exp(−a)), a > 0. */
  log1mExp(a: Operand): Tensor;
  /** log Φ(a). */
  logNdtr(a: Operand): Tensor;
  /** Φ(a). */
  ndtr(a: Operand): Tensor;
  lgamma(a: Operand): Tensor;
  /** lgamma(a + k) − lgamma(a), accurate for large a. */
  lgammaDelta(a: Operand, k: Operand): Tensor;
  /** Polygamma of the given order (0 = digamma). */
  polygamma(order: number, a: Operand): Tensor;
}
