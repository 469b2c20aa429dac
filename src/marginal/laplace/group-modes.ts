/**
 * Newton's method for the modes of the random effects of all groups, û = argmin h(u) = ½u'u − Σ ℓ_i(η_i(u)), the groups side by side: one
 * pass over the rows advances every group that has not converged.
 *
 * Each group is searched as `newton-mode.ts` searches one problem, with the same start u = 0, stopping rule, line search and ridge.
 */
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { solveLower, solveLowerTransposed } from "../../linalg/triangular.ts";
import { type GroupedModel, setPredictors } from "./grouped-model.ts";
import {
  hasConverged,
  LARGE_CURVATURE,
  largeSlack,
  MAX_HALVINGS,
  MAX_ITERATIONS,
  SUFFICIENT_DECREASE,
  slackOf,
} from "./newton-mode.ts";
import { roundingOf } from "./ordered-rows.ts";

/** What is next for a group: nothing, an evaluation of h with two derivatives, one with all, or all where it stands. */
const DONE = 0;
const CURVATURE = 1;
const ADJOINT = 2;
const LEFT_OUT = 3;

/** After a step with a decrement below this the next one converges as a rule: it takes the derivatives of the adjoint along. */
const NEARLY_CONVERGED = 1e-11;

export interface GroupModeSearch {
  /**
   * Finds the modes of groups from ≤ g < to into `model.modes`, and leaves the kernel's η, d1 and d2 of their rows there; with
   * `derivatives` all the derivatives of the kernel's `adjoint`, and in `modes.sums` what it sums. False, at once, where a group has no
   * mode: a density that is not finite at u = 0, no descent, or an indefinite H where the search ends.
   */
  find(from: number, to: number, derivatives: boolean): boolean;
  /** Newton iterations since construction, summed over groups. */
  iterations(): number;
}

/** Writes ∇h at group g's u into `gradient` and H + ridge·I into its place in L, from the kernel's d1 and d2. */
function assemble(model: GroupedModel, g: number, ridge: number, gradient: Float64Array): void {
  const { q, blocks, index, start, modes } = model;
  const { kernel, K } = model.rows;
  const from = start[g]!;
  const to = start[g + 1]!;
  const base = g * q;
  const at = base * q;
  const { u, L } = modes;
  if (q === 1) {
    const { predictor: r, A } = blocks[0]!;
    const d1 = kernel.d1[r]!;
    const d2 = kernel.d2[index.pair[r * K + r]!]!;
    let slope = u[base]!;
    let curvature = 1;
    for (let i = from; i < to; i++) {
      const a = A[i]!;
      slope -= a * d1[i]!;
      curvature -= a * a * d2[i]!;
    }
    gradient[base] = slope;
    L[at] = curvature + ridge;
    return;
  }
  for (let a = 0; a < q; a++) {
    gradient[base + a] = u[base + a]!;
    for (let b = 0; b < a; b++) L[at + a * q + b] = 0;
    L[at + a * q + a] = 1 + ridge;
  }
  for (let k = 0; k < blocks.length; k++) {
    const { predictor: r, first: fr, q: qr, A: Ar } = blocks[k]!;
    const d1 = kernel.d1[r]!;
    for (let i = from, cell = from * qr; i < to; i++) {
      const slope = d1[i]!;
      for (let a = 0; a < qr; a++) gradient[base + fr + a]! -= Ar[cell++]! * slope;
    }
    for (let l = 0; l <= k; l++) {
      const { predictor: s, first: fs, q: qs, A: As } = blocks[l]!;
      const d2 = kernel.d2[index.pair[r * K + s]!]!;
      if (l < k && blocks[k]!.repeated) {
        // both blocks are all of u: a_r a_s' and its transpose fall into the lower triangle
        for (let i = from; i < to; i++)
          for (let a = 0; a < q; a++)
            for (let b = 0, x = i * q; b <= a; b++)
              L[at + a * q + b]! -= d2[i]! * (Ar[x + a]! * As[x + b]! + As[x + a]! * Ar[x + b]!);
        continue;
      }
      for (let i = from; i < to; i++) {
        const curvature = d2[i]!;
        for (let a = 0; a < qr; a++) {
          const scaled = curvature * Ar[i * qr + a]!;
          const last = l === k ? a + 1 : qs;
          for (let b = 0, cell = at + (fr + a) * q + fs; b < last; b++) L[cell + b]! -= scaled * As[i * qs + b]!;
        }
      }
    }
  }
}

/** Where the search of each group stands. */
interface Search {
  readonly model: GroupedModel;
  readonly stride: number;
  readonly trial: Float64Array;
  readonly step: Float64Array;
  readonly decrement: Float64Array;
  readonly length: Float64Array;
  readonly iteration: Uint8Array;
  readonly halvings: Uint8Array;
  readonly next: Uint8Array;
  iterations: number;
}

function largestEntry(s: Search, g: number): number {
  const { model } = s;
  const { q, modes } = model;
  const { L } = modes;
  let largest = 0;
  for (let a = 0; a < q; a++)
    for (let b = 0; b <= a; b++) largest = Math.max(largest, Math.abs(L[(g * q + a) * q + b]!));
  return largest;
}

