/**
 * Parameters of the marginal covariance V = ZΣZ' + σ²R of a Gaussian model as directions in which V changes: those of the entries of Σ where a
 * structure's covariance matrices are a linear space, so that a variance of 0 has a direction of its own, else those of the natural parameters.
 */
import { boundStructure } from "../../../covariance/structures.ts";
import { boundaryEntries, covarianceEntrySlope, fillFactor, type TermLayout } from "../../../covariance/term-factor.ts";
import { residualParameters } from "../../../residual/residual-parameters.ts";
import type { EffectsPrecision } from "./effects-precision.ts";
import type { RowOperator, RowSpace } from "./row-space.ts";

/** V' = Σ_f Z_f(I ⊗ D_f)Z_f' + level·R + operator. */
export interface Direction {
  /** D by factor, q × q; null where it is 0. */
  readonly changes: readonly (Float64Array | null)[];
  readonly level: number;
  /** What the residual covariance changes by besides; null: nothing. */
  readonly operator: RowOperator | null;
}

/** V as a function of the parameters that it is not linear in, at a displacement of each. */
export interface CovarianceDirections {
  readonly directions: readonly Direction[];
  /** Positions of the directions in which V is not linear. */
  readonly curved: readonly number[];
  /** The second derivative of V along displacements `along` of the curved parameters, one a curved direction, times `weight`, as a direction. */
  curvature(displacements: readonly { readonly along: Float64Array; readonly weight: number }[]): Direction;
}

/** Steps of differences, relative to a parameter's scale: of first and of second derivatives. */
const FIRST = 1e-3;
const SECOND = 4e-3;
/** Central differences of fourth order. */
const SLOPE: readonly (readonly [step: number, weight: number])[] = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
];
const CURVATURE: readonly (readonly [step: number, weight: number])[] = [
  [-2, -1 / 12],
  [-1, 16 / 12],
  [0, -30 / 12],
  [1, 16 / 12],
  [2, -1 / 12],
];

/** The matrices that span a structure's covariance matrices, where those are a linear space; else null. */
function linearBasis(term: TermLayout): Float64Array[] | null {
  const { q, size, linear, homogeneous } = boundStructure(term);
  if (size > 0 && linear.length === 0) return null;
  return linear.map(([row, column]) =>
    Float64Array.from({ length: q * q }, (_, k) => {
      const [a, b] = [Math.floor(k / q), k % q];
      const own = homogeneous
        ? (a === b) === (row === column)
        : (a === row && b === column) || (a === column && b === row);
      return own ? 1 : 0;
    }),
  );
}

/** ∂Σ/∂x_e of a term's natural entries. */
function covarianceTangents(term: TermLayout, x: Float64Array): Float64Array[] {
  const { q, size, offset } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  const tangents = Array.from({ length: size }, () => new Float64Array(q * q));
  const slope = new Float64Array(x.length);
  const dL = new Float64Array(q * q);
  for (let a = 0; a < q; a++)
    for (let b = 0; b <= a; b++) {
      covarianceEntrySlope(term, x, L, [a, b], dL, slope);
      for (let e = 0; e < size; e++) tangents[e]![a * q + b] = tangents[e]![b * q + a] = slope[offset + e]!;
    }
  return tangents;
}

/** A term's q × q matrix as a block of its merged factor's. */
function placed(products: EffectsPrecision, t: number, D: Float64Array): (Float64Array | null)[] {
  const { factors } = products.pls.grouping;
  return factors.map(({ q: width, terms }) => {
    const own = terms.find(({ term }) => term === t);
    if (!own) return null;
    const block = new Float64Array(width * width);
    for (let a = 0; a < own.q; a++)
      for (let b = 0; b < own.q; b++) block[(own.at + a) * width + own.at + b] = D[a * own.q + b]!;
    return block;
  });
}

/** Scales of ψ: how far each may be moved. */
function residualScales(products: EffectsPrecision, psi: Float64Array): number[] {
  const { residual } = products.data;
  if (!residual) return [];
  return residualParameters(residual).parameters.map(({ support, unit }, g) => {
    const value = psi[g]!;
    if (support === "real") return unit;
    if (support === "positive") return Math.abs(value);
    const [low, high] = typeof support === "object" ? [support.lower, support.upper] : [0, 1];
    return Math.min(value - low, high - value);
  });
}

const none = (products: EffectsPrecision): null[] => products.pls.grouping.factors.map(() => null);

/** Σ_k weight_k · (operator_k), as one operator. */
function combination(parts: readonly { readonly operator: RowOperator; readonly weight: number }[]): RowOperator {
  return (x) => {
    const total = new Float64Array(x.length);
    for (const { operator, weight } of parts) {
      const moved = x.slice();
      operator(moved);
      for (let i = 0; i < x.length; i++) total[i]! += weight * moved[i]!;
    }
    x.set(total);
  };
}

/** σ²∂R/∂ψ_g. */
function residualSlope(rows: RowSpace, variance: number, g: number, scale: number): RowOperator {
  const h = FIRST * scale;
  return combination(
    SLOPE.map(([step, weight]) => {
      const psi = rows.psi.slice();
      psi[g]! += step * h;
      return { operator: rows.residualCovariance(variance, psi), weight: weight / h };
    }),
  );
}

