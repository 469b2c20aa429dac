/**
 * Coefficients and random effects moved together so that no row's predictor changes: where a column of X is constant within levels times a
 * column of Z (an intercept, a covariate of the group), β_k + δ with b − gδ leaves the likelihood as it is, and δ is normal given the
 * prior of β and that of b. The draw of β in the centred form of the model, as one move (Liu & Wu 1999, "Parameter expansion for data
 * augmentation", JASA 94; Gelfand, Sahu & Carlin 1995, "Efficient parametrisations for normal linear mixed models").
 */

import { multiplyPrecision } from "../../covariance/level-precision.ts";
import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { solveLower, solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Block } from "./block.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import { multiply, sphericalFromEffects } from "./state.ts";

/** A coefficient that an effect of a term can absorb: X_ik = Z_ia g(level of i). */
interface Shift {
  readonly k: number;
  readonly a: number;
  /** g by level. */
  readonly g: Float64Array;
}

/** For each column of X the first effect of the term that it is a multiple of within every level. */
function findShifts({ n, p, data }: GibbsDesign, t: number): Shift[] {
  const { X } = ofMean(data.predictors);
  const { index, q, Z, levels } = data.random[t]!;
  const shifts: Shift[] = [];
  for (let k = 0; k < p; k++)
    for (let a = 0; a < q; a++) {
      const g = new Float64Array(levels.length).fill(Number.NaN);
      let matches = true;
      for (let i = 0; matches && i < n; i++) {
        const x = X[i * p + k]!;
        const z = Z[i * q + a]!;
        if (z === 0) matches = x === 0;
        else {
          const l = index[i]!;
          if (Number.isNaN(g[l]!)) g[l] = x / z;
          matches = Math.abs(x - z * g[l]!) <= 1e-12 * Math.abs(x);
        }
      }
      if (!matches) continue;
      for (let l = 0; l < g.length; l++) if (Number.isNaN(g[l]!)) g[l] = 0;
      if (g.every((value) => value === 0)) continue;
      shifts.push({ k, a, g });
      break;
    }
  return shifts;
}

/** Null where no column of X is such a multiple. */
export function translation(
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  t: number,
  label: string,
): Block | null {
  const shifts = findShifts(design, t);
  const d = shifts.length;
  if (d === 0) return null;
  const { p, map } = design;
  const b = state.b[t]!;
  const lambda = state.lambda[t]!;
  const q = Math.sqrt(lambda.length);
  const levels = b.length / q;
  const precision = new Float64Array(d * d);
  const mean = new Float64Array(d);
  const noise = new Float64Array(d);
  const beta = new Float64Array(p);
  const { known } = design.data.random[t]!;
  const width = q * (d + 1);
  // By level q rows of the columns Λ⁻¹ g_j e_a for each shift, then Λ⁻¹ b_j; and that times A⁻¹ across levels.
  const solved = new Float64Array(levels * width);
  const carried = known ? new Float64Array(levels * width) : solved;

  function solve(): void {
    solved.fill(0);
    for (let l = 0; l < levels; l++) {
      const at = l * width;
      for (let s = 0; s < d; s++) solved[at + shifts[s]!.a * (d + 1) + s] = shifts[s]!.g[l]!;
      for (let a = 0; a < q; a++) solved[at + a * (d + 1) + d] = b[l * q + a]!;
      solveLower(lambda, 0, q, q, solved, at, d + 1);
    }
    if (known) multiplyPrecision(known, solved, width, carried);
  }

  /** Precision and linear part of δ: the prior of β + δ, and Σ_jk (A⁻¹)_jk (b_j − G_jδ)'Σ⁻¹(b_k − G_kδ). */
  function prepare(): void {
    multiply(map.toUser, state.gamma, p, beta);
    precision.fill(0);
    for (let s = 0; s < d; s++) {
      const { k } = shifts[s]!;
      mean[s] = prior.shift[k]!;
      for (let j = 0; j < p; j++) mean[s]! -= prior.precision[k * p + j]! * beta[j]!;
      for (let r = 0; r < d; r++) precision[s * d + r] = prior.precision[k * p + shifts[r]!.k]!;
    }
    solve();
    for (let row = 0; row < levels * q; row++)
      for (let s = 0; s < d; s++) {
        const own = solved[row * (d + 1) + s]!;
        mean[s]! += own * carried[row * (d + 1) + d]!;
        for (let r = 0; r < d; r++) precision[s * d + r]! += own * carried[row * (d + 1) + r]!;
      }
  }

  return {
    name: `coefficients with effects of ${label}`,
    draw(rng) {
      prepare();
      if (!choleskyFactor(precision, d)) return;
      choleskySolve(precision, d, mean);
      for (let s = 0; s < d; s++) noise[s] = rng.normal();
      solveLowerTransposed(precision, 0, d, d, noise, 0, 1);
      for (let s = 0; s < d; s++) {
        const { k, a, g } = shifts[s]!;
        const delta = mean[s]! + noise[s]!;
        for (let j = 0; j < p; j++) state.gamma[j]! += map.toStandardised[j * p + k]! * delta;
        for (let l = 0; l < levels; l++) b[l * q + a]! -= g[l]! * delta;
      }
      sphericalFromEffects(state, t);
    },
    /** Along the orbit of the move: log p(β) + log p(b), because the likelihood stays. */
    logConditional() {
      multiply(map.toUser, state.gamma, p, beta);
      let sum = 0;
      for (let i = 0; i < p; i++) {
        sum += beta[i]! * prior.shift[i]!;
        for (let j = 0; j < p; j++) sum -= 0.5 * beta[i]! * prior.precision[i * p + j]! * beta[j]!;
      }
      solve();
      for (let row = 0; row < levels * q; row++) sum -= 0.5 * solved[row * (d + 1) + d]! * carried[row * (d + 1) + d]!;
      return sum;
    },
  };
}
