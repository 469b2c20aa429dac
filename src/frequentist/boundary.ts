/**
 * Optima on the boundary of the covariance parameters. In raw factor entries a zero column is always a stationary point, so an
 * optimum found there has to be proved: a small variance is set to exactly 0 where that costs nothing, and the likelihood is
 * probed in the null directions of Σ = ΛΛ' for one along which it rises.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { boundStructure } from "../covariance/structures.ts";
import {
  boundaryEntries,
  canonicaliseTerm,
  fillFactor,
  type TermLayout,
  writeFactor,
} from "../model/parameter-layout.ts";
import { minimise } from "../optimise/bfgs.ts";
import type { MinimiseOptions, Minimum, Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";

/** Standard deviations below this (in sds of a standardised effect), and what else is as near a boundary, are candidates for exactly 0. */
const NEAR_ZERO = 1e-3;
/** A log-likelihood difference that means nothing, and as a share of a log-likelihood what its rounding may be. */
const NOTHING = 1e-7;
const ROUNDING = 1e-14;

const nothing = (value: number): number => Math.max(NOTHING, ROUNDING * Math.abs(value));
/** A turned factor is followed from values up to this above the best, with slopes above this, and kept where it gains this. */
const WORTH = 0.05;
const STEEP = 1e-4;
const GAIN = 1e-10;
/** Size of the probe off a boundary, in sds of a standardised effect. */
const PROBE = 0.05;
/** A fall of the log-likelihood at the smallest probe that hides what happens nearer the boundary. */
const HIDING = 0.01;

/** The move off the boundary along which −log L falls fastest: the term's entries there, or null when it rises along all. */
function* risingDirection(
  objective: Objective,
  x: Float64Array,
  value: number,
  term: TermLayout,
): Pausable<{ entries: Float64Array; value: number } | null> {
  const { offset } = term;
  const { count, quadratic, move } = boundStructure(term).boundary.moves(x, offset);
  if (count === 0) return null;
  const probe = x.slice();
  const scratch = new Float64Array(x.length);
  const change = (weights: readonly number[], epsilon: number): { change: number; entries: Float64Array } => {
    const entries = move(weights, epsilon);
    probe.set(entries, offset);
    const there = objective(probe, scratch) - value;
    return { change: Number.isNaN(there) ? Infinity : there, entries };
  };
  const unit = (i: number): number[] => Array.from({ length: count }, (_, k) => (k === i ? 1 : 0));
  const single: number[] = [];
  for (let i = 0; i < count; i++) {
    single.push(change(unit(i), PROBE).change);
    if (pauseDue()) yield;
  }
  let best = unit(single.indexOf(Math.min(...single)));
  if (quadratic && count > 1) {
    // polarise the form, and take its lowest eigenvector
    const form = Matrix.zeros(count, count);
    for (let i = 0; i < count; i++) {
      form.set(i, i, single[i]!);
      for (let j = 0; j < i; j++) {
        const mixed = change(
          Array.from({ length: count }, (_, k) => (k === i || k === j ? Math.SQRT1_2 : 0)),
          PROBE,
        ).change;
        const off = mixed - 0.5 * (single[i]! + single[j]!);
        form.set(i, j, off);
        form.set(j, i, off);
        if (pauseDue()) yield;
      }
    }
    // where the function has no value off the boundary there is no form, and each direction is tried alone
    if (form.to1DArray().every(Number.isFinite)) best = lowestEigenvector(form);
  }
  let steep = false;
  for (const epsilon of [10 * PROBE, PROBE, 0.1 * PROBE]) {
    const trial = change(best, epsilon);
    if (pauseDue()) yield;
    if (trial.change < -nothing(value)) return { entries: trial.entries, value: value + trial.change };
    steep = trial.change > HIDING;
  }
  // where rows say so much that the smallest probe is far out, nearer ones
  for (let epsilon = 0.01 * PROBE; steep && epsilon > 1e-9; epsilon *= 0.1) {
    const trial = change(best, epsilon);
    if (pauseDue()) yield;
    if (trial.change < -nothing(value)) return { entries: trial.entries, value: value + trial.change };
    steep = trial.change > HIDING;
  }
  return null;
}

function lowestEigenvector(form: Matrix): number[] {
  const evd = new EigenvalueDecomposition(form, { assumeSymmetric: true });
  let lowest = 0;
  evd.realEigenvalues.forEach((e, k) => {
    if (e < evd.realEigenvalues[lowest]!) lowest = k;
  });
  return evd.eigenvectorMatrix.getColumn(lowest);
}

