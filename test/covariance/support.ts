/** A small inbred pedigree with records, and the Gaussian likelihood by its dense covariance. */
import type { AdditiveRelationship, Pedigree } from "../../src/covariance/pedigree.ts";
import { choleskyFactor, choleskyLogDet, choleskySolve } from "../../src/linalg/dense-cholesky.ts";
import type { IntegralData } from "../../src/marginal/integral-data.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { createRng } from "../../src/random/rng.ts";

/** Six founders and `offspring` descendants of random parents among the animals before them, some of them inbred. */
export function somePedigree(offspring: number, seed = "pedigree"): Pedigree {
  const rng = createRng(seed);
  const id: string[] = [];
  const sire: (string | null)[] = [];
  const dam: (string | null)[] = [];
  for (let i = 0; i < 6 + offspring; i++) {
    id.push(`a${i + 1}`);
    const pick = () => `a${1 + Math.floor(rng.uniform() * i)}`;
    const father = i < 6 ? null : pick();
    let mother = i < 6 || rng.uniform() < 0.1 ? null : pick();
    if (mother === father) mother = null;
    sire.push(father);
    dam.push(mother);
  }
  return { id, sire, dam };
}

/** Records of the animals from `first` on, `each` of them, in herds that cross them. Animals before have none. */
export function someRecords({ levels, values }: AdditiveRelationship, first: number, each: number, seed = "records") {
  const rng = createRng(seed);
  const n = levels.length;
  const root = Float64Array.from(values);
  choleskyFactor(root, n);
  const z = Array.from({ length: n }, () => rng.normal());
  const breeding = levels.map((_, i) => z.slice(0, i + 1).reduce((sum, value, j) => sum + root[i * n + j]! * value, 0));
  const animal: string[] = [];
  const herd: string[] = [];
  const x: number[] = [];
  const w: number[] = [];
  const y: number[] = [];
  for (let i = first; i < n; i++)
    for (let k = 0; k < each; k++) {
      const h = Math.floor(rng.uniform() * 4);
      animal.push(levels[i]!);
      herd.push(`h${h}`);
      x.push(rng.normal());
      w.push(1 + Math.floor(rng.uniform() * 3));
      y.push(3 + 0.5 * x.at(-1)! + breeding[i]! + 0.3 * h + rng.normal());
    }
  return { animal, herd, x, w, y };
}

/** A of each term across its levels, dense and row-major; the identity where levels are independent. */
export function denseRelationship(data: IntegralData, A: AdditiveRelationship): Float64Array[] {
  return data.random.map(({ known, levels }) => {
    const n = levels.length;
    if (!known) return Float64Array.from({ length: n * n }, (_, c) => (c % (n + 1) === 0 ? 1 : 0));
    const at = levels.map((level) => A.levels.indexOf(level));
    return Float64Array.from({ length: n * n }, (_, c) => A.values[at[Math.floor(c / n)]! * n + at[c % n]!]!);
  });
}

/** V = Σ_terms Z(A ⊗ Σ)Z' + σ²W⁻¹, row by row and column by column. */
export function denseV(data: IntegralData, relationship: readonly Float64Array[], x: Float64Array): Float64Array {
  const { n, random, layout } = data;
  const sigma = x[layout.phi.offset]!;
  const V = new Float64Array(n * n);
  const factors = random.map((term, t) => {
    const factor = new Float64Array(term.q ** 2);
    fillFactor(layout.terms[t]!, x, factor);
    return factor;
  });
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = i === j ? sigma ** 2 / (data.columns["weights"]?.[i] ?? 1) : 0;
      random.forEach(({ q, Z, index, levels }, t) => {
        let form = 0;
        for (let c = 0; c < q; c++) {
          let left = 0;
          let right = 0;
          for (let a = c; a < q; a++) {
            left += Z[i * q + a]! * factors[t]![a * q + c]!;
            right += Z[j * q + a]! * factors[t]![a * q + c]!;
          }
          form += left * right;
        }
        sum += relationship[t]![index[i]! * levels.length + index[j]!]! * form;
      });
      V[i * n + j] = sum;
    }
  return V;
}

/** log N(y; Xβ, V), and log |X'V⁻¹X| for REML. */
export function denseLogLikelihood(
  data: IntegralData,
  relationship: readonly Float64Array[],
  x: Float64Array,
): { logLik: number; logDetXVX: number } {
  const { n, layout } = data;
  const L = denseV(data, relationship, x);
  if (!choleskyFactor(L, n)) throw new Error("V is not positive definite.");
  const { X, offset, names } = data.predictors[0]!;
  const p = names.length;
  const r = Float64Array.from(data.columns["y"]!, (y, i) => {
    let value = y - offset[i]!;
    for (let a = 0; a < p; a++) value -= X[i * p + a]! * x[layout.beta[0]!.offset + a]!;
    return value;
  });
  const solved = r.slice();
  choleskySolve(L, n, solved);
  const square = r.reduce((sum, value, i) => sum + value * solved[i]!, 0);
  const VX = X.slice();
  choleskySolve(L, n, VX, p);
  const XVX = new Float64Array(p * p);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) XVX[a * p + b]! += X[i * p + a]! * VX[i * p + b]!;
  choleskyFactor(XVX, p);
  return {
    logLik: -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(L, n) + square),
    logDetXVX: choleskyLogDet(XVX, p),
  };
}

/** Richardson-extrapolated central differences. */
export function numericGradient(f: (x: Float64Array) => number, x: Float64Array, step = 1e-3): Float64Array {
  return x.map((_, j) => {
    const slope = (h: number) => {
      const point = x.slice();
      point[j]! += h;
      const up = f(point);
      point[j]! -= 2 * h;
      return (up - f(point)) / (2 * h);
    };
    const [a, b, c] = [slope(step), slope(step / 2), slope(step / 4)];
    const [d, e] = [(4 * b - a) / 3, (4 * c - b) / 3];
    return (16 * e - d) / 15;
  });
}
