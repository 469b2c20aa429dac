/**
 * What small-sample theory of a Gaussian model is made of (Kenward & Roger 1997, Biometrics 53, 983–997), by directions V_i of the marginal covariance V:
 *
 *   Φ = (E'V⁻¹E)⁻¹,  P_i = −E'V⁻¹V_iV⁻¹E,  Q_ij = E'V⁻¹V_iV⁻¹V_jV⁻¹E,  tr(V⁻¹V_iV⁻¹V_j),
 *
 * E the orthonormal columns of the fixed effects. Nothing of the size of V is formed: P and Q come from N = Z'V⁻¹E and products with K = Z'V⁻¹Z, traces
 * from columns of K, one of every independent part at a time; a residual structure's from vectors of one number a row. σ²R = V − ZΣZ', so that the
 * direction of σ² needs no rows.
 */

import type { IntegralData } from "../../integral-data.ts";
import { largestWeight } from "../unit-of-weights.ts";
import { type Components, components } from "./components.ts";
import { type CovarianceDirections, covarianceDirections, type Direction, naturalDirections } from "./directions.ts";
import type { EffectsPrecision } from "./effects-precision.ts";
import { effectsPrecision } from "./effects-precision.ts";
import { type RowSpace, rowSpace } from "./row-space.ts";
import { addCrossTraces, addEffectTraces, addRowTraces, type Reduced } from "./traces.ts";

export interface Moments {
  /** P by direction, p × p. */
  readonly P: readonly Float64Array[];
  /** Q_ij, p × p. */
  Q(i: number, j: number): Float64Array;
  /** tr(V⁻¹V_iV⁻¹V_j), m × m. */
  readonly traces: Float64Array;
}

export interface CovarianceMoments extends Pick<EffectsPrecision, "p" | "covariance" | "data"> {
  /** A contrast of the coefficients of the standardised columns as one of those of E, in place. */
  readonly products: EffectsPrecision;
  /** P of the natural parameters [Λ | σ, ψ]. */
  naturalSlopes(): readonly Float64Array[];
  /** The parameters' directions, linear where they can be. */
  directions(): CovarianceDirections;
  moments(directions: readonly Direction[]): Moments;
}

/** @param x natural parameters of `data`; null where they cannot be computed with */
export function covarianceMoments(given: IntegralData, x: Float64Array): CovarianceMoments | null {
  const data = withinReach(given);
  const products = effectsPrecision(data, x);
  return products && momentsAt(data, products);
}

/**
 * The data with weights that are so much larger than the others brought to where digits remain: what is next to exact is known as well as that, and the
 * moments are the same but for the inverse of that weight.
 */
function withinReach(data: IntegralData): IntegralData {
  const { weights } = data.columns;
  const largest = largestWeight(weights);
  if (!weights || largest === Number.POSITIVE_INFINITY) return data;
  return { ...data, columns: { ...data.columns, weights: weights.map((w) => Math.min(w, largest)) } };
}

/** Products with V⁻¹ at a point, and what was computed of them once. */
interface Products {
  readonly data: IntegralData;
  readonly products: EffectsPrecision;
  readonly rows: RowSpace | null;
  readonly columnsOf: Map<"S" | "E", Float64Array[]>;
  joined: Components | undefined;
}

function reduce(s: Products, { changes, level, operator }: Direction): Reduced {
  const { products } = s;
  const { sigma, sigmas } = products;
  const multiple = level / (sigma * sigma);
  if (multiple === 0) return { D: changes, multiple, operator };
  return {
    D: changes.map((change, f) => sigmas[f]!.map((entry, k) => (change?.[k] ?? 0) - multiple * entry)),
    multiple,
    operator,
  };
}

/** (I ⊗ D)B, size × columns. */
function applyChange(s: Products, D: Reduced["D"], B: Float64Array, columns: number): Float64Array {
  const { products } = s;
  const { pls } = products;
  const { factors } = pls.grouping;
  const out = new Float64Array(B.length);
  factors.forEach(({ levels, q, base }, f) => {
    const block = D[f];
    if (!block) return;
    for (let l = 0; l < levels; l++)
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) {
          const d = block[a * q + b]!;
          if (d === 0) continue;
          const to = (base + l * q + a) * columns;
          const from = (base + l * q + b) * columns;
          for (let c = 0; c < columns; c++) out[to + c]! += d * B[from + c]!;
        }
  });
  return out;
}

/** X'Y of two row-major matrices of `height` rows, width p. */
function crossproduct(s: Products, X: Float64Array, Y: Float64Array, height: number): Float64Array {
  const { products } = s;
  const { p } = products;
  const out = new Float64Array(p * p);
  for (let r = 0; r < height; r++)
    for (let a = 0; a < p; a++) {
      const value = X[r * p + a]!;
      if (value !== 0) for (let b = 0; b < p; b++) out[a * p + b]! += value * Y[r * p + b]!;
    }
  return out;
}

