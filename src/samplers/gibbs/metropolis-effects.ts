/**
 * One term's random effects under a likelihood that is not Gaussian, many levels at once: given everything else levels are independent, so
 * each takes its own Newton step plus noise with the curvature there, and its own exact accept step. With a known covariance A across levels those
 * are independent that A⁻¹ does not connect, given the others: they are moved class by class (`independent-levels.ts`).
 * Gamerman (1997), "Sampling from the posterior distribution in generalized linear mixed models", Stat. Comput. 7, 57–68,
 * in the spherical effects u ~ N(0, A ⊗ I), where the precision (A⁻¹)_ll I + Λ'Z'WZΛ is never singular.
 */

import { multiplyPrecision } from "../../covariance/level-precision.ts";
import type { RandomTermDesign } from "../../data/design.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Rng } from "../../random/rng.ts";
import type { Block } from "./block.ts";
import { isFar, MAX_CLIMBS, SHORTEST_STEP } from "./climb.ts";
import { independentLevels } from "./independent-levels.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import { addEffects, effectsFromSpherical, updatePredictor } from "./state.ts";

/** Gaussian approximations of every level's effects at one point: step m − u and Cholesky factor of the precision. */
interface Approximation {
  readonly step: Float64Array;
  readonly factor: Float64Array;
  /** log|H| / 2 by level. */
  readonly halfLogDet: Float64Array;
}

/** The effects of a term, and room for moves of its levels. */
interface Moves {
  readonly design: GibbsDesign;
  readonly state: GibbsState;
  readonly t: number;
  readonly rows: RowLikelihood;
  readonly term: RandomTermDesign;
  readonly lambda: Float64Array;
  readonly u: Float64Array;
  readonly b: Float64Array;
  readonly here: Approximation;
  readonly there: Approximation;
  readonly old: Float64Array;
  readonly oldEffects: Float64Array;
  readonly noise: Float64Array;
  readonly logRatio: Float64Array;
  readonly rest: Float64Array;
  readonly before: Float64Array;
  readonly after: Float64Array;
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
  readonly product: Float64Array;
  readonly proposals: { made: number; accepted: number };
  readonly diagonal: Float64Array;
  /** (A⁻¹ ⊗ I)u. */
  readonly carried: Float64Array;
}

function carry(s: Moves): void {
  const { term, u, carried } = s;
  const { q, known } = term;
  if (known) multiplyPrecision(known, u, q, carried);
}

/** Of these levels g = Λ'Σz d1 − (A⁻¹u)_l and H = (A⁻¹)_ll I + Λ'(Σ w zz')Λ with w = max(−d2, 0), then step = H⁻¹g. */
function approximate(s: Moves, out: Approximation, members: Int32Array): void {
  const { design, rows, term, lambda, gradient, curvature, product, diagonal, carried } = s;
  const { q, index, Z } = term;
  const { n } = design;
  rows.derivatives();
  carry(s);
  gradient.fill(0);
  curvature.fill(0);
  const { d1, d2 } = rows;
  for (let i = 0; i < n; i++) {
    const l = index[i]!;
    const w = Math.max(-d2[i]!, 0);
    for (let a = 0; a < q; a++) {
      const z = Z[i * q + a]!;
      gradient[l * q + a]! += z * d1[i]!;
      for (let c = 0; c <= a; c++) curvature[(l * q + a) * q + c]! += w * z * Z[i * q + c]!;
    }
  }
  for (const l of members) {
    const start = l * q * q;
    for (let a = 0; a < q; a++)
      for (let c = a + 1; c < q; c++) curvature[start + a * q + c] = curvature[start + c * q + a]!;
    for (let a = 0; a < q; a++)
      for (let c = 0; c < q; c++) {
        let sum = 0;
        for (let d = c; d < q; d++) sum += curvature[start + a * q + d]! * lambda[d * q + c]!;
        product[a * q + c] = sum;
      }
    for (let a = 0; a < q; a++) {
      for (let c = 0; c < q; c++) {
        let sum = a === c ? diagonal[l]! : 0;
        for (let d = a; d < q; d++) sum += lambda[d * q + a]! * product[d * q + c]!;
        out.factor[start + a * q + c] = sum;
      }
      let g = -carried[l * q + a]!;
      for (let d = a; d < q; d++) g += lambda[d * q + a]! * gradient[l * q + d]!;
      out.step[l * q + a] = g;
    }
    const factor = out.factor.subarray(start, start + q * q);
    // I plus a positive semidefinite matrix: fails only where derivatives are not finite, and then nothing is proposed.
    if (!choleskyFactor(factor, q)) {
      out.halfLogDet[l] = Number.NaN;
      continue;
    }
    choleskySolve(factor, q, out.step.subarray(l * q, (l + 1) * q));
    let half = 0;
    for (let a = 0; a < q; a++) half += Math.log(factor[a * q + a]!);
    out.halfLogDet[l] = half;
  }
}