/** The residual's directions: σ² where it is free, and ψ. */
function residualDirections(products: EffectsPrecision, rows: RowSpace | null): Direction[] {
  const { data, sigma } = products;
  const changes = none(products);
  const scales = rows ? residualScales(products, rows.psi) : [];
  return [
    ...(data.sigma === undefined ? [{ changes, level: 1, operator: null }] : []),
    ...scales.map((scale, g) => ({
      changes,
      level: 0,
      operator: residualSlope(rows!, sigma * sigma, g, scale),
    })),
  ];
}

/** Directions of the natural parameters [Λ | σ, ψ], in their order. */
export function naturalDirections(products: EffectsPrecision, rows: RowSpace | null): Direction[] {
  const { data, x, sigma } = products;
  const terms = data.layout.terms.flatMap((term, t) =>
    covarianceTangents(term, x).map((D) => ({ changes: placed(products, t, D), level: 0, operator: null })),
  );
  const residual = residualDirections(products, rows).map((direction) =>
    // of σ, not of σ²
    direction.level === 1 ? { ...direction, level: 2 * sigma } : direction,
  );
  return [...terms, ...residual];
}

/** Directions that are linear where they can be; entries at a boundary of a structure that is not linear are held. */
export function covarianceDirections(products: EffectsPrecision, rows: RowSpace | null): CovarianceDirections {
  const { data, x, sigma } = products;
  const { terms } = data.layout;
  const directions: Direction[] = [];
  /** Natural entries of terms that are not linear: position in x, and the direction it is. */
  const entries: { readonly position: number; readonly direction: number }[] = [];
  terms.forEach((term, t) => {
    const basis = linearBasis(term);
    if (basis) {
      for (const D of basis) directions.push({ changes: placed(products, t, D), level: 0, operator: null });
      return;
    }
    const held = boundaryEntries(term, x);
    covarianceTangents(term, x).forEach((D, e) => {
      if (held.includes(term.offset + e)) return;
      entries.push({ position: term.offset + e, direction: directions.length });
      directions.push({ changes: placed(products, t, D), level: 0, operator: null });
    });
  });
  const firstOfResidual = directions.length;
  directions.push(...residualDirections(products, rows));
  const free = data.sigma === undefined;
  const psiCount = directions.length - firstOfResidual - (free ? 1 : 0);
  const psiScales = rows ? residualScales(products, rows.psi) : [];
  // σ² and ψ are curved together only
  const withLevel = free && psiCount > 0;
  const curved = [
    ...entries.map(({ direction }) => direction),
    ...(withLevel ? [firstOfResidual] : []),
    ...Array.from({ length: psiCount }, (_, g) => firstOfResidual + (free ? 1 : 0) + g),
  ];

  /** ΛΛ' of all terms that are not linear, at displaced entries. */
  function effectsAt(point: Float64Array, weight: number, into: (Float64Array | null)[]): void {
    terms.forEach((term, t) => {
      if (linearBasis(term)) return;
      const { q } = term;
      const L = new Float64Array(q * q);
      fillFactor(term, point, L);
      const S = new Float64Array(q * q);
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++)
          for (let c = 0; c <= Math.min(a, b); c++) S[a * q + b]! += L[a * q + c]! * L[b * q + c]!;
      placed(products, t, S).forEach((block, f) => {
        if (!block) return;
        const sum = (into[f] ??= new Float64Array(block.length));
        for (let k = 0; k < block.length; k++) sum[k]! += weight * block[k]!;
      });
    });
  }

  return {
    directions,
    curved,
    curvature(displacements) {
      const changes: (Float64Array | null)[] = none(products);
      const operators: { operator: RowOperator; weight: number }[] = [];
      for (const { along, weight } of displacements) {
        // the longest step that every parameter bears
        let h = Number.POSITIVE_INFINITY;
        const limit = (scale: number, k: number) => {
          if (along[k] !== 0) h = Math.min(h, (SECOND * scale) / Math.abs(along[k]!));
        };
        let k = 0;
        for (const { position } of entries) limit(Math.max(Math.abs(x[position]!), 1e-3 * sigma), k++);
        if (withLevel) limit(sigma * sigma, k++);
        for (const scale of psiScales) limit(scale, k++);
        if (!Number.isFinite(h)) continue;
        for (const [step, share] of CURVATURE) {
          const point = x.slice();
          entries.forEach(({ position }, e) => {
            point[position]! += step * h * along[e]!;
          });
          const total = (weight * share) / (h * h);
          effectsAt(point, total, changes);
          if (psiCount === 0) continue;
          let at = entries.length;
          const variance = sigma * sigma + (withLevel ? step * h * along[at++]! : 0);
          const psi = rows!.psi.map((value, g) => value + step * h * along[at + g]!);
          operators.push({ operator: rows!.residualCovariance(variance, psi), weight: total });
        }
      }
      return { changes, level: 0, operator: operators.length > 0 ? combination(operators) : null };
    },
  };
}
