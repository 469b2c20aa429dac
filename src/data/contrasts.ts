/** Coding of a factor's levels as columns: R's `contr.treatment`, `contr.sum`, `contr.helmert`, `contr.poly`, or one column a level. */
import type { ContrastName } from "../dsl/model-spec.ts";
import { evaluatePolynomials, polynomialBasis } from "./orthogonal-polynomials.ts";

export interface Coding {
  /** What is appended to the factor's name: `2`, `.L`. */
  readonly suffixes: readonly string[];
  /** levels × suffixes.length, row-major. */
  readonly matrix: Float64Array;
}

/** One column for each level: used where no margin of the factor is in the model. */
export function indicatorCoding(levels: readonly string[]): Coding {
  const k = levels.length;
  const matrix = new Float64Array(k * k);
  for (let i = 0; i < k; i++) matrix[i * k + i] = 1;
  return { suffixes: levels, matrix };
}

/** The contrasts of a factor with these levels: k − 1 columns. */
export function contrastCoding(levels: readonly string[], name: ContrastName): Coding {
  const k = levels.length;
  const width = k - 1;
  const matrix = new Float64Array(k * width);
  const numbered = Array.from({ length: width }, (_, j) => String(j + 1));
  switch (name) {
    case "treatment":
      for (let j = 0; j < width; j++) matrix[(j + 1) * width + j] = 1;
      return { suffixes: levels.slice(1), matrix };
    case "sum":
      for (let j = 0; j < width; j++) {
        matrix[j * width + j] = 1;
        matrix[width * width + j] = -1;
      }
      return { suffixes: numbered, matrix };
    case "helmert":
      for (let j = 0; j < width; j++) {
        for (let i = 0; i <= j; i++) matrix[i * width + j] = -1;
        matrix[(j + 1) * width + j] = j + 1;
      }
      return { suffixes: numbered, matrix };
    case "poly": {
      const scores = Float64Array.from({ length: k }, (_, i) => i + 1);
      const suffixes = numbered.map((_, j) => [".L", ".Q", ".C"][j] ?? `^${j + 1}`);
      return { suffixes, matrix: evaluatePolynomials(polynomialBasis(scores, width)!, scores) };
    }
  }
}
