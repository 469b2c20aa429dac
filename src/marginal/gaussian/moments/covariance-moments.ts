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

function momentsAt(data: IntegralData, products: EffectsPrecision): CovarianceMoments {
  const { pls, p, size, sigma, sigmas, N, information } = products;
  const { factors } = pls.grouping;
  const rows = data.residual ? rowSpace(products) : null;

  function reduce({ changes, level, operator }: Direction): Reduced {
    const multiple = level / (sigma * sigma);
    if (multiple === 0) return { D: changes, multiple, operator };
    return {
      D: changes.map((change, f) => sigmas[f]!.map((entry, k) => (change?.[k] ?? 0) - multiple * entry)),
      multiple,
      operator,
    };
  }

  /** (I ⊗ D)B, size × columns. */
  function applyChange(D: Reduced["D"], B: Float64Array, columns: number): Float64Array {
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
  function crossproduct(X: Float64Array, Y: Float64Array, height: number): Float64Array {
    const out = new Float64Array(p * p);
    for (let r = 0; r < height; r++)
      for (let a = 0; a < p; a++) {
        const value = X[r * p + a]!;
        if (value !== 0) for (let b = 0; b < p; b++) out[a * p + b]! += value * Y[r * p + b]!;
      }
    return out;
  }

  const columnsOf = new Map<"S" | "E", Float64Array[]>();
  /** Columns of E and of V⁻¹E, by rows. */
  function rowColumns(space: RowSpace, which: "S" | "E"): Float64Array[] {
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

  const dot = (x: Float64Array, y: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    return sum;
  };

  /** Columns of V_iV⁻¹E, by rows: Z(I ⊗ D)N + multiple·E + operator(V⁻¹E). */
  function moved(space: RowSpace, { D, multiple, operator }: Reduced): Float64Array[] {
    const DN = applyChange(D, N, p);
    products.fromSpherical(DN, p);
    const E = rowColumns(space, "E");
    const S = rowColumns(space, "S");
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

  function slope(direction: Direction): Float64Array {
    const reduced = reduce(direction);
    const P = crossproduct(N, applyChange(reduced.D, N, p), size);
    for (let k = 0; k < P.length; k++) P[k] = -P[k]! - reduced.multiple * information[k]!;
    if (reduced.operator) {
      const S = rowColumns(rows!, "S");
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

  function moments(directions: readonly Direction[]): Moments {
    const all = directions.map(reduce);
    const P = directions.map(slope);
    const withRows = all.some(({ operator }) => operator);
    let Q: Moments["Q"];
    if (withRows) {
      const T = all.map((one) => moved(rows!, one));
      const U = T.map((columns) =>
        columns.map((column) => {
          const solved = column.slice();
          rows!.solve(solved);
          return solved;
        }),
      );
      Q = (i, j) => Float64Array.from({ length: p * p }, (_, k) => dot(T[i]![Math.floor(k / p)]!, U[j]![k % p]!));
    } else {
      const DN = all.map(({ D }) => applyChange(D, N, p));
      // G = Z'V⁻¹V_jV⁻¹E
      const G = DN.map((own, j) => {
        const product = own.slice();
        products.multiply(product, p);
        for (let k = 0; k < product.length; k++) product[k]! += all[j]!.multiple * N[k]!;
        return product;
      });
      Q = (i, j) => {
        const own = crossproduct(DN[i]!, G[j]!, size);
        for (let k = 0; k < own.length; k++) own[k]! -= all[i]!.multiple * P[j]![k]!;
        return own;
      };
    }
    return { P, Q, traces: traces(all) };
  }

  let joined: Components | undefined;
  function traces(all: readonly Reduced[]): Float64Array {
    joined ??= components(data.n, factors, data.residual?.correlation ?? null);
    const m = all.length;
    const out = new Float64Array(m * m);
    /** tr(V⁻¹ZD_iZ'), tr(V⁻¹O_i). */
    const ofEffects = new Float64Array(m);
    const ofRows = new Float64Array(m);
    addEffectTraces(products, joined, all, out, ofEffects);
    if (all.some(({ operator }) => operator)) {
      addCrossTraces(products, rows!, joined, all, out);
      addRowTraces(rows!, joined, all, out, ofRows);
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
    if (copies.some((count, i) => weight[i]! > 0 && count !== 1)) addCopies(all, out);
    return out;
  }

  /** A row of m copies stands for their mean and m − 1 contrasts of variance σ²g², of which the rows above say nothing. */
  function addCopies(all: readonly Reduced[], out: Float64Array): void {
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

  return {
    p,
    covariance: products.covariance,
    data,
    products,
    naturalSlopes: () => naturalDirections(products, rows).map(slope),
    directions: () => covarianceDirections(products, rows),
    moments,
  };
}
