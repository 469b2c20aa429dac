/**
 * Families of correlation matrices R by their entries, which residual correlations may have too: R is formed, factored, and differentiated through its factor,
 * O(q³). A singular R, as of a long range, has a factor with columns of 0.
 */
import { choleskyPullback } from "./cholesky-pullback.ts";
import type { CorrelationEntries } from "./correlation-entries.ts";
import type { CorrelationPrior, Correlations } from "./correlations.ts";
import type { ParameterLabel } from "./covariance-structure.ts";

/** A parameter ψ_k of the entries as an entry t of x, free on the real line, which is its coordinate in a posterior too. */
export interface EntryParameter {
  readonly label: ParameterLabel;
  value(t: number): number;
  /** dψ_k/dt. */
  slope(t: number): number;
  /** Log density in t of the prior that LKJ(1) is on the family, and its derivative. */
  logBase(t: number): number;
  dLogBase(t: number): number;
  /** t of a probability of that prior. */
  quantile(p: number): number;
}

/** A parameter without a prior of its own, of a family that has one as a whole. */
type ParameterAlone = Pick<EntryParameter, "label" | "value" | "slope">;

export interface EntryFamily {
  readonly parameters: readonly ParameterAlone[];
  readonly entries: CorrelationEntries;
  /** x of a matrix of the family, of another matrix that of one near it. */
  nearest(correlation: (a: number, b: number) => number): readonly number[];
  /** Values of x from which every direction of R can be seen where all variances are 0. */
  readonly corners: readonly (readonly number[])[];
}

/** Correlations by entries, with log det R and its gradient. */
export interface EntryCorrelations extends Correlations {
  logDet(x: Float64Array, at: number): number;
  /** Adds weight times the gradient of log det R. */
  pullbackLogDet(x: Float64Array, at: number, weight: number, gradient: Float64Array): void;
}

/** Variances given the members before at which a member is taken to be determined by them. */
const DETERMINED = 4 * Number.EPSILON;

/** Overwrites the lower triangle of R with its factor, columns of members that others determine being 0. */
function factor(R: Float64Array, q: number): void {
  for (let j = 0; j < q; j++) {
    const own = j * q;
    let pivot = R[own + j]!;
    for (let k = 0; k < j; k++) pivot -= R[own + k]! ** 2;
    const root = pivot > DETERMINED * q ? Math.sqrt(pivot) : 0;
    R[own + j] = root;
    for (let i = j + 1; i < q; i++) {
      const row = i * q;
      let sum = R[row + j]!;
      for (let k = 0; k < j; k++) sum -= R[row + k]! * R[own + k]!;
      R[row + j] = root > 0 ? sum / root : 0;
    }
  }
}

/** Points a dimension of the grid that a prior with a determinant is integrated and drawn on. */
const GRID = [0, 400, 40];

const NO_BOUNDARY: EntryCorrelations["boundary"] = {
  entries: () => [],
  snapped: () => null,
  moves: () => ({ count: 0, quadratic: false, move: () => new Float64Array(0) }),
};

/** Coordinates that are the entries themselves. */
const freeEntries = (size: number): Pick<EntryCorrelations, "toEntries" | "toCoordinates" | "pullbackCoordinates"> => ({
  toEntries(z, from, x, at) {
    for (let k = 0; k < size; k++) x[at + k] = z[from + k]!;
  },
  toCoordinates(x, at, z, from) {
    for (let k = 0; k < size; k++) z[from + k] = x[at + k]!;
  },
  pullbackCoordinates(_z, from, dx, at, dz) {
    for (let k = 0; k < size; k++) dz[from + k]! += dx[at + k]!;
  },
});

