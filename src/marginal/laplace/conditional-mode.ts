/** The mode of one group's random effects: the mode problem of a grouped model, one group at a time. */
import { choleskySolve } from "../../linalg/dense-cholesky.ts";
import { type GroupedModel, setPredictors } from "./grouped-model.ts";
import { findMinimum, type ModeProblem } from "./newton-mode.ts";
import { factorise } from "./small-cholesky.ts";

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

/** Finds modes of the groups of a model. */
export interface GroupModeSearch {
  /**
   * Finds the mode of group g into `model.mode`, with L and h there, and leaves the kernel's η, d1 and d2 of its rows at it. False when
   * there is none.
   */
  find(g: number): boolean;
  /** Newton iterations since construction. */
  iterations(): number;
}

export function groupModeSearch(model: GroupedModel): GroupModeSearch {
  const { q, mode, start } = model;
  const { kernel } = model.rows;
  const { H, L } = mode;
  let from = 0;
  let to = 0;
  const problem: ModeProblem = {
    u: mode.u,
    gradient: mode.gradient,
    step: new Float64Array(q),
    trial: new Float64Array(q),
    iterations: 0,
    negativeLogLikelihood(u) {
      setPredictors(model, u, from, to);
      return -kernel.curvature(from, to);
    },
    assemble: (u) => assemble(model, u, from, to),
    factorise: (ridge) => factorise(H, q, ridge, L),
    largest: () => H.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
    solve: (x) => choleskySolve(L, q, x),
  };
  return {
    find(g) {
      from = start[g]!;
      to = start[g + 1]!;
      mode.h = findMinimum(problem);
      return !Number.isNaN(mode.h);
    },
    iterations: () => problem.iterations,
  };
}
