/**
 * First-order gradients of the kernels, each from its inputs alone. tfjs's own save outputs for some kernels (Exp, Sigmoid, Tanh …), and
 * then lose second derivatives; besides, some of their constants are in single precision. Ours are in place only while a density is
 * traced, so that a program's own use of tfjs is not touched.
 */

import { towerTooHigh } from "../messages/families.ts";
import { operations as o } from "./tensor-operations.ts";
import * as tf from "./tfjs.ts";

type Tensor = tf.Tensor;

type Back = (dy: Tensor, inputs: readonly Tensor[], order: number) => (() => Tensor)[];

const kernel = (name: string, x: Tensor): Tensor => tf.engine().runKernel(name, { x }) as Tensor;

/** tfjs disposes of what a gradient returns, so dy itself is never handed on. */
const copy = (dy: Tensor): Tensor => kernel("Identity", dy);

function unary(derivative: (x: Tensor, order: number) => Tensor): Back {
  return (dy, [x], order) => [() => o.mul(dy, derivative(x!, order))];
}

/** A tower: the derivative is the same primitive, one order up. */
function tower(name: string, highest: number, next: (order: number, x: Tensor) => Tensor): Back {
  return unary((x, order) => {
    if (order >= highest) throw new Error(towerTooHigh(name, order + 1));
    return next(order + 1, x);
  });
}

/** The derivative of `oddsDeviance` in s and d. */
function oddsMixed(y: Tensor, s: Tensor, d: Tensor): Tensor {
  return o.mul(o.div(o.oddsScore(y, s, d), s), o.oddsShare(y, s, d));
}

/** Of the two shares, which move against each other. */
function shareBack(sign: 1 | -1): Back {
  return (dy, [y, s, d]) => {
    const spread = () => o.mul(dy, o.mul(sign, o.mul(o.oddsShare(y!, s!, d!), o.oddsRest(y!, s!, d!))));
    return [() => o.div(spread(), y!), () => o.neg(o.div(spread(), s!)), spread];
  };
}

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const INVERSE_SQRT_2PI = 0.3989422804014327;