/** Newton steps of the levels that are far from their modes, each halved until it climbs; whether any moved. */
function climb(s: Moves, members: Int32Array): boolean {
  const { design, state, t, rows, term, u, here, old, logRatio, rest, before, after, diagonal, carried } = s;
  const { q, index } = term;
  const { n } = design;
  const far = members.filter((l) => isFar(here.factor, l * q * q, here.step, l * q, q));
  if (far.length === 0) return false;
  old.set(u);
  for (const l of far) for (let a = 0; a < q; a++) rest[l * q + a] = carried[l * q + a]! - diagonal[l]! * u[l * q + a]!;
  const logPrior = (l: number) => {
    let sum = 0;
    for (let a = l * q; a < (l + 1) * q; a++) sum -= (0.5 * diagonal[l]! * u[a]! + rest[a]!) * u[a]!;
    return sum;
  };
  const priorBefore = Float64Array.from(far, logPrior);
  let waiting = [...far.keys()];
  for (let length = 1; waiting.length > 0 && length > SHORTEST_STEP; length *= 0.5) {
    for (const k of waiting)
      for (let a = far[k]! * q; a < (far[k]! + 1) * q; a++) u[a] = old[a]! + length * here.step[a]!;
    effectsFromSpherical(state, t);
    updatePredictor(design, state);
    rows.rows(after);
    logRatio.fill(0);
    for (let i = 0; i < n; i++) logRatio[index[i]!]! += after[i]! - before[i]!;
    waiting = waiting.filter((k) => !(logRatio[far[k]!]! + logPrior(far[k]!) > priorBefore[k]!));
  }
  for (const k of waiting) for (let a = far[k]! * q; a < (far[k]! + 1) * q; a++) u[a] = old[a]!;
  effectsFromSpherical(state, t);
  updatePredictor(design, state);
  return waiting.length < far.length;
}

