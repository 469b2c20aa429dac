/**
 * What a residual structure needs of the rows of a Gaussian model: V⁻¹ and the structure's derivatives applied to vectors of one number a row. Rows are
 * times the roots of their weights.
 */
import { residualStructure } from "../../../residual/residual-structure.ts";
import { rowEffects } from "../merged-factor.ts";
import type { EffectsPrecision } from "./effects-precision.ts";

/** Changes a vector of one number a row in place. */
export type RowOperator = (x: Float64Array) => void;

export interface RowSpace {
  readonly n: number;
  /** Rows that take part. */
  readonly active: Int32Array;
  /** Column a of E. */
  column(a: number): Float64Array;
  /** Zu, u of one number an effect. */
  effects(u: Float64Array): Float64Array;
  /** Z'x, added to `out` of one number an effect. */
  addEffectSums(x: Float64Array, out: Float64Array): void;
  /** x ← V⁻¹x. */
  solve: RowOperator;
  /** x ← R⁻¹x/σ². */
  solveResidual: RowOperator;
  /** The operator σ²R of parameters of their own: x ← σ²R(ψ)x. */
  residualCovariance(variance: number, psi: Float64Array): RowOperator;
  /** Parameters ψ of the point. */
  readonly psi: Float64Array;
}

export function rowSpace(products: EffectsPrecision): RowSpace {
  const { data, pls, x, sigma, size } = products;
  const { random, residual, layout, n } = data;
  const { design, grouping } = pls;
  const { factors } = grouping;
  const { weight, p } = design;
  const psiAt = layout.phi.offset + (data.sigma === undefined ? 1 : 0);
  const psi = x.slice(psiAt, layout.phi.offset + layout.phi.size);
  const root = weight.map(Math.sqrt);
  const precision = 1 / (sigma * sigma);
  const structure = residual ? residualStructure(residual) : null;
  structure?.set(psi, 0);
  const row = new Float64Array(p + 1);
  const z = factors.map(({ q }) => new Float64Array(q));

  function eachRow(visit: (i: number, at: number, z: Float64Array) => void): void {
    factors.forEach((factor, f) => {
      for (let i = 0; i < n; i++) {
        if (weight[i] === 0) continue;
        rowEffects(factor, random, i, z[f]!);
        visit(i, factor.base + factor.index[i]! * factor.q, z[f]!);
      }
    });
  }
  const effects = (u: Float64Array): Float64Array => {
    const out = new Float64Array(n);
    eachRow((i, at, zi) => {
      for (let a = 0; a < zi.length; a++) out[i]! += root[i]! * zi[a]! * u[at + a]!;
    });
    return out;
  };
  const addEffectSums = (values: Float64Array, out: Float64Array): void =>
    eachRow((i, at, zi) => {
      for (let a = 0; a < zi.length; a++) out[at + a]! += root[i]! * zi[a]! * values[i]!;
    });
  const solveResidual: RowOperator = (values) => {
    structure?.solve(values);
    for (let i = 0; i < n; i++) values[i]! *= precision;
  };
  return {
    n,
    active: Int32Array.from(Array.from({ length: n }, (_, i) => i).filter((i) => weight[i]! > 0)),
    psi,
    column(a) {
      return Float64Array.from({ length: n }, (_, i) => {
        if (weight[i] === 0) return 0;
        design.row(i, row);
        return root[i]! * row[a]!;
      });
    },
    effects,
    addEffectSums,
    solveResidual,
    // V⁻¹x = R⁻¹(x − ZΛH⁻¹Λ'Z'R⁻¹x)/σ²
    solve(values) {
      if (size > 0) {
        const whitened = values.slice();
        structure?.solve(whitened);
        const sums = new Float64Array(size);
        addEffectSums(whitened, sums);
        products.shrink(sums, 1);
        const moved = effects(sums);
        for (let i = 0; i < n; i++) values[i]! -= moved[i]!;
      }
      solveResidual(values);
    },
    residualCovariance(variance, at) {
      const own = residual ? residualStructure(residual) : null;
      own?.set(at, 0);
      return (values) => {
        own?.multiply(values);
        for (let i = 0; i < n; i++) values[i]! *= variance;
      };
    },
  };
}