/** By kernel: names of the inputs, and the gradient. */
const GRADIENTS: Readonly<Record<string, { readonly inputs: readonly string[]; readonly back: Back }>> = {
  Add: { inputs: ["a", "b"], back: (dy) => [() => copy(dy), () => copy(dy)] },
  Sub: { inputs: ["a", "b"], back: (dy) => [() => copy(dy), () => o.neg(dy)] },
  Multiply: { inputs: ["a", "b"], back: (dy, [a, b]) => [() => o.mul(dy, b!), () => o.mul(dy, a!)] },
  RealDiv: {
    inputs: ["a", "b"],
    back: (dy, [a, b]) => [() => o.div(dy, b!), () => o.neg(o.div(o.mul(dy, o.div(a!, b!)), b!))],
  },
  Pow: {
    inputs: ["a", "b"],
    back: (dy, [a, b]) => [
      () => o.mul(dy, o.mul(b!, o.pow(a!, o.sub(b!, 1)))),
      () => o.mul(dy, o.mul(o.pow(a!, b!), o.log(a!))),
    ],
  },
  Neg: { inputs: ["x"], back: (dy) => [() => o.neg(dy)] },
  Sqrt: { inputs: ["x"], back: unary((x) => o.div(0.5, o.sqrt(x))) },
  Abs: { inputs: ["x"], back: unary((x) => kernel("Sign", x)) },
  Sign: { inputs: ["x"], back: unary(() => o.constant(0)) },
  Exp: { inputs: ["x"], back: unary((x) => o.exp(x)) },
  Expm1: { inputs: ["x"], back: unary((x) => o.exp(x)) },
  Log: { inputs: ["x"], back: unary((x) => o.div(1, x)) },
  Log1p: { inputs: ["x"], back: unary((x) => o.div(1, o.add(1, x))) },
  Sin: { inputs: ["x"], back: unary((x) => o.cos(x)) },
  Cos: { inputs: ["x"], back: unary((x) => o.neg(o.sin(x))) },
  Tan: { inputs: ["x"], back: unary((x) => o.add(1, o.square(kernel("Tan", x)))) },
  Sinh: { inputs: ["x"], back: unary((x) => kernel("Cosh", x)) },
  Cosh: { inputs: ["x"], back: unary((x) => kernel("Sinh", x)) },
  // 1 − tanh² cancels in the tails; the logistic form does not
  Tanh: {
    inputs: ["x"],
    back: unary((x) => o.mul(4, o.mul(o.sigmoid(o.mul(2, x)), o.sigmoid(o.mul(-2, x))))),
  },
  Atan: { inputs: ["x"], back: unary((x) => o.div(1, o.add(1, o.square(x)))) },
  Asin: { inputs: ["x"], back: unary((x) => o.div(1, o.sqrt(o.sub(1, o.square(x))))) },
  Acos: { inputs: ["x"], back: unary((x) => o.neg(o.div(1, o.sqrt(o.sub(1, o.square(x)))))) },
  Erf: { inputs: ["x"], back: unary((x) => o.mul(TWO_OVER_SQRT_PI, o.exp(o.neg(o.square(x))))) },
  Sigmoid: { inputs: ["x"], back: unary((x) => o.mul(o.sigmoid(x), o.sigmoid(o.neg(x)))) },
  Softplus: { inputs: ["x"], back: unary((x) => o.sigmoid(x)) },
  // the recorder spells these out; eager backends have them as kernels
  Square: { inputs: ["x"], back: unary((x) => o.mul(2, x)) },
  Reciprocal: { inputs: ["x"], back: unary((x) => o.neg(o.div(1, o.square(x)))) },
  Rsqrt: { inputs: ["x"], back: unary((x) => o.div(-0.5, o.mul(x, o.sqrt(x)))) },
  SquaredDifference: {
    inputs: ["a", "b"],
    back: (dy, [a, b]) => [() => o.mul(dy, o.mul(2, o.sub(a!, b!))), () => o.mul(dy, o.mul(2, o.sub(b!, a!)))],
  },
  Identity: { inputs: ["x"], back: (dy) => [() => copy(dy)] },
  Cast: { inputs: ["x"], back: (dy) => [() => copy(dy)] },
  Reshape: { inputs: ["x"], back: (dy) => [() => copy(dy)] },
  "marginalia.ndtr": { inputs: ["x"], back: unary((x) => o.mul(INVERSE_SQRT_2PI, o.exp(o.mul(-0.5, o.square(x))))) },
  "marginalia.log1mExp": { inputs: ["x"], back: unary((x) => o.reciprocalExpm1(x)) },
  "marginalia.reciprocalExpm1": {
    inputs: ["x"],
    back: unary((x) => {
      const q = o.reciprocalExpm1(x);
      return o.neg(o.mul(q, o.add(1, q)));
    }),
  },
  "marginalia.cauchyCdf": { inputs: ["x"], back: unary((x) => o.div(1 / Math.PI, o.add(1, o.square(x)))) },
  "marginalia.ifPositive": { inputs: ["a", "b"], back: (dy, [a]) => [() => kernel("ZerosLike", a!), () => copy(dy)] },
  "marginalia.logNdtr": { inputs: ["x"], back: tower("logNdtr", 4, (m, x) => o.logNdtr(x, m)) },
  "marginalia.logNdtrInterval": {
    inputs: ["a", "b", "c"],
    back: (dy, [eta, upper, lower], order) => {
      // orders 0 to 3 go up in η; 4 to 6 and 7 to 9 are those of the derivatives in the ends
      const next = (to: number, within: boolean) => () => {
        if (!within) throw new Error(towerTooHigh("logNdtrInterval", order + 1));
        return o.mul(dy, o.logNdtrInterval(eta!, upper!, lower!, to));
      };
      return [next(order + 1, ![3, 6, 9].includes(order)), next(4 + order, order < 3), next(7 + order, order < 3)];
    },
  },
  "marginalia.logCloglog": { inputs: ["x"], back: tower("logCloglog", 4, (m, x) => o.logCloglog(x, m)) },
  "marginalia.polygamma": { inputs: ["x"], back: tower("polygamma", 20, (m, x) => o.polygamma(m, x)) },
  "marginalia.lgammaCorrection": {
    inputs: ["x"],
    back: tower("lgammaCorrection", 20, (m, x) => o.lgammaCorrection(x, m)),
  },
  "marginalia.lgammaDelta": {
    inputs: ["a", "b"],
    back: (dy, [a, b], order) => [
      () => o.mul(dy, o.lgammaDelta(a!, b!, order + 1)),
      () => o.mul(dy, o.polygamma(order, o.add(a!, b!))),
    ],
  },
  "marginalia.logRising": {
    inputs: ["a", "b"],
    back: (dy, [a, b], order) => [
      () => o.mul(dy, o.logRising(a!, b!, order + 1)),
      () => {
        if (order > 0) throw new Error(towerTooHigh("logRising in its count", order + 1));
        return o.mul(dy, o.sub(o.polygamma(0, o.add(a!, b!)), o.log(a!)));
      },
    ],
  },
  // in closed form: what automatic derivatives of the closed forms would lose is lost where s is far from y
  "marginalia.oddsDeviance": {
    inputs: ["a", "b", "c"],
    back: (dy, [y, s, d]) => [
      () => kernel("ZerosLike", y!),
      () => o.mul(dy, o.oddsSizeScore(y!, s!, d!)),
      () => o.mul(dy, o.oddsScore(y!, s!, d!)),
    ],
  },
  "marginalia.oddsScore": {
    inputs: ["a", "b", "c"],
    back: (dy, [y, s, d]) => [
      () => kernel("ZerosLike", y!),
      () => o.mul(dy, oddsMixed(y!, s!, d!)),
      () => o.mul(dy, o.oddsCurvature(y!, s!, d!)),
    ],
  },
  "marginalia.oddsSizeScore": {
    inputs: ["a", "b", "c"],
    back: (dy, [y, s, d]) => [
      () => kernel("ZerosLike", y!),
      () => o.neg(o.mul(dy, o.div(o.square(o.div(o.oddsScore(y!, s!, d!), s!)), o.add(y!, s!)))),
      () => o.mul(dy, oddsMixed(y!, s!, d!)),
    ],
  },
  "marginalia.oddsCurvature": {
    inputs: ["a", "b", "c"],
    back: (dy, [y, s, d]) => {
      const shares = () => [o.oddsShare(y!, s!, d!), o.oddsRest(y!, s!, d!)] as const;
      return [
        () => kernel("ZerosLike", y!),
        () => {
          const [u, v] = shares();
          const slope = o.add(o.mul(2, u), o.mul(o.div(y!, s!), o.sub(u, v)));
          return o.mul(dy, o.mul(o.mul(u, v), slope));
        },
        () => {
          const [u, v] = shares();
          return o.mul(dy, o.mul(o.oddsCurvature(y!, s!, d!), o.sub(v, u)));
        },
      ];
    },
  },
  "marginalia.oddsShare": { inputs: ["a", "b", "c"], back: shareBack(1) },
  "marginalia.oddsRest": { inputs: ["a", "b", "c"], back: shareBack(-1) },
  "marginalia.logRatio": {
    inputs: ["a", "b", "c"],
    back: (dy, [, logB, t]) => [() => copy(dy), () => kernel("ZerosLike", logB!), () => kernel("ZerosLike", t!)],
  },
};

/** Runs `body` with these gradients registered, and puts back whatever was registered before. */
export function withGradients(body: () => void): void {
  const before = new Map(Object.keys(GRADIENTS).map((name) => [name, tf.getGradient(name)]));
  for (const [kernelName, { inputs, back }] of Object.entries(GRADIENTS))
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      gradFunc: (dy, saved, attributes) => {
        const thunks = back(
          dy as Tensor,
          saved as Tensor[],
          ((attributes as { order?: number } | undefined)?.order ?? 0) as number,
        );
        return Object.fromEntries(inputs.map((name, i) => [name, thunks[i]!]));
      },
    });
  try {
    body();
  } finally {
    for (const [name, gradient] of before)
      if (gradient == null) tf.unregisterGradient(name);
      else tf.registerGradient(gradient);
  }
}