/** Assembles and factorises H (+ a ridge where it is not positive definite) at group g's u; the ridge, or NaN where none helps. */
function factorise(s: Search, g: number): number {
  const { model } = s;
  const { q, modes } = model;
  const { L, gradient } = modes;
  const at = g * q * q;
  assemble(model, g, 0, gradient);
  if (q === 1) {
    const curvature = L[at]!;
    if (curvature > 0 && curvature < Infinity) {
      L[at] = Math.sqrt(curvature);
      return 0;
    }
  } else if (choleskyFactor(L, q, at, q)) return 0;
  assemble(model, g, 0, gradient);
  const largest = largestEntry(s, g);
  if (!(largest < Infinity)) return NaN;
  for (let ridge = 1e-3 * largest; ridge < 1e6 * largest; ridge *= 4) {
    assemble(model, g, ridge, gradient);
    if (choleskyFactor(L, q, at, q)) return ridge;
  }
  return NaN;
}

/** Looks at the evaluation of group g's trial and prepares the next; false where the search of the group fails. */
function advance(s: Search, g: number, isFirst: boolean, derivatives: boolean): boolean {
  const { model, stride, trial, step, decrement, length, iteration, halvings, next } = s;
  const { q, start, modes } = model;
  const { u, L, h, sums, gradient } = modes;
  const base = g * q;
  const kind = next[g]!;
  const value = -sums[g * stride]!;
  let square = 0;
  for (let a = 0; a < q; a++) square += trial[base + a]! * trial[base + a]!;
  const height = 0.5 * square + value;
  if (isFirst) {
    if (!(Math.abs(height) < Infinity)) return false;
  } else if (
    !(height <= h[g]! - SUFFICIENT_DECREASE * length[g]! * decrement[g]! + slackOf(h[g]!)) &&
    !(height <= h[g]! + largeSlack(h[g]!, roundingOf(model.rows, start[g]!, start[g + 1]!)))
  ) {
    if (++halvings[g]! > MAX_HALVINGS) return false;
    const shorter = 0.5 * length[g]!;
    length[g] = shorter;
    for (let a = 0; a < q; a++) trial[base + a] = u[base + a]! - shorter * step[base + a]!;
    next[g] = CURVATURE;
    return true;
  }
  for (let a = 0; a < q; a++) u[base + a] = trial[base + a]!;
  h[g] = height;
  if (++iteration[g]! > MAX_ITERATIONS) return false;
  s.iterations++;
  const ridge = factorise(s, g);
  if (Number.isNaN(ridge)) return false;
  let found = 0;
  if (q === 1) {
    const slope = gradient[base]!;
    const factor = L[base]!;
    step[base] = slope / (factor * factor);
    found = slope * step[base]!;
  } else {
    for (let a = 0; a < q; a++) step[base + a] = gradient[base + a]!;
    solveLower(L, base * q, q, q, step, base);
    solveLowerTransposed(L, base * q, q, q, step, base);
    for (let a = 0; a < q; a++) found += gradient[base + a]! * step[base + a]!;
  }
  if (!(found < Infinity)) return false;
  if (hasConverged(found, decrement[g]!)) {
    let largest = 0;
    for (let a = 0; a < q; a++) largest = Math.max(largest, L[(base + a) * q + a]!);
    if (largest * largest < LARGE_CURVATURE) for (let a = 0; a < q; a++) gradient[base + a] = 0;
    next[g] = derivatives && kind !== ADJOINT ? LEFT_OUT : DONE;
    return ridge === 0;
  }
  decrement[g] = found;
  length[g] = 1;
  halvings[g] = 0;
  for (let a = 0; a < q; a++) trial[base + a] = u[base + a]! - step[base + a]!;
  next[g] = derivatives && found < NEARLY_CONVERGED ? ADJOINT : CURVATURE;
  return true;
}

function find(s: Search, from: number, to: number, derivatives: boolean): boolean {
  const { model, trial, decrement, iteration, next } = s;
  const { q, start, modes } = model;
  const { byGroup } = model.rows;
  const { u, sums } = modes;
  for (let at = from * q; at < to * q; at++) {
    u[at] = 0;
    trial[at] = 0;
  }
  for (let g = from; g < to; g++) {
    iteration[g] = 0;
    decrement[g] = Infinity;
    next[g] = CURVATURE;
  }
  for (let round = 0, curvatures = to - from, adjoints = 0; curvatures + adjoints > 0; round++) {
    setPredictors(model, trial, from, to, round === 0 ? null : next);
    if (curvatures > 0) byGroup.curvature(start, from, to, next, CURVATURE, sums);
    if (adjoints > 0) byGroup.adjoint(start, from, to, next, ADJOINT, sums);
    curvatures = 0;
    adjoints = 0;
    for (let g = from; g < to; g++) {
      if (next[g] === DONE || next[g] === LEFT_OUT) continue;
      if (!advance(s, g, round === 0, derivatives)) return false;
      if (next[g] === CURVATURE) curvatures++;
      else if (next[g] === ADJOINT) adjoints++;
    }
  }
  if (derivatives) byGroup.adjoint(start, from, to, next, LEFT_OUT, sums);
  return true;
}

export function groupModeSearch(model: GroupedModel): GroupModeSearch {
  const { q, groups } = model;
  const stride = 1 + model.rows.globals;
  const trial = new Float64Array(groups * q);
  const step = new Float64Array(groups * q);
  const decrement = new Float64Array(groups);
  const length = new Float64Array(groups);
  const iteration = new Uint8Array(groups);
  const halvings = new Uint8Array(groups);
  const next = new Uint8Array(groups);
  const s: Search = { model, stride, trial, step, decrement, length, iteration, halvings, next, iterations: 0 };

  return {
    find: (from, to, derivatives) => find(s, from, to, derivatives),
    iterations: () => s.iterations,
  };
}
