/**
 * Variance functions: the residual sd of row i is σ·g_i, g the product of simple functions of covariates and strata
 * (Pinheiro & Bates 2000, §5.2.1). Everything is on the scale of log g.
 */
import type { VarianceFunctionKind } from "../dsl/residual-spec.ts";
import type { LogLinearPart, ResidualData, VariancePart } from "./residual-data.ts";

export interface VarianceFunction {
  /** Number of estimated parameters. */
  readonly size: number;
  /** Writes log g of every row; false where some g is not positive and finite. */
  evaluate(psi: Float64Array, at: number, logSd: Float64Array): boolean;
  /** Adds Σ_i dLogSd_i ∂log g_i/∂ψ to dPsi[at …], at the ψ of the last `evaluate`. */
  pullback(dLogSd: Float64Array, dPsi: Float64Array, at: number): void;
}

/** log g of one row and its derivatives in the function's one or two parameters. */
interface RowFunction {
  logSd(v: number, a: number, b: number): number;
  first(v: number, a: number, b: number): number;
  second(v: number, a: number, b: number): number;
}

/** Most of log g: beyond, variances overflow. */
const MOST_LOG_SD = 350;

const zero = () => 0;

const FUNCTIONS: Readonly<Record<VarianceFunctionKind, RowFunction>> = {
  varFixed: { logSd: (v) => 0.5 * Math.log(v), first: zero, second: zero },
  varIdent: { logSd: (_, ratio) => Math.log(ratio), first: (_, ratio) => 1 / ratio, second: zero },
  varPower: {
    logSd: (v, power) => (power === 0 ? 0 : power * Math.log(Math.abs(v))),
    first: (v) => Math.log(Math.abs(v)),
    second: zero,
  },
  varExp: { logSd: (v, expon) => expon * v, first: (v) => v, second: zero },
  varConstPower: {
    logSd: (v, constant, power) => Math.log(constant + Math.abs(v) ** power),
    first: (v, constant, power) => 1 / (constant + Math.abs(v) ** power),
    second(v, constant, power) {
      const base = Math.abs(v);
      return base === 0 ? 0 : (base ** power * Math.log(base)) / (constant + base ** power);
    },
  },
  varConstProp: {
    logSd: (v, constant, prop) => Math.log(Math.hypot(constant, prop * v)),
    first: (v, constant, prop) => constant / (constant * constant + prop * prop * v * v),
    second: (v, constant, prop) => (prop * v * v) / (constant * constant + prop * prop * v * v),
  },
};

function simpleFunction(part: VariancePart, n: number): VarianceFunction {
  const { covariate, stratum, strata, parameters } = part;
  const f = FUNCTIONS[part.kind];
  const values = [new Float64Array(strata.length), new Float64Array(strata.length)] as const;
  if (part.kind === "varIdent") values[0].fill(1);
  // the free parameter of each slot and stratum, −1 where it is held
  const place = [new Int32Array(strata.length).fill(-1), new Int32Array(strata.length).fill(-1)] as const;
  let size = 0;
  for (const { slot, stratum: s, held } of parameters)
    if (held === null) place[slot as 0 | 1][s] = size++;
    else values[slot as 0 | 1][s] = held;
  return {
    size,
    evaluate(psi, at, logSd) {
      for (let slot = 0; slot < 2; slot++)
        for (let s = 0; s < strata.length; s++) {
          const free = place[slot as 0 | 1][s]!;
          if (free >= 0) values[slot as 0 | 1][s] = psi[at + free]!;
        }
      for (let i = 0; i < n; i++) {
        const s = stratum[i]!;
        const value = f.logSd(covariate === null ? 0 : covariate[i]!, values[0][s]!, values[1][s]!);
        if (!(Math.abs(value) < MOST_LOG_SD)) return false;
        logSd[i]! += value;
      }
      return true;
    },
    pullback(dLogSd, dPsi, at) {
      if (size === 0) return;
      for (let i = 0; i < n; i++) {
        const s = stratum[i]!;
        const v = covariate === null ? 0 : covariate[i]!;
        const a = values[0][s]!;
        const b = values[1][s]!;
        const first = place[0][s]!;
        const second = place[1][s]!;
        if (first >= 0) dPsi[at + first]! += dLogSd[i]! * f.first(v, a, b);
        if (second >= 0) dPsi[at + second]! += dLogSd[i]! * f.second(v, a, b);
      }
    },
  };
}

function logLinearFunction({ X, names, offset }: LogLinearPart, n: number): VarianceFunction {
  const p = names.length;
  return {
    size: p,
    evaluate(psi, at, logSd) {
      for (let i = 0; i < n; i++) {
        let value = offset[i]!;
        for (let j = 0; j < p; j++) value += X[i * p + j]! * psi[at + j]!;
        if (!(Math.abs(value) < MOST_LOG_SD)) return false;
        logSd[i]! += value;
      }
      return true;
    },
    pullback(dLogSd, dPsi, at) {
      for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) dPsi[at + j]! += dLogSd[i]! * X[i * p + j]!;
    },
  };
}

/** Whether rows differ in their variances. */
export const hasVariances = ({ variance, logLinear }: Pick<ResidualData, "variance" | "logLinear">): boolean =>
  variance.length > 0 || logLinear !== undefined;

/** The product of a structure's variance functions; parameters function by function. */
export function varianceFunction(data: Pick<ResidualData, "n" | "variance" | "logLinear">): VarianceFunction {
  const functions = [
    ...(data.logLinear ? [logLinearFunction(data.logLinear, data.n)] : []),
    ...data.variance.map((part) => simpleFunction(part, data.n)),
  ];
  return {
    size: functions.reduce((sum, { size }) => sum + size, 0),
    evaluate(psi, at, logSd) {
      logSd.fill(0);
      let from = at;
      for (const f of functions) {
        if (!f.evaluate(psi, from, logSd)) return false;
        from += f.size;
      }
      return true;
    },
    pullback(dLogSd, dPsi, at) {
      let from = at;
      for (const f of functions) {
        f.pullback(dLogSd, dPsi, from);
        from += f.size;
      }
    },
  };
}

/** Root mean square of the covariates of the functions of a kind: what an exponent of 1 means depends on it. At least 1e-300. */
export function spreadOfCovariate(parts: readonly VariancePart[], kind: VarianceFunctionKind): number {
  let squares = 0;
  let count = 0;
  for (const part of parts)
    if (part.kind === kind && part.covariate)
      for (const v of part.covariate) {
        squares += v * v;
        count++;
      }
  return Math.max(1e-300, Math.sqrt(squares / Math.max(1, count)));
}
