/**
 * The primitives a traced density is made of: how each is computed, how it is written in generated code, and whether it is dear
 * enough to be worth hoisting. Evaluation and code are the same arithmetic, so that interpreter and generated code agree to the last bit.
 */
import {
  differenceFunctions,
  exponentialFunctions,
  gammaFunctions,
  normalFunctions,
  tailFunctions,
} from "../special/towers.ts";

export type Primitive =
  | "const"
  | "eta"
  | "phi"
  | "column"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "pow"
  | "sqrt"
  | "abs"
  | "sign"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "atan"
  | "asin"
  | "acos"
  | "erf"
  | "sigmoid"
  | "softplus"
  | "ndtr"
  | "log1mExp"
  | "reciprocalExpm1"
  | "cauchyCdf"
  | "ifPositive"
  | "logNdtr"
  | "logNdtrInterval"
  | "logCloglog"
  | "polygamma"
  | "lgammaCorrection"
  | "lgammaDelta"
  | "logRising"
  | "logRatio"
  | "oddsDeviance"
  | "oddsScore"
  | "oddsSizeScore"
  | "oddsCurvature"
  | "oddsShare"
  | "oddsRest"
  // only after lowering
  | "expNegAbs"
  | "softplusOf"
  | "pick"
  | "atMost"
  | "tableExpm1"
  | "tableLog1p"
  | "expGiven";

/** Functions the generated code calls by a fixed name of ours. */
export const SPECIAL_FUNCTIONS = {
  ...exponentialFunctions,
  ...gammaFunctions,
  ...normalFunctions,
  ...tailFunctions,
  ...differenceFunctions,
};

export interface PrimitiveRule {
  readonly arity: number;
  /** A call of a transcendental or a special function; false for a few cycles of arithmetic. */
  readonly dear: boolean;
  /** `order` is the order of a tower, unused elsewhere. */
  evaluate(a: number, b: number, c: number, order: number): number;
  /** The same as JavaScript; arguments are names or literals. */
  emit(a: string, b: string, c: string, order: number): string;
}

const S = SPECIAL_FUNCTIONS;

function math(
  name: "expm1" | "log" | "log1p" | "sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh" | "atan" | "asin" | "acos",
): PrimitiveRule {
  const f = Math[name];
  return { arity: 1, dear: true, evaluate: (a) => f(a), emit: (a) => `Math.${name}(${a})` };
}

function special1(
  name: "erf" | "ndtr" | "log1mExp" | "reciprocalExpm1" | "cauchyCdf" | "sigmoid" | "softplus",
): PrimitiveRule {
  const f = S[name];
  return { arity: 1, dear: true, evaluate: (a) => f(a), emit: (a) => `S.${name}(${a})` };
}

function tower1(name: "logNdtr" | "logCloglog" | "polygamma" | "lgammaCorrection"): PrimitiveRule {
  const f = S[name];
  return {
    arity: 1,
    dear: true,
    evaluate: (a, _b, _c, order) => f(order, a),
    emit: (a, _b, _c, order) => `S.${name}(${order}, ${a})`,
  };
}

function tower2(name: "lgammaDelta" | "logRising"): PrimitiveRule {
  const f = S[name];
  return {
    arity: 2,
    dear: true,
    evaluate: (a, b, _c, order) => f(order, a, b),
    emit: (a, b, _c, order) => `S.${name}(${order}, ${a}, ${b})`,
  };
}

function special3(
  name: "logRatio" | "oddsDeviance" | "oddsScore" | "oddsSizeScore" | "oddsCurvature" | "oddsShare" | "oddsRest",
): PrimitiveRule {
  const f = S[name];
  return {
    arity: 3,
    dear: true,
    evaluate: (a, b, c) => f(a, b, c),
    emit: (a, b, c) => `S.${name}(${a}, ${b}, ${c})`,
  };
}

function leaf(): PrimitiveRule {
  return { arity: 0, dear: false, evaluate: () => Number.NaN, emit: () => "NaN" };
}

