/**
 * The mode of one group's random effects, û = argmin h(u) = ½u'u − Σ ℓ_i(η_i(u)), by Newton's method on spherical effects.
 *
 * The search always starts at u = 0 and stops on the Newton decrement g'H⁻¹g < 1e-18, so that û is a deterministic function of the
 * parameters and accurate enough for the gradient of the integral to be that of an exact mode. Where H is not positive definite
 * (densities that are not log-concave) a ridge is added to the step; at the mode itself H must be positive definite.
 * Of several modes the one downhill from u = 0 is found.
 */
import { type GroupedModel, setPredictors } from "./grouped-model.ts";
import { factorise, solveFactorised } from "./small-cholesky.ts";

const DECREMENT = 1e-18;
const MAX_ITERATIONS = 200;
const MAX_HALVINGS = 60;

/** ∇h and H at u, from the kernel's d1 and d2 of the group's rows. */
function assemble(model: GroupedModel, u: Float64Array, from: number, to: number): void {
  const { q, blocks, index } = model;
  const { gradient, H } = model.mode;
  const { kernel, K } = model.rows;
  for (let a = 0; a < q; a++) gradient[a] = u[a]!;
  H.fill(0);
  for (let a = 0; a < q; a++) H[a * q + a] = 1;
  for (let k = 0; k < blocks.length; k++) {
    const { predictor: r, first: fr, q: qr, A: Ar } = blocks[k]!;
    const d1 = kernel.d1[r]!;
    if (qr === 1) {
      let sum = 0;
      for (let i = from; i < to; i++) sum += Ar[i]! * d1[i]!;
      gradient[fr]! -= sum;
    } else
      for (let i = from, at = from * qr; i < to; i++) {
        const slope = d1[i]!;
        for (let a = 0; a < qr; a++) gradient[fr + a]! -= Ar[at++]! * slope;
      }
    for (let l = 0; l <= k; l++) {
      const { predictor: s, first: fs, q: qs, A: As } = blocks[l]!;
      const d2 = kernel.d2[index.pair[r * K + s]!]!;
      if (qr === 1 && qs === 1) {
        let sum = 0;
        for (let i = from; i < to; i++) sum += Ar[i]! * As[i]! * d2[i]!;
        H[fr * q + fs]! -= sum;
        continue;
      }
      for (let i = from; i < to; i++) {
        const curvature = d2[i]!;
        for (let a = 0; a < qr; a++) {
          const scaled = curvature * Ar[i * qr + a]!;
          const last = l === k ? a + 1 : qs;
          for (let b = 0, cell = (fr + a) * q + fs; b < last; b++) H[cell + b]! -= scaled * As[i * qs + b]!;
        }
      }
    }
  }
}

/**
 * Finds the mode of group g into `model.mode` and leaves the kernel's η, d1 and d2 of its rows at it. False when there is none: a
 * density that is not finite at u = 0, no descent, or an indefinite H where the search ends.
 */
export function findMode(model: GroupedModel, g: number): boolean {
  const { q, mode } = model;
  const { kernel } = model.rows;
  const { u, gradient, H, L, step, trial } = mode;
  const from = model.start[g]!;
  const to = model.start[g + 1]!;
  u.fill(0);
  setPredictors(model, u, from, to);
  let h = -kernel.curvature(from, to);
  if (!(Math.abs(h) < Infinity)) return false;
  let previous = Infinity;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    mode.iterations++;
    assemble(model, u, from, to);
    let ridge = 0;
    if (!factorise(H, q, 0, L)) {
      let largest = 0;
      for (let a = 0; a < q * q; a++) largest = Math.max(largest, Math.abs(H[a]!));
      if (!(largest < Infinity)) return false;
      ridge = 1e-3 * largest;
      while (!factorise(H, q, ridge, L)) {
        ridge *= 4;
        if (!(ridge < 1e6 * largest)) return false;
      }
    }
    step.set(gradient);
    solveFactorised(L, q, step);
    let decrement = 0;
    for (let a = 0; a < q; a++) decrement += gradient[a]! * step[a]!;
    if (!(decrement < Infinity)) return false;
    // Rounding of the sums may keep the decrement above its limit: there it no longer falls.
    if (decrement < DECREMENT || (decrement < 1e-10 && decrement > 0.25 * previous)) {
      mode.h = h;
      return ridge === 0;
    }
    previous = decrement;
    const slack = 1e-13 * (1 + Math.abs(h));
    let length = 1;
    for (let halving = 0; ; halving++) {
      if (halving === MAX_HALVINGS) return false;
      let square = 0;
      for (let a = 0; a < q; a++) {
        const value = u[a]! - length * step[a]!;
        trial[a] = value;
        square += value * value;
      }
      setPredictors(model, trial, from, to);
      const next = 0.5 * square - kernel.curvature(from, to);
      if (next <= h - 1e-4 * length * decrement + slack) {
        u.set(trial);
        h = next;
        break;
      }
      length *= 0.5;
    }
  }
  return false;
}