/** Moves levels that are independent given the others; `rest` is what the others add to (A⁻¹u)_l, which stays. */
function move(s: Moves, rng: Rng, members: Int32Array): void {
  const {
    design,
    state,
    t,
    rows,
    term,
    u,
    b,
    here,
    there,
    old,
    oldEffects,
    noise,
    logRatio,
    rest,
    before,
    after,
    proposals,
    diagonal,
    carried,
  } = s;
  const { q, index } = term;
  const { n } = design;
  rows.rows(before);
  approximate(s, here, members);
  for (let k = 0; k < MAX_CLIMBS && climb(s, members); k++) {
    rows.rows(before);
    approximate(s, here, members);
  }
  old.set(u);
  oldEffects.set(b);
  for (const l of members) {
    const own = diagonal[l]!;
    let ratio = -here.halfLogDet[l]!;
    for (let a = 0; a < q; a++) {
      noise[a] = rng.normal();
      rest[l * q + a] = carried[l * q + a]! - own * u[l * q + a]!;
      ratio += 0.5 * noise[a]! ** 2 + (0.5 * own * u[l * q + a]! + rest[l * q + a]!) * u[l * q + a]!;
    }
    solveLowerTransposed(here.factor, l * q * q, q, q, noise, 0, 1);
    for (let a = 0; a < q; a++) {
      const next = u[l * q + a]! + here.step[l * q + a]! + noise[a]!;
      u[l * q + a] = Number.isFinite(next) ? next : old[l * q + a]!;
      ratio -= (0.5 * own * u[l * q + a]! + rest[l * q + a]!) * u[l * q + a]!;
    }
    logRatio[l] = ratio;
  }
  addEffects(term, b, rows.eta, -1);
  effectsFromSpherical(state, t);
  addEffects(term, b, rows.eta, 1);
  rows.rows(after);
  for (let i = 0; i < n; i++) logRatio[index[i]!]! += after[i]! - before[i]!;
  approximate(s, there, members);
  addEffects(term, b, rows.eta, -1);
  for (const l of members) {
    // q(old | new): the distance of old from new + step in the new precision.
    let ratio = logRatio[l]! + there.halfLogDet[l]!;
    const start = l * q * q;
    for (let a = 0; a < q; a++) {
      let sum = 0;
      for (let c = a; c < q; c++)
        sum += there.factor[start + c * q + a]! * (old[l * q + c]! - u[l * q + c]! - there.step[l * q + c]!);
      ratio -= 0.5 * sum * sum;
    }
    proposals.made++;
    if (Math.log(rng.uniform()) < ratio) proposals.accepted++;
    else
      for (let a = 0; a < q; a++) {
        u[l * q + a] = old[l * q + a]!;
        b[l * q + a] = oldEffects[l * q + a]!;
      }
  }
  addEffects(term, b, rows.eta, 1);
}

export function metropolisEffects(
  design: GibbsDesign,
  state: GibbsState,
  t: number,
  rows: RowLikelihood,
  label: string,
): Block {
  const term = design.data.random[t]!;
  const { q, known } = term;
  const levels = term.levels.length;
  const { n } = design;
  const lambda = state.lambda[t]!;
  const u = state.u[t]!;
  const b = state.b[t]!;
  const approximation = (): Approximation => ({
    step: new Float64Array(levels * q),
    factor: new Float64Array(levels * q * q),
    halfLogDet: new Float64Array(levels),
  });
  const here = approximation();
  const there = approximation();
  const old = new Float64Array(u.length);
  const oldEffects = new Float64Array(u.length);
  const noise = new Float64Array(q);
  const logRatio = new Float64Array(levels);
  const rest = new Float64Array(u.length);
  const before = new Float64Array(n);
  const after = new Float64Array(n);
  const gradient = new Float64Array(levels * q);
  const curvature = new Float64Array(levels * q * q);
  const product = new Float64Array(q * q);
  const proposals = { made: 0, accepted: 0 };
  const { classes, diagonal } = independentLevels(known, levels);
  /** (A⁻¹ ⊗ I)u. */
  const carried = known ? new Float64Array(u.length) : u;
  const s: Moves = {
    design,
    state,
    t,
    rows,
    term,
    lambda,
    u,
    b,
    here,
    there,
    old,
    oldEffects,
    noise,
    logRatio,
    rest,
    before,
    after,
    gradient,
    curvature,
    product,
    proposals,
    diagonal,
    carried,
  };

  return {
    name: `effects of ${label}`,
    proposals,
    draw(rng) {
      for (const members of classes) move(s, rng, members);
      // Afresh, so that rounding does not build up over sweeps.
      updatePredictor(design, state);
    },
    logConditional() {
      carry(s);
      let sum = rows.total();
      for (let i = 0; i < u.length; i++) sum -= 0.5 * u[i]! * carried[i]!;
      return sum;
    },
  };
}
