/** From the parameters as tables report them to the natural vector x = [β | Λ | φ]: the other way round than `reported-parameters.ts`. */
import { boundStructure } from "../covariance/structures.ts";
import type { ParameterSupport } from "../families/family.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import type { CompiledModel } from "./compiled-model.ts";
import { writeFactor } from "./parameter-layout.ts";
import { estimatedParameters, type ReportedParameter } from "./reported-parameters.ts";

/** Pivots of a correlation matrix below this are 0 but for rounding. */
const ROUNDING = 1e-10;

/** What the value of a parameter must be, and whether a number is it. */
export interface Requirement {
  readonly text: string;
  holds(value: number): boolean;
}

const FINITE: Requirement = { text: "a finite number", holds: Number.isFinite };
const SD: Requirement = {
  text: "a finite number, 0 or above",
  holds: (value) => value >= 0 && value < Infinity,
};
const POSITIVE: Requirement = { text: "a finite number above 0", holds: (value) => value > 0 && value < Infinity };
const CORRELATION: Requirement = {
  text: "a number from -1 to 1",
  holds: (value) => Math.abs(value) <= 1 + ROUNDING,
};

function requirementOf(support: ParameterSupport): Requirement {
  if (support === "real" || support === "ordered") return FINITE;
  if (support === "positive") return POSITIVE;
  const { lower, upper } = support === "unit" ? { lower: 0, upper: 1 } : support;
  return { text: `a number between ${lower} and ${upper}`, holds: (value) => value >= lower && value <= upper };
}

/** As `choleskyFactor`, for a correlation matrix that may be singular: R = LL' with columns of 0 where a pivot is. */
function singularFactor(R: Float64Array, q: number, L: Float64Array): boolean {
  L.fill(0);
  for (let j = 0; j < q; j++)
    for (let i = j; i < q; i++) {
      let left = i === j ? 1 : R[i * q + j]!;
      for (let k = 0; k < j; k++) left -= L[i * q + k]! * L[j * q + k]!;
      if (i === j) {
        if (!(left > -ROUNDING)) return false;
        L[j * q + j] = left > ROUNDING ? Math.sqrt(left) : 0;
      } else if (L[j * q + j]! > 0) L[i * q + j] = left / L[j * q + j]!;
      else if (!(Math.abs(left) < Math.sqrt(ROUNDING))) return false;
    }
  return true;
}

/**
 * Λ of sds and correlations (row-major lower triangle of ones elsewhere): the Cholesky factor of D R D, which may be singular. False where R
 * is impossible.
 */
function covarianceFactor(sds: Float64Array, correlations: Float64Array, q: number, out: Float64Array): boolean {
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) out[a * q + b] = sds[a]! * sds[b]! * (a === b ? 1 : correlations[a * q + b]!);
  if (choleskyFactor(out, q)) return true;
  if (!singularFactor(correlations, q, out)) return false;
  for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) out[a * q + b]! *= sds[a]!;
  return true;
}

export interface NaturalParameters {
  /** The estimated parameters in the order of x: coefficients, then sds and correlations term by term, then φ. */
  readonly parameters: readonly ReportedParameter[];
  /** What each must be. */
  readonly required: readonly Requirement[];
  /**
   * Writes x of values of the parameters that are as required.
   *
   * @returns the place of the random term whose correlations belong to no covariance matrix; null where all do
   */
  write(values: ArrayLike<number>, x: Float64Array): number | null;
}

/**
 * The estimated parameters of a model and how x is made of them.
 *
 * @example
 * const { parameters, write } = naturalParameters(model);
 * write(parameters.map((parameter) => parameter.value(x)), again); // again is x, to rounding
 */
export function naturalParameters(model: CompiledModel): NaturalParameters {
  const { layout, family } = model;
  const coefficients = layout.beta.flatMap(({ offset, size }) => Array.from({ length: size }, (_, j) => offset + j));
  const terms = layout.terms.map((term) => {
    const { q } = term;
    const pairs: (readonly [a: number, b: number])[] = [];
    const { diagonal, summarised, labels } = boundStructure(term);
    if (!diagonal && !summarised) for (let a = 0; a < q; a++) for (let b = a + 1; b < q; b++) pairs.push([a, b]);
    const sds = term.sd ? 0 : summarised ? 1 : q;
    const named = labels.filter(({ kind }) => kind === "parameter").length;
    return {
      term,
      summarised,
      named,
      q,
      pairs,
      sds,
      sd: new Float64Array(q),
      R: new Float64Array(q * q),
      L: new Float64Array(q * q),
    };
  });
  return {
    parameters: estimatedParameters(model),
    required: [
      ...coefficients.map(() => FINITE),
      ...terms.flatMap(({ sds, named, pairs }) => [
        ...Array.from({ length: sds }, () => SD),
        ...Array.from({ length: named }, () => POSITIVE),
        ...pairs.map(() => CORRELATION),
      ]),
      ...family.parameters.map(({ support }) => requirementOf(support)),
    ],
    write(values, x) {
      let next = 0;
      for (const position of coefficients) x[position] = values[next++]!;
      for (const [t, { term, summarised, named, q, pairs, sds, sd, R, L }] of terms.entries()) {
        if (summarised) {
          if (sds > 0) x[term.offset] = values[next++]!;
          for (let k = 0; k < named; k++) x[term.offset + sds + k] = Math.log(values[next++]!);
          continue;
        }
        for (let a = 0; a < q; a++) sd[a] = sds > 0 ? values[next++]! : term.sd![a]!;
        if (pairs.length === 0) {
          L.fill(0);
          for (let a = 0; a < q; a++) L[a * q + a] = sd[a]!;
        } else {
          for (const [a, b] of pairs) R[a * q + b] = R[b * q + a] = values[next++]!;
          if (!covarianceFactor(sd, R, q, L)) return t;
        }
        writeFactor(term, L, x);
      }
      for (let g = 0; g < layout.phi.size; g++) x[layout.phi.offset + g] = values[next++]!;
      return null;
    },
  };
}
