/**
 * Optima on the boundary of the covariance parameters. In raw factor entries a zero column is always a stationary point, so an
 * optimum found there has to be proved: a small variance is set to exactly 0 where that costs nothing, and the likelihood is
 * probed in the null directions of Σ = ΛΛ' for one along which it rises.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { TermLayout } from "../model/parameter-layout.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import { minimise } from "../optimise/bfgs.ts";
import type { MinimiseOptions, Minimum, Objective } from "../optimise/objective.ts";
import { boundaryEntries, canonicalise, canonicaliseTerm, writeFactor } from "./canonical-factor.ts";

/** Factor entries below this (in sds of a standardised effect) are candidates for exactly 0. */
const NEAR_ZERO = 1e-3;
/** A log-likelihood difference that means nothing. */
const NOTHING = 1e-7;
/** Size of the probe in null directions, in sds of a standardised effect. */
const PROBE = 0.05;

/** The factor of ΛΛ' + ε²vv' for a unit vector v: lower triangular, by appending εv as a column and rotating it away. */
function addDirection(L: Float64Array, q: number, v: ArrayLike<number>, epsilon: number): Float64Array {
  const result = L.slice();
  const extra = Float64Array.from(v, (value) => epsilon * value);
  for (let i = 0; i < q; i++) {
    const x = result[i * q + i]!;
    const y = extra[i]!;
    if (y === 0) continue;
    const r = Math.hypot(x, y);
    const c = x / r;
    const s = y / r;
    for (let k = i; k < q; k++) {
      const u = result[k * q + i]!;
      const w = extra[k]!;
      result[k * q + i] = c * u + s * w;
      extra[k] = c * w - s * u;
    }
  }
  return result;
}

/** An orthonormal basis of the null space of Λ' (rows of the result). */
function nullSpace(L: Float64Array, q: number): number[][] {
  const sigma = Matrix.zeros(q, q);
  let largest = 0;
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) {
      let s = 0;
      for (let k = 0; k < q; k++) s += L[a * q + k]! * L[b * q + k]!;
      sigma.set(a, b, s);
      if (a === b) largest = Math.max(largest, s);
    }
  const evd = new EigenvalueDecomposition(sigma, { assumeSymmetric: true });
  const basis: number[][] = [];
  evd.realEigenvalues.forEach((value, k) => {
    if (value <= 1e-12 * largest || largest === 0) basis.push(evd.eigenvectorMatrix.getColumn(k));
  });
  return basis;
}

/** The direction of a null space along which −log L falls fastest as variance is added, or null when it rises in all. */
function risingDirection(
  objective: Objective,
  x: Float64Array,
  value: number,
  term: TermLayout,
): { L: Float64Array; value: number } | null {
  const { q } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  const probe = x.slice();
  const scratch = new Float64Array(x.length);
  const change = (v: ArrayLike<number>, epsilon: number): { change: number; L: Float64Array } => {
    const factor = addDirection(L, q, v, epsilon);
    writeFactor(term, factor, probe);
    return { change: objective(probe, scratch) - value, L: factor };
  };
  const axes =
    term.covariance === "diag"
      ? Array.from({ length: q }, (_, a) => a)
          .filter((a) => L[a * q + a] === 0)
          .map((a) => Array.from({ length: q }, (_, k) => (k === a ? 1 : 0)))
      : nullSpace(L, q);
  if (axes.length === 0) return null;
  const single = axes.map((v) => change(v, PROBE).change);
  let best = axes[0]!;
  if (term.covariance === "us" && axes.length > 1) {
    // the change is a quadratic form in v to first order in ε²: polarise, and take its lowest eigenvector
    const m = axes.length;
    const form = Matrix.zeros(m, m);
    for (let i = 0; i < m; i++) {
      form.set(i, i, single[i]!);
      for (let j = 0; j < i; j++) {
        const mixed = change(
          axes[i]!.map((value, k) => (value + axes[j]![k]!) / Math.SQRT2),
          PROBE,
        ).change;
        const off = mixed - 0.5 * (single[i]! + single[j]!);
        form.set(i, j, off);
        form.set(j, i, off);
      }
    }
    const evd = new EigenvalueDecomposition(form, { assumeSymmetric: true });
    let lowest = 0;
    evd.realEigenvalues.forEach((e, k) => {
      if (e < evd.realEigenvalues[lowest]!) lowest = k;
    });
    const weights = evd.eigenvectorMatrix.getColumn(lowest);
    best = Array.from({ length: q }, (_, k) => axes.reduce((s, axis, i) => s + weights[i]! * axis[k]!, 0));
  } else best = axes[single.indexOf(Math.min(...single))]!;
  for (const epsilon of [10 * PROBE, PROBE, 0.1 * PROBE]) {
    const trial = change(best, epsilon);
    if (trial.change < -NOTHING) return { L: trial.L, value: value + trial.change };
  }
  return null;
}

/**
 * From an interior-looking optimum to one that is either interior or exactly on the boundary, proved by probing.
 * Returns the improved minimum with canonical factors.
 */
export function settleBoundary(
  objective: Objective,
  start: Minimum,
  terms: readonly TermLayout[],
  options: MinimiseOptions,
): Minimum {
  let best = start;
  for (let round = 0; round < 5; round++) {
    const x = best.x.slice();
    for (const term of terms) canonicaliseTerm(term, x);
    const scratch = new Float64Array(x.length);
    let value = objective(x, scratch);
    // one column at a time, the smallest first: zero where nothing is lost
    for (const term of terms) {
      const L = new Float64Array(term.q * term.q);
      for (let attempt = 0; attempt < term.q; attempt++) {
        fillFactor(term, x, L);
        let column = -1;
        for (let a = 0; a < term.q; a++) {
          const d = L[a * term.q + a]!;
          if (d > 0 && d < NEAR_ZERO && (column < 0 || d < L[column * term.q + column]!)) column = a;
        }
        if (column < 0) break;
        const snapped = x.slice();
        if (term.covariance === "diag") snapped[term.offset + column] = 0;
        else {
          L[column * term.q + column] = 0;
          canonicalise(L, term.q, 0);
          writeFactor(term, L, snapped);
        }
        const snappedValue = objective(snapped, scratch);
        if (!(snappedValue <= value + NOTHING)) break;
        x.set(snapped);
        value = snappedValue;
      }
    }
    const atBoundary = terms.some((term) => boundaryEntries(term, x).length > 0);
    if (!atBoundary) {
      if (value <= best.value + NOTHING) best = { ...best, x, value };
      return best;
    }
    const settled = minimise(objective, x, options);
    const improved: Minimum = settled.value <= value ? settled : { ...settled, x, value };
    for (const term of terms) canonicaliseTerm(term, improved.x);
    let risen = false;
    for (const term of terms) {
      if (boundaryEntries(term, improved.x).length === 0) continue;
      const rise = risingDirection(objective, improved.x, improved.value, term);
      if (rise) {
        const restart = improved.x.slice();
        writeFactor(term, rise.L, restart);
        const again = minimise(objective, restart, options);
        if (again.value < improved.value - NOTHING) {
          best = again;
          risen = true;
          break;
        }
      }
    }
    if (!risen) {
      const evaluations = best.evaluations + improved.evaluations;
      return improved.value <= best.value + 1e-5 ? { ...improved, evaluations } : { ...best, evaluations };
    }
  }
  return best;
}
