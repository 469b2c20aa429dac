/** Traces of products of V⁻¹ and its directions, by columns: one of every independent part at a time. */
import type { Components } from "./components.ts";
import type { Direction } from "./directions.ts";
import type { EffectsPrecision } from "./effects-precision.ts";
import type { RowSpace } from "./row-space.ts";

/** A direction as Z(I ⊗ D)Z' + multiple·V + operator. */
export interface Reduced {
  readonly D: readonly (Float64Array | null)[];
  readonly multiple: number;
  readonly operator: Direction["operator"];
}

/** The levels asked for at a step, at most one a part. */
interface Probe {
  readonly part: number;
  readonly factor: number;
  readonly q: number;
  /** First effect of the level. */
  readonly at: number;
}

const widestOf = ({ pls }: EffectsPrecision): number =>
  pls.grouping.factors.reduce((most, { q }) => Math.max(most, q), 0);

/** Calls `visit` with unit columns of the effects of the levels asked for, size × width, until every level has been. */
function eachProbe(
  { size, pls }: EffectsPrecision,
  { levels }: Components,
  width: number,
  visit: (probes: readonly Probe[], columns: Float64Array) => void,
): void {
  const { factors } = pls.grouping;
  const steps = levels.reduce((most, list) => Math.max(most, list.length), 0);
  const columns = new Float64Array(size * width);
  for (let step = 0; step < steps; step++) {
    columns.fill(0);
    const probes: Probe[] = [];
    levels.forEach((list, part) => {
      if (step >= list.length) return;
      const [factor, level] = list[step]!;
      const { base, q } = factors[factor]!;
      const at = base + level * q;
      probes.push({ part, factor, q, at });
      for (let a = 0; a < q; a++) columns[(at + a) * width + a] = 1;
    });
    visit(probes, columns);
  }
}

/** Adds tr(V⁻¹ZD_iZ'V⁻¹ZD_jZ') to `out`, m × m, and tr(V⁻¹ZD_iZ') to `single`. */
export function addEffectTraces(
  products: EffectsPrecision,
  components: Components,
  all: readonly Reduced[],
  out: Float64Array,
  single: Float64Array,
): void {
  const { factors } = products.pls.grouping;
  const { count, ofLevel } = components;
  const m = all.length;
  const width = widestOf(products);
  const cells = width * width;
  /** By part and direction: Σ over levels of K'DK in the columns asked for. */
  const sums = new Float64Array(count * m * cells);
  const widthOf = new Int32Array(count);
  const product = new Float64Array(cells);
  eachProbe(products, components, width, (probes, K) => {
    sums.fill(0);
    widthOf.fill(0);
    for (const { part, q } of probes) widthOf[part] = q;
    products.multiply(K, width);
    factors.forEach(({ levels, q, base }, f) => {
      for (let l = 0; l < levels; l++) {
        const part = ofLevel[f]![l]!;
        const asked = widthOf[part]!;
        if (asked === 0) continue;
        const from = (base + l * q) * width;
        for (let i = 0; i < m; i++) {
          const D = all[i]!.D[f];
          if (!D) continue;
          const to = (part * m + i) * cells;
          if (q === 1 && asked === 1) {
            sums[to]! += D[0]! * K[from]! ** 2;
            continue;
          }
          for (let a = 0; a < q; a++)
            for (let c = 0; c < asked; c++) {
              let sum = 0;
              for (let b = 0; b < q; b++) sum += D[a * q + b]! * K[from + b * width + c]!;
              product[a * width + c] = sum;
            }
          for (let c = 0; c < asked; c++)
            for (let d = 0; d < asked; d++) {
              let sum = 0;
              for (let a = 0; a < q; a++) sum += K[from + a * width + c]! * product[a * width + d]!;
              sums[to + c * width + d]! += sum;
            }
        }
      }
    });
    for (const { part, factor, q, at } of probes)
      for (let j = 0; j < m; j++) {
        const D = all[j]!.D[factor];
        if (!D) continue;
        for (let c = 0; c < q; c++)
          for (let d = 0; d < q; d++) {
            const change = D[c * q + d]!;
            if (change === 0) continue;
            single[j]! += change * K[(at + c) * width + d]!;
            for (let i = 0; i < m; i++) out[i * m + j]! += change * sums[(part * m + i) * cells + c * width + d]!;
          }
      }
  });
}

/** Adds tr(V⁻¹O_iV⁻¹ZD_jZ') and its mirror image. */
export function addCrossTraces(
  products: EffectsPrecision,
  rows: RowSpace,
  components: Components,
  all: readonly Reduced[],
  out: Float64Array,
): void {
  const m = all.length;
  const { size } = products;
  const width = widestOf(products);
  const cells = width * width;
  const { count, ofRow } = components;
  const sums = new Float64Array(count * cells);
  eachProbe(products, components, width, (probes, columns) => {
    products.fromSpherical(columns, width);
    products.residualEffects(columns, width);
    const V = Array.from({ length: width }, (_, c) => {
      const own = rows.effects(Float64Array.from({ length: size }, (__, r) => columns[r * width + c]!));
      rows.solveResidual(own);
      return own;
    });
    all.forEach(({ operator }, i) => {
      if (!operator) return;
      sums.fill(0);
      V.forEach((column, d) => {
        const applied = column.slice();
        operator(applied);
        V.forEach((other, c) => {
          for (let r = 0; r < applied.length; r++) sums[ofRow[r]! * cells + c * width + d]! += other[r]! * applied[r]!;
        });
      });
      for (const { part, factor, q } of probes)
        for (let j = 0; j < m; j++) {
          const D = all[j]!.D[factor];
          if (!D) continue;
          let value = 0;
          for (let c = 0; c < q; c++)
            for (let d = 0; d < q; d++) value += D[c * q + d]! * sums[part * cells + c * width + d]!;
          out[i * m + j]! += value;
          out[j * m + i]! += value;
        }
    });
  });
}

/** Adds tr(V⁻¹O_iV⁻¹O_j) to `out`, and tr(V⁻¹O_i) to `single`. */
export function addRowTraces(
  rows: RowSpace,
  { count, ofRow }: Components,
  all: readonly Reduced[],
  out: Float64Array,
  single: Float64Array,
): void {
  const m = all.length;
  const operators = all.flatMap(({ operator }, i) => (operator ? [{ operator, i }] : []));
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (const r of rows.active) lists[ofRow[r]!]!.push(r);
  const steps = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const unit = new Float64Array(rows.n);
  for (let step = 0; step < steps; step++) {
    const asked = lists.flatMap((list) => (step < list.length ? [list[step]!] : []));
    unit.fill(0);
    for (const r of asked) unit[r] = 1;
    const v = unit.slice();
    rows.solve(v);
    const right = operators.map(({ operator }) => {
      const own = unit.slice();
      operator(own);
      rows.solve(own);
      return own;
    });
    operators.forEach(({ operator, i }, k) => {
      for (const r of asked) single[i]! += right[k]![r]!;
      const left = v.slice();
      operator(left);
      operators.forEach(({ i: j }, l) => {
        let sum = 0;
        for (let r = 0; r < left.length; r++) sum += left[r]! * right[l]![r]!;
        out[i * m + j]! += sum;
      });
    });
  }
}