/** @param q the number of members */
export function entryCorrelations(
  q: number,
  { parameters, entries, nearest, corners }: EntryFamily,
): EntryCorrelations {
  const size = parameters.length;
  const pairs = (q * (q - 1)) / 2;
  const argument = new Float64Array(pairs);
  for (let a = 1, k = 0; a < q; a++) for (let b = 0; b < a; b++, k++) argument[k] = entries.argument(a, b);
  const psi = new Float64Array(size);
  const dPsi = new Float64Array(size);
  const C = new Float64Array(q * q);
  const dC = new Float64Array(q * q);
  const last = new Float64Array(size).fill(Number.NaN);

  /** C of the entries x[at …]; what it was last made of is kept. */
  function make(x: Float64Array, at: number): void {
    let same = true;
    for (let k = 0; k < size; k++) {
      same &&= x[at + k] === last[k];
      last[k] = x[at + k]!;
      psi[k] = parameters[k]!.value(x[at + k]!);
    }
    if (same) return;
    entries.set(psi, 0);
    C.fill(0);
    for (let a = 0, k = 0; a < q; a++) {
      for (let b = 0; b < a; b++, k++) C[a * q + b] = entries.value(argument[k]!);
      C[a * q + a] = 1;
    }
    factor(C, q);
  }

  /** Adds the gradient of a function of R, in dC, to that of the entries. */
  function pullbackEntries(x: Float64Array, at: number, gradient: Float64Array): void {
    dPsi.fill(0);
    for (let a = 1, k = 0; a < q; a++)
      for (let b = 0; b < a; b++, k++) entries.pullback(argument[k]!, dC[a * q + b]!, dPsi, 0);
    for (let k = 0; k < size; k++) gradient[at + k]! += dPsi[k]! * parameters[k]!.slope(x[at + k]!);
  }

  function logDet(x: Float64Array, at: number): number {
    make(x, at);
    let sum = 0;
    for (let a = 0; a < q; a++) sum += 2 * Math.log(C[a * q + a]!);
    return sum;
  }

  function pullbackLogDet(x: Float64Array, at: number, weight: number, gradient: Float64Array): void {
    make(x, at);
    dC.fill(0);
    for (let a = 0; a < q; a++) {
      const pivot = C[a * q + a]!;
      dC[a * q + a] = pivot > 0 ? (2 * weight) / pivot : 0;
    }
    choleskyPullback(C, q, dC);
    pullbackEntries(x, at, gradient);
  }

  return {
    size,
    labels: parameters.map(({ label }) => label),
    fill(x, at, out) {
      make(x, at);
      out.set(C);
    },
    pullback(x, at, gradientOfC, gradient) {
      make(x, at);
      dC.set(gradientOfC);
      choleskyPullback(C, q, dC);
      pullbackEntries(x, at, gradient);
    },
    fromFactor(L, scale, x, at) {
      const found = nearest((a, b) => {
        const unit = scale(Math.max(a, b), Math.min(a, b));
        if (!(unit > 0)) return Number.NaN;
        let product = 0;
        for (let c = 0; c < q; c++) product += L[a * q + c]! * L[b * q + c]!;
        return product / unit;
      });
      for (let k = 0; k < size; k++) x[at + k] = found[k]!;
    },
    canonicalise: () => undefined,
    inverseCurvature(_x, at, levels, H, stride) {
      for (let k = 0; k < size; k++) H[(at + k) * (stride + 1)] = 8 / (levels * (q - 1));
    },
    boundary: NO_BOUNDARY,
    distance: () => Number.POSITIVE_INFINITY,
    corners: corners.map((corner) => Float64Array.from(corner)),
    ...freeEntries(size),
    prior: null,
    logDet,
    pullbackLogDet,
  };
}

/**
 * The prior of a family whose parameters have priors of their own: their densities times det(R)^(η − 1), the latter integrated on a grid of their quantiles.
 */
export function entryPrior(
  parameters: readonly EntryParameter[],
  { logDet, pullbackLogDet }: EntryCorrelations,
): CorrelationPrior {
  const size = parameters.length;
  /** The grid of the prior's quantiles with the determinants there to the power η − 1. */
  function* onGrid(eta: number): Generator<readonly [point: Float64Array, weight: number]> {
    const n = GRID[size] ?? 10;
    const point = new Float64Array(size);
    for (let cell = 0; cell < n ** size; cell++) {
      parameters.forEach((parameter, k) => {
        point[k] = parameter.quantile(((Math.floor(cell / n ** k) % n) + 0.5) / n);
      });
      yield [point, Math.exp((eta - 1) * logDet(point, 0)) / n ** size];
    }
  }
  return {
    size,
    usualShape: 1,
    logDensity(z, from, weight, jacobian, dz) {
      let sum = 0;
      if (jacobian)
        parameters.forEach((parameter, k) => {
          sum += parameter.logBase(z[from + k]!);
          if (dz) dz[from + k]! += parameter.dLogBase(z[from + k]!);
        });
      if (weight === 0) return sum;
      if (dz) pullbackLogDet(z, from, weight, dz);
      return sum + weight * logDet(z, from);
    },
    logNormaliser(eta) {
      if (eta === 1) return 0;
      let sum = 0;
      for (const [, weight] of onGrid(eta)) sum += weight;
      return -Math.log(sum);
    },
    draw(rng, eta, out, from) {
      if (eta === 1) {
        for (let k = 0; k < size; k++) out[from + k] = parameters[k]!.quantile(rng.uniform());
        return;
      }
      let total = 0;
      for (const [, weight] of onGrid(eta)) total += weight;
      let rest = rng.uniform() * total;
      for (const [point, weight] of onGrid(eta)) {
        rest -= weight;
        if (rest > 0) continue;
        out.set(point, from);
        return;
      }
    },
  };
}
