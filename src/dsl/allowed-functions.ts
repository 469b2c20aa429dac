/** The functions a formula may call and what they take. */
import type { FunctionName } from "./expression.ts";

export interface FunctionSignature {
  readonly minimum: number;
  readonly maximum: number;
  /** What it takes, in words. */
  readonly takes: string;
  /** Named arguments and the kind of their value. */
  readonly named: Readonly<Record<string, "expression" | "degree" | "logical">>;
}

const one = { minimum: 1, maximum: 1, takes: "one argument", named: {} } as const;

export const SIGNATURES: Readonly<Record<FunctionName, FunctionSignature>> = {
  I: one,
  log: { minimum: 1, maximum: 2, takes: "a column and at most a base", named: { base: "expression" } },
  log2: one,
  log10: one,
  log1p: one,
  exp: one,
  expm1: one,
  sqrt: one,
  abs: one,
  sin: one,
  cos: one,
  tan: one,
  tanh: one,
  atan: one,
  plogis: one,
  pnorm: one,
  poly: {
    minimum: 1,
    maximum: 2,
    takes: "a column and a degree, as poly(x, 2)",
    named: { degree: "degree", raw: "logical" },
  },
  scale: { minimum: 1, maximum: 1, takes: "one column", named: { center: "logical", scale: "logical" } },
  factor: one,
};

export const FUNCTION_NAMES = Object.keys(SIGNATURES) as FunctionName[];

export const isFunctionName = (name: string): name is FunctionName => Object.hasOwn(SIGNATURES, name);
