/** Slopes of a criterion in the entries of the covariance matrices of the random terms, gathered along a search. */
import { inverse, Matrix, SingularValueDecomposition } from "ml-matrix";
import type { TermLayout } from "../model/parameter-layout.ts";
import { covarianceEntries, covarianceJacobian, ownEntries } from "./covariance-jacobian.ts";

/** A singular value below this share of the largest is none, of slopes along a search. */
const DOUBTFUL = 1e-4;
/** An entry of a direction below this, where all entries have slopes of one size, is rounding too. */
const NO_ENTRY = 1e-6;
/** Columns this much smaller than the largest hold nothing but rounding. */
const NO_SLOPE = 1e-7;
/** A slope of half a criterion, at standard deviations about those of the rows, that is more than rounding. */
const LEAST_SLOPE = 1e-4;

/** One entry of the covariance matrix of a term, row ≥ column, which may stand for others of the same value; or σ². */
export type Coordinate = { readonly term: number; readonly row: number; readonly column: number } | "sigma";

/** Slopes of a criterion in the entries of the covariance matrices, at several points. */
export class CovarianceSlopes {
  readonly coordinates: readonly Coordinate[];
  readonly #terms: readonly TermLayout[];
  readonly #rows: Float64Array[] = [];

  /**
   * @param terms where the terms are in the points that will be given
   * @param sigma whether Λ is relative to a σ that has been profiled out
   */
  constructor(terms: readonly TermLayout[], sigma: boolean) {
    this.#terms = terms;
    const own = terms.flatMap((layout, term): Coordinate[] =>
      ownEntries(layout).map(([row, column]) => ({ term, row, column })),
    );
    this.coordinates = own.length === 0 ? [] : sigma ? [...own, "sigma"] : own;
  }

  /** Whether there are as many points as it takes. */
  get enough(): boolean {
    return this.#rows.length >= this.coordinates.length + 3;
  }

  /** Takes the slope at a point, where its factors are not singular. */
  add(x: Float64Array, gradient: Float64Array): void {
    const row = new Float64Array(this.coordinates.length);
    let at = 0;
    let level = 0;
    for (const term of this.#terms) {
      if (ownEntries(term).length === 0) continue;
      const jacobian = covarianceJacobian(term, x);
      if (!jacobian) return;
      const { size, offset } = term;
      // slopes in Λ are those in Σ through the Jacobian
      const slopes = inverse(jacobian).transpose();
      const sigma = covarianceEntries(term, x);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += slopes.get(i, k) * gradient[offset + k]!;
        row[at + i] = sum;
        level += sum * sigma[i]!;
      }
      at += size;
    }
    if (at < row.length) row[at] = -level;
    const length = Math.max(Math.hypot(...row), LEAST_SLOPE);
    if (Number.isFinite(length)) this.#rows.push(row.map((value) => value / length));
  }

  /** Directions in which no slope was seen, an entry a coordinate. */
  flat(tolerance: number): Float64Array[] {
    const K = this.coordinates.length;
    if (K === 0 || this.#rows.length < K) return [];
    const size = Float64Array.from({ length: K }, (_, k) => Math.hypot(...this.#rows.map((row) => row[k]!)));
    const largest = Math.max(...size);
    // σ² alone always matters: its slope is 0 where it has been profiled out
    const rows = this.#rows.slice();
    if (this.coordinates[K - 1] === "sigma" && size[K - 1]! < NO_SLOPE) {
      rows.push(Float64Array.from({ length: K }, (_, k) => (k === K - 1 ? 1 : 0)));
      size[K - 1] = 1;
    }
    const none = NO_SLOPE * Math.max(largest, 1);
    const scale = size.map((value) => Math.max(value, none));
    const M = new Matrix(rows.map((row) => Array.from(row, (value, k) => (size[k]! > none ? value / scale[k]! : 0))));
    const svd = new SingularValueDecomposition(M, { autoTranspose: true });
    const values = svd.diagonal;
    const V = svd.rightSingularVectors;
    return values.flatMap((value, k) =>
      value > tolerance * Math.max(values[0]!, 1)
        ? []
        : [
            Float64Array.from({ length: K }, (_, i) => {
              const entry = V.get(i, k);
              return Math.abs(entry) < NO_ENTRY ? 0 : entry / scale[i]!;
            }),
          ],
    );
  }

  /** Whether the slopes so far show every entry to matter. */
  get decided(): boolean {
    return (
      this.coordinates.length === 0 ||
      (this.#rows.length >= this.coordinates.length && this.flat(DOUBTFUL).length === 0)
    );
  }
}