/** Columns of E and of V⁻¹E, by rows. */
function rowColumns(s: Products, space: RowSpace, which: "S" | "E"): Float64Array[] {
  const { products, columnsOf } = s;
  const { p } = products;
  let columns = columnsOf.get(which);
  if (!columns) {
    columns = Array.from({ length: p }, (_, a) => {
      const column = space.column(a);
      if (which === "S") space.solve(column);
      return column;
    });
    columnsOf.set(which, columns);
  }
  return columns;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** Columns of V_iV⁻¹E, by rows: Z(I ⊗ D)N + multiple·E + operator(V⁻¹E). */
function moved(s: Products, space: RowSpace, { D, multiple, operator }: Reduced): Float64Array[] {
  const { products } = s;
  const { p, size, N } = products;
  const DN = applyChange(s, D, N, p);
  products.fromSpherical(DN, p);
  const E = rowColumns(s, space, "E");
  const S = rowColumns(s, space, "S");
  const u = new Float64Array(size);
  return E.map((column, a) => {
    for (let r = 0; r < size; r++) u[r] = DN[r * p + a]!;
    const out = space.effects(u);
    if (multiple !== 0) for (let i = 0; i < out.length; i++) out[i]! += multiple * column[i]!;
    if (operator) {
      const applied = S[a]!.slice();
      operator(applied);
      for (let i = 0; i < out.length; i++) out[i]! += applied[i]!;
    }
    return out;
  });
}

function slope(s: Products, direction: Direction): Float64Array {
  const { products, rows } = s;
  const { p, size, N, information } = products;
  const reduced = reduce(s, direction);
  const P = crossproduct(s, N, applyChange(s, reduced.D, N, p), size);
  for (let k = 0; k < P.length; k++) P[k] = -P[k]! - reduced.multiple * information[k]!;
  if (reduced.operator) {
    const S = rowColumns(s, rows!, "S");
    S.forEach((column, a) => {
      const applied = column.slice();
      reduced.operator!(applied);
      S.forEach((other, b) => {
        P[a * p + b]! -= dot(other, applied);
      });
    });
  }
  return P;
}

function moments(s: Products, directions: readonly Direction[]): Moments {
  const { products, rows } = s;
  const { p, size, N } = products;
  const all = directions.map(({ changes, level, operator }) => reduce(s, { changes, level, operator }));
  const P = directions.map((direction) => slope(s, direction));
  const withRows = all.some(({ operator }) => operator);
  let Q: Moments["Q"];
  if (withRows) {
    const T = all.map((one) => moved(s, rows!, one));
    const U = T.map((columns) =>
      columns.map((column) => {
        const solved = column.slice();
        rows!.solve(solved);
        return solved;
      }),
    );
    Q = (i, j) => Float64Array.from({ length: p * p }, (_, k) => dot(T[i]![Math.floor(k / p)]!, U[j]![k % p]!));
  } else {
    const DN = all.map(({ D }) => applyChange(s, D, N, p));
    // G = Z'V⁻¹V_jV⁻¹E
    const G = DN.map((own, j) => {
      const product = own.slice();
      products.multiply(product, p);
      for (let k = 0; k < product.length; k++) product[k]! += all[j]!.multiple * N[k]!;
      return product;
    });
    Q = (i, j) => {
      const own = crossproduct(s, DN[i]!, G[j]!, size);
      for (let k = 0; k < own.length; k++) own[k]! -= all[i]!.multiple * P[j]![k]!;
      return own;
    };
  }
  return { P, Q, traces: traces(s, all) };
}

function traces(s: Products, all: readonly Reduced[]): Float64Array {
  const { data, products, rows } = s;
  const { pls } = products;
  const { factors } = pls.grouping;
  s.joined ??= components(data.n, factors, data.residual?.correlation ?? null);
  const m = all.length;
  const out = new Float64Array(m * m);
  /** tr(V⁻¹ZD_iZ'), tr(V⁻¹O_i). */
  const ofEffects = new Float64Array(m);
  const ofRows = new Float64Array(m);
  addEffectTraces(products, s.joined, all, out, ofEffects);
  if (all.some(({ operator }) => operator)) {
    addCrossTraces(products, rows!, s.joined, all, out);
    addRowTraces(rows!, s.joined, all, out, ofRows);
  }
  const { weight, copies } = pls.design;
  let taking = 0;
  for (let i = 0; i < weight.length; i++) if (weight[i]! > 0) taking++;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const a = all[i]!.multiple;
      const b = all[j]!.multiple;
      out[i * m + j]! += a * (ofEffects[j]! + ofRows[j]!) + b * (ofEffects[i]! + ofRows[i]!) + a * b * taking;
    }
  if (copies.some((count, i) => weight[i]! > 0 && count !== 1)) addCopies(s, all, out);
  return out;
}

/** A row of m copies stands for their mean and m − 1 contrasts of variance σ²g², of which the rows above say nothing. */
function addCopies(s: Products, all: readonly Reduced[], out: Float64Array): void {
  const { data, products, rows } = s;
  const { pls, sigma } = products;
  if (data.residual?.correlation) return;
  const { weight, copies } = pls.design;
  const m = all.length;
  const whole = new Float64Array(data.n).fill(1);
  rows?.residualCovariance(sigma * sigma, rows.psi)(whole);
  const rates = all.map(({ multiple, operator }) => {
    const own = new Float64Array(data.n).fill(operator ? 1 : 0);
    operator?.(own);
    return own.map((value, i) => multiple + (rows ? value / whole[i]! : value));
  });
  for (let r = 0; r < data.n; r++) {
    if (!(weight[r]! > 0) || copies[r] === 1) continue;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) out[i * m + j]! += (copies[r]! - 1) * rates[i]![r]! * rates[j]![r]!;
  }
}

function momentsAt(data: IntegralData, products: EffectsPrecision): CovarianceMoments {
  const { p } = products;
  const rows = data.residual ? rowSpace(products) : null;

  const columnsOf = new Map<"S" | "E", Float64Array[]>();
  const s: Products = { data, products, rows, columnsOf, joined: undefined };

  return {
    p,
    covariance: products.covariance,
    data,
    products,
    naturalSlopes: () => naturalDirections(products, rows).map((direction) => slope(s, direction)),
    directions: () => covarianceDirections(products, rows),
    moments: (directions) => moments(s, directions),
  };
}
