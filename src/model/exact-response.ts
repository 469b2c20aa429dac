/**
 * Whether the columns of the fixed and random effects fit a Gaussian response exactly and rows are left over. The likelihood then grows as
 * σ^−(n − rank) as σ goes to 0, which no prior whose density is positive there makes finite in total. By conjugate gradients on the normal equations
 * (Björck 1996, Numerical Methods for Least Squares Problems, section 7.4), the columns of X and those of each level orthonormal: a few passes over the rows.
 */
import { createRng } from "../random/rng.ts";
import type { CompiledModel } from "./compiled-model.ts";

/** A residual of so small a share of the response is rounding. */
const ROUNDING = 16 * Number.EPSILON;
/** What is left of a column of that share after others are taken from it is rounding. */
const DEPENDENT = 1e-10;
/** The residual is orthogonal to the columns where they explain no more than this share of it. */
const ORTHOGONAL = 1e-4;
const ITERATIONS = 300;

/** Columns of all rows (one level) or of each level's, entry k of row i at i * q + k; orthonormal within a level. */
interface Columns {
  readonly q: number;
  readonly index: Int32Array | null;
  readonly values: Float64Array;
  readonly coefficients: Float64Array;
}

/** Whether they do; false where sigma is given or predicted, or the mean is not linear. */
export function fitsExactly({ design, data, family, gaussian, standardisation }: CompiledModel): boolean {
  const { n, weights, frequencyWeights, y } = design;
  if (!gaussian || family.sigma !== undefined || family.predicted || n === 0) return false;
  const [mean] = standardisation.data.predictors;
  const used = Float64Array.from({ length: n }, (_, i) =>
    (weights?.[i] ?? 1) > 0 && (frequencyWeights?.[i] ?? 1) > 0 ? 1 : 0,
  );
  const columns = [
    orthonormal(n, mean!.names.length, 1, null, mean!.X, used),
    ...data.random.map(({ q, index, levels, Z }) => orthonormal(n, q, levels.length, index, Z, used)),
  ];
  const scale = Math.sqrt(y.reduce((sum, value, i) => sum + used[i]! * value * value, 0));
  const response = y.map((value, i) => used[i]! * (value - mean!.offset[i]!));
  if (!isInSpan(response, columns, ROUNDING * scale)) return false;
  // a row that counts several times leaves rows over, whatever the columns
  if (frequencyWeights?.some((count) => count > 1)) return true;
  // columns that fit any numbers fit all rows one by one
  const rng = createRng("exact response");
  const noise = used.map((row) => row * rng.normal());
  return !isInSpan(noise, columns, ROUNDING * Math.sqrt(n));
}

function orthonormal(
  n: number,
  q: number,
  levels: number,
  index: Int32Array | null,
  from: Float64Array,
  used: Float64Array,
): Columns {
  const values = from.map((value, e) => value * used[Math.floor(e / q)]!);
  const level = (i: number) => index?.[i] ?? 0;
  const norms = (k: number) => {
    const squares = new Float64Array(levels);
    for (let i = 0; i < n; i++) squares[level(i)]! += values[i * q + k]! ** 2;
    return squares;
  };
  for (let k = 0; k < q; k++) {
    const before = norms(k);
    // twice is enough
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < k; j++) {
        const products = new Float64Array(levels);
        for (let i = 0; i < n; i++) products[level(i)]! += values[i * q + j]! * values[i * q + k]!;
        for (let i = 0; i < n; i++) values[i * q + k]! -= products[level(i)]! * values[i * q + j]!;
      }
    const after = norms(k);
    for (let i = 0; i < n; i++) {
      const l = level(i);
      values[i * q + k] = after[l]! > DEPENDENT ** 2 * before[l]! ? values[i * q + k]! / Math.sqrt(after[l]!) : 0;
    }
  }
  return { q, index, values, coefficients: new Float64Array(levels * q) };
}

/** Whether the columns make the numbers, up to so large a residual. */
function isInSpan(numbers: Float64Array, columns: readonly Columns[], smallest: number): boolean {
  const residual = numbers.slice();
  const direction = columns.map(({ coefficients }) => coefficients.slice());
  const product = new Float64Array(residual.length);
  const length = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  const gradientLength = () => {
    let square = 0;
    for (const block of columns) {
      transposedProduct(block, residual);
      square += length(block.coefficients);
    }
    return square;
  };
  let gamma = 0;
  for (let k = 0; k < ITERATIONS; k++) {
    const left = length(residual);
    if (left <= smallest * smallest) return true;
    const next = gradientLength();
    if (next <= ORTHOGONAL ** 2 * left) return false;
    product.fill(0);
    for (const [t, block] of columns.entries()) {
      const along = direction[t]!;
      const beta = k === 0 ? 0 : next / gamma;
      for (let e = 0; e < along.length; e++) along[e] = block.coefficients[e]! + beta * along[e]!;
      addProduct(block, along, product);
    }
    gamma = next;
    const step = gamma / length(product);
    for (let i = 0; i < residual.length; i++) residual[i]! -= step * product[i]!;
  }
  return false;
}

function transposedProduct({ q, index, values, coefficients }: Columns, residual: Float64Array): void {
  coefficients.fill(0);
  for (let i = 0; i < residual.length; i++) {
    const at = (index?.[i] ?? 0) * q;
    for (let k = 0; k < q; k++) coefficients[at + k]! += values[i * q + k]! * residual[i]!;
  }
}

function addProduct({ q, index, values }: Columns, direction: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const at = (index?.[i] ?? 0) * q;
    let sum = 0;
    for (let k = 0; k < q; k++) sum += values[i * q + k]! * direction[at + k]!;
    out[i]! += sum;
  }
}