/** The point with canonical factors and everything on the boundary that is near it and loses nothing there, the smallest first. */
function* snapped(
  objective: Objective,
  from: Float64Array,
  terms: readonly TermLayout[],
): Pausable<{ x: Float64Array; value: number }> {
  const x = from.slice();
  for (const term of terms) canonicaliseTerm(term, x);
  const scratch = new Float64Array(x.length);
  let value = objective(x, scratch);
  for (const term of terms)
    for (let attempt = 0; attempt < term.size; attempt++) {
      const entries = boundStructure(term).boundary.snapped(x, term.offset, NEAR_ZERO);
      if (!entries) break;
      const trial = x.slice();
      trial.set(entries, term.offset);
      const trialValue = objective(trial, scratch);
      if (pauseDue()) yield;
      if (!(trialValue <= value + nothing(value))) break;
      x.set(trial);
      value = trialValue;
    }
  return { x, value };
}

/** A diagonal entry of Λ below this, in sds of a standardised effect, leaves its column to be turned away. */
const NEARLY_ZERO = 0.05;

/**
 * The term's entries with nearly empty columns of Λ emptied and put last, null where there are none before others. Of the factors of a singular Σ the
 * canonical one has slopes of 0 in covariances that would be steep from another: with rows (0, 0) and (0, s) those of rows (0, 0) and (s, 0).
 */
function columnsTurned(term: TermLayout, x: Float64Array): Float64Array | null {
  const { ofFactor, unstructured, q } = boundStructure(term);
  if (!ofFactor || !unstructured || q < 2) return null;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  const empty = (column: number) => Math.abs(L[column * q + column]!) < NEARLY_ZERO;
  const columns = Array.from({ length: q }, (_, column) => column);
  const order = [...columns.filter((column) => !empty(column)), ...columns.filter(empty)];
  if (order.every((column, place) => column === place)) return null;
  const turned = new Float64Array(q * q);
  order.forEach((column, place) => {
    if (!empty(column)) for (let row = place; row < q; row++) turned[row * q + place] = L[row * q + column]!;
  });
  const point = x.slice();
  writeFactor(term, turned, point);
  return point;
}

/** The minimum, or a lower one beside it that a factor with turned columns leads to. */
function* afterTurning(
  objective: Objective,
  from: Minimum,
  terms: readonly TermLayout[],
  options: MinimiseOptions,
): Pausable<Minimum> {
  let best = from;
  for (const term of terms) {
    const turned = columnsTurned(term, best.x);
    if (!turned) continue;
    const gradient = new Float64Array(turned.length);
    const value = objective(turned, gradient);
    const slope = Math.max(...gradient.subarray(term.offset, term.offset + term.size).map(Math.abs));
    if (!(value < best.value + WORTH && slope > STEEP)) continue;
    const again = yield* minimise(objective, turned, options);
    const evaluations = best.evaluations + again.evaluations + 1;
    best =
      again.value < best.value - Math.max(GAIN, ROUNDING * Math.abs(best.value))
        ? { ...again, evaluations }
        : { ...best, evaluations };
  }
  return best;
}

/**
 * From an interior-looking optimum to one that is either interior or exactly on the boundary, proved by probing.
 * Returns the improved minimum with canonical factors.
 */
export function* settleBoundary(
  objective: Objective,
  start: Minimum,
  terms: readonly TermLayout[],
  options: MinimiseOptions,
): Pausable<Minimum> {
  let best = start;
  for (let round = 0; round < 5; round++) {
    best = yield* afterTurning(objective, best, terms, options);
    const { x, value } = yield* snapped(objective, best.x, terms);
    const atBoundary = terms.some((term) => boundaryEntries(term, x).length > 0);
    if (!atBoundary) {
      if (value <= best.value + nothing(value)) best = { ...best, x, value };
      return best;
    }
    const settled = yield* minimise(objective, x, options);
    // a gradient that is 0 up to rounding only moves the search off the boundary again, by as little
    const improved: Minimum =
      settled.value <= value
        ? { ...settled, ...(yield* snapped(objective, settled.x, terms)) }
        : { ...settled, x, value };
    let risen = false;
    for (const term of terms) {
      if (boundaryEntries(term, improved.x).length === 0) continue;
      const rise = yield* risingDirection(objective, improved.x, improved.value, term);
      if (rise) {
        const restart = improved.x.slice();
        restart.set(rise.entries, term.offset);
        const again = yield* minimise(objective, restart, options);
        if (again.value < improved.value - nothing(improved.value)) {
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
