/**
 * Starting values of the self-starting models. Given its nonlinear parameters each of them is linear in the others, so a grid over the
 * nonlinear ones with linear least squares for the rest (Golub & Pereyra 1973, SIAM J. Numer. Anal. 10: variable projection) finds the valley;
 * the best few points are then polished by nonlinear least squares (`nonlinear-start.ts`).
 */
import type { SelfStartName } from "../dsl/model-spec.ts";

/** A model linear in some parameters: Σ_k c_k basis_k(x; nonlinear). */
interface Separable {
  /** Grid of the nonlinear parameters, from the range of the columns. */
  grid(inputs: readonly Float64Array[]): number[][];
  /** Basis functions of row i. */
  basis(inputs: readonly Float64Array[], i: number, nonlinear: readonly number[]): readonly number[];
  /** The model's parameters in its order, null where the coefficients cannot be. */
  parameters(linear: readonly number[], nonlinear: readonly number[]): number[] | null;
}

/** `count` values from `low` to `high`, equally far apart in their logarithm. */
const logarithmic = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => low * (high / low) ** (k / (count - 1)));

const largestOf = (x: Float64Array): number => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

/** Rates of decay between a twentieth and a hundred times 1/max|x|. */
const rates = (x: Float64Array, count: number): number[] =>
  logarithmic(0.05, 100, count).map((rate) => rate / largestOf(x));

function range(x: Float64Array): { low: number; width: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of x) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, width: high - low || Math.abs(high) || 1 };
}

const SEPARABLE: Readonly<Record<SelfStartName, Separable>> = {
  logistic: {
    grid([x]) {
      const { low, width } = range(x!);
      const middles = Array.from({ length: 17 }, (_, k) => low + width * (k / 8 - 0.5));
      const scales = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, -0.05, -0.1, -0.2, -0.4].map((share) => share * width);
      return middles.flatMap((middle) => scales.map((scale) => [middle, scale]));
    },
    basis: ([x], i, [xmid, scal]) => [1 / (1 + Math.exp((xmid! - x![i]!) / scal!))],
    parameters: ([Asym], [xmid, scal]) => [Asym!, xmid!, scal!],
  },
  asymptotic: {
    grid: ([x]) => rates(x!, 40).map((rate) => [rate]),
    basis([x], i, [rate]) {
      const e = Math.exp(-rate! * x![i]!);
      return [1 - e, e];
    },
    parameters: ([Asym, R0], [rate]) => [Asym!, R0!, Math.log(rate!)],
  },
  michaelisMenten: {
    grid: ([x]) => logarithmic(1e-3, 30, 40).map((share) => [share * largestOf(x!)]),
    basis: ([x], i, [K]) => [x![i]! / (K! + x![i]!)],
    parameters: ([Vm], [K]) => [Vm!, K!],
  },
  exponentialDecay: {
    grid: ([x]) => rates(x!, 40).map((rate) => [rate]),
    basis: ([x], i, [rate]) => [Math.exp(-rate! * x![i]!)],
    parameters: ([A], [rate]) => [A!, Math.log(rate!)],
  },
  biexponential: {
    grid([x]) {
      const all = rates(x!, 20);
      return all.flatMap((fast, k) => all.slice(0, k).map((slow) => [fast, slow]));
    },
    basis: ([x], i, [fast, slow]) => [Math.exp(-fast! * x![i]!), Math.exp(-slow! * x![i]!)],
    parameters: ([A1, A2], [fast, slow]) => [A1!, Math.log(fast!), A2!, Math.log(slow!)],
  },
  gompertz: {
    grid: ([x]) => rates(x!, 20).flatMap((rate) => logarithmic(0.02, 500, 20).map((b2) => [b2, Math.exp(-rate)])),
    basis: ([x], i, [b2, b3]) => [Math.exp(-b2! * b3! ** x![i]!)],
    parameters: ([Asym], [b2, b3]) => [Asym!, b2!, b3!],
  },
  firstOrderCompartment: {
    grid([, x]) {
      const all = rates(x!, 24);
      return all.flatMap((absorption, k) => all.slice(0, k).map((elimination) => [elimination, absorption]));
    },
    basis([dose, x], i, [ke, ka]) {
      const t = x![i]!;
      return [(dose![i]! * (Math.exp(-ke! * t) - Math.exp(-ka! * t))) / (ka! - ke!)];
    },
    // the coefficient is ke·ka/Cl
    parameters: ([c], [ke, ka]) => (c! > 0 ? [Math.log(ke!), Math.log(ka!), Math.log((ke! * ka!) / c!)] : null),
  },
};

export interface Candidate {
  readonly parameters: readonly number[];
  /** Weighted sum of squares. */
  readonly squares: number;
}

/**
 * The best points of the grid, the best first.
 *
 * @param inputs the columns the model reads, in its order
 * @param z response on the scale of the mean
 * @param weights null = 1
 */
export function selfStartCandidates(
  model: SelfStartName,
  inputs: readonly Float64Array[],
  z: Float64Array,
  weights: Float64Array | null,
  most = 6,
): Candidate[] {
  const separable = SEPARABLE[model];
  const found: Candidate[] = [];
  for (const nonlinear of separable.grid(inputs)) {
    const linear = linearFit(separable, inputs, nonlinear, z, weights);
    if (!linear || !Number.isFinite(linear.squares)) continue;
    const parameters = separable.parameters(linear.coefficients, nonlinear);
    if (parameters?.every(Number.isFinite)) found.push({ parameters, squares: linear.squares });
  }
  return found.sort((a, b) => a.squares - b.squares).slice(0, most);
}

/** Least squares on one or two basis functions; null where they are dependent. */
function linearFit(
  { basis }: Separable,
  inputs: readonly Float64Array[],
  nonlinear: readonly number[],
  z: Float64Array,
  weights: Float64Array | null,
): { coefficients: number[]; squares: number } | null {
  let zz = 0;
  let aa = 0;
  let ab = 0;
  let bb = 0;
  let az = 0;
  let bz = 0;
  let two = false;
  for (let i = 0; i < z.length; i++) {
    const w = weights ? weights[i]! : 1;
    const [a, b] = basis(inputs, i, nonlinear) as [number, number?];
    zz += w * z[i]! * z[i]!;
    aa += w * a * a;
    az += w * a * z[i]!;
    if (b === undefined) continue;
    two = true;
    ab += w * a * b;
    bb += w * b * b;
    bz += w * b * z[i]!;
  }
  if (!two) return aa > 0 ? { coefficients: [az / aa], squares: zz - (az * az) / aa } : null;
  const determinant = aa * bb - ab * ab;
  if (!(determinant > 1e-10 * aa * bb)) return null;
  const first = (bb * az - ab * bz) / determinant;
  const second = (aa * bz - ab * az) / determinant;
  return { coefficients: [first, second], squares: zz - first * az - second * bz };
}