export const PRIMITIVES: Readonly<Record<Primitive, PrimitiveRule>> = {
  const: leaf(),
  eta: leaf(),
  phi: leaf(),
  column: leaf(),
  add: { arity: 2, dear: false, evaluate: (a, b) => a + b, emit: (a, b) => `${a} + ${b}` },
  sub: { arity: 2, dear: false, evaluate: (a, b) => a - b, emit: (a, b) => `${a} - ${b}` },
  mul: { arity: 2, dear: false, evaluate: (a, b) => a * b, emit: (a, b) => `${a} * ${b}` },
  div: { arity: 2, dear: false, evaluate: (a, b) => a / b, emit: (a, b) => `${a} / ${b}` },
  neg: { arity: 1, dear: false, evaluate: (a) => -a, emit: (a) => `-${a}` },
  pow: { arity: 2, dear: true, evaluate: (a, b) => a ** b, emit: (a, b) => `Math.pow(${a}, ${b})` },
  sqrt: { arity: 1, dear: false, evaluate: (a) => Math.sqrt(a), emit: (a) => `Math.sqrt(${a})` },
  abs: { arity: 1, dear: false, evaluate: (a) => Math.abs(a), emit: (a) => `Math.abs(${a})` },
  sign: { arity: 1, dear: false, evaluate: (a) => Math.sign(a), emit: (a) => `Math.sign(${a})` },
  exp: { arity: 1, dear: true, evaluate: (a) => S.exp(a), emit: (a) => `exp(${a})` },
  expm1: math("expm1"),
  log: math("log"),
  log1p: math("log1p"),
  sin: math("sin"),
  cos: math("cos"),
  tan: math("tan"),
  sinh: math("sinh"),
  cosh: math("cosh"),
  tanh: math("tanh"),
  atan: math("atan"),
  asin: math("asin"),
  acos: math("acos"),
  erf: special1("erf"),
  sigmoid: special1("sigmoid"),
  softplus: special1("softplus"),
  ndtr: special1("ndtr"),
  log1mExp: special1("log1mExp"),
  reciprocalExpm1: special1("reciprocalExpm1"),
  cauchyCdf: special1("cauchyCdf"),
  ifPositive: {
    arity: 2,
    dear: false,
    evaluate: (a, b) => (a > 0 ? b : -Infinity),
    emit: (a, b) => `${a} > 0 ? ${b} : -Infinity`,
  },
  logNdtr: tower1("logNdtr"),
  logNdtrInterval: {
    arity: 3,
    dear: true,
    evaluate: (a, b, c, order) => S.logNdtrInterval(order, a, b, c),
    emit: (a, b, c, order) => `S.logNdtrInterval(${order}, ${a}, ${b}, ${c})`,
  },
  logCloglog: tower1("logCloglog"),
  polygamma: tower1("polygamma"),
  lgammaCorrection: tower1("lgammaCorrection"),
  lgammaDelta: tower2("lgammaDelta"),
  logRising: tower2("logRising"),
  logRatio: special3("logRatio"),
  oddsDeviance: special3("oddsDeviance"),
  oddsScore: special3("oddsScore"),
  oddsSizeScore: special3("oddsSizeScore"),
  oddsCurvature: special3("oddsCurvature"),
  oddsShare: special3("oddsShare"),
  oddsRest: special3("oddsRest"),
  expNegAbs: {
    arity: 1,
    dear: true,
    evaluate: (a) => S.exp(-Math.abs(a)),
    emit: (a) => `exp(-Math.abs(${a}))`,
  },
  softplusOf: {
    arity: 2,
    dear: true,
    evaluate: (a, b) => Math.max(a, 0) + S.log1pUnit(b),
    emit: (a, b) => `Math.max(${a}, 0) + log1pUnit(${b})`,
  },
  pick: {
    arity: 3,
    dear: false,
    evaluate: (a, b, c) => (a >= 0 ? b : c),
    emit: (a, b, c) => `${a} >= 0 ? ${b} : ${c}`,
  },
  atMost: { arity: 2, dear: false, evaluate: (a, b) => Math.min(a, b), emit: (a, b) => `Math.min(${a}, ${b})` },
  tableExpm1: { arity: 1, dear: true, evaluate: (a) => S.expm1(a), emit: (a) => `expm1(${a})` },
  // e^b where a is e^b − 1
  expGiven: {
    arity: 2,
    dear: true,
    evaluate: (a, b) => (a > -0.5 ? 1 + a : S.exp(b)),
    emit: (a, b) => `${a} > -0.5 ? 1 + ${a} : exp(${b})`,
  },
  tableLog1p: { arity: 1, dear: true, evaluate: (a) => S.log1p(a), emit: (a) => `log1p(${a})` },
};
