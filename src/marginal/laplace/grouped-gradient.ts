/**
 * The exact adjoint of the integrals of groups, differentiating through the nodes, the Cholesky factor of H and the mode.
 *
 * With p_m the normalised node weights and g_m = ∇h(u_m): U = −Σ p_m g_m, C = −Σ p_m g_m ξ_m';
 * L̄ = tril(−L⁻ᵀC'L⁻ᵀ) − diag(1/L_aa); P = Φ(L'L̄) with Φ the lower triangle, diagonal halved; H̄ = sym(L⁻ᵀPL⁻¹)
 * (the reverse-mode Cholesky of Murray 2016, arXiv:1602.07527, eq. 10). Then by rows at the mode h̄_rs = a_r'H̄a_s,
 * ρ_t = −Σ_rs ℓ_rst h̄_rs, λ = H⁻¹(U + Σ ρ_r a_r), α_r = a_r'λ, m_t = ρ_t + Σ_r ℓ_rt α_r, and
 *
 *   β_t: Σ_i x_it (Σ_m p_m ℓ_t(u_m) + m_t)
 *   Λ:   Σ_i z_it (Σ_m p_m ℓ_t(u_m) u_m + m_t û + ℓ_t λ − 2 Σ_s ℓ_ts H̄a_is)'
 *   φ:   Σ_m p_m ℓ_φ(u_m) + Σ_i (Σ_r ℓ_rφ α_r − Σ_rs ℓ_rsφ h̄_rs)
 *
 * One node, at the mode, is no exception: ∇h there is 0 but for rounding, and with large counts its rounding, which is that of Σ ℓ_r, would be most of
 * the gradient in what varies between groups. With U = −∇h it cancels.
 */
import { solveLower, solveLowerTransposed } from "../../linalg/triangular.ts";
import type { GroupedModel } from "./grouped-model.ts";
import { addFixedGradient } from "./ordered-rows.ts";
import { inverseFromFactor, invertFactor } from "./small-cholesky.ts";

/** Σ over nodes with weights p_m, group by group; and the working arrays of the adjoint. */
export interface GradientWork {
  /** Σ_m p_m ℓ_t(u_m) of each predictor, by row. */
  readonly rowScore: readonly Float64Array[];
  /** ℓ_t at the mode, by row. */
  readonly modeScore: readonly Float64Array[];
  /** Σ_m p_m Σ_i z_i ℓ(u_m) u_m', by block: groups × q × q. */
  readonly nodeFactor: readonly Float64Array[];
  /** Σ_m p_m ℓ_φ(u_m), groups × G. */
  readonly nodePhi: Float64Array;
  /** What the kernel summed at the node of the moment, groups × (1 + G). */
  readonly nodeSums: Float64Array;
  /** −Σ p_m g_m, groups × q. */
  readonly U: Float64Array;
  /** −Σ p_m g_m ξ_m', groups × q × q. */
  readonly C: Float64Array;
  /** L and L⁻¹ of the group of the moment, q × q. */
  readonly L: Float64Array;
  readonly inverseL: Float64Array;
  /** H̄, q × q. */
  readonly HBar: Float64Array;
  readonly scratch: Float64Array;
  readonly scratch2: Float64Array;
  /** ρ_t by row, then the whole row adjoint. */
  readonly rho: readonly Float64Array[];
  /** h̄_rs of the current row, blocks × blocks. */
  readonly hBar: Float64Array;
  /** H̄a_s of the current row, blocks × q. */
  readonly Ha: Float64Array;
  readonly lambda: Float64Array;
  /** Σ_i z_i Σ_s ℓ_ts (H̄a_is)', by block q × q. */
  readonly curvatureFactor: readonly Float64Array[];
}

export function gradientWork(model: GroupedModel): GradientWork {
  const { q, blocks, rows, groups } = model;
  const perPredictor = () => Array.from({ length: rows.K }, () => new Float64Array(rows.n));
  return {
    rowScore: perPredictor(),
    modeScore: perPredictor(),
    nodeFactor: blocks.map((block) => new Float64Array(groups * block.q ** 2)),
    nodePhi: new Float64Array(groups * rows.globals),
    nodeSums: new Float64Array(groups * (1 + rows.globals)),
    U: new Float64Array(groups * q),
    C: new Float64Array(groups * q * q),
    L: new Float64Array(q * q),
    inverseL: new Float64Array(q * q),
    HBar: new Float64Array(q * q),
    scratch: new Float64Array(q * q),
    scratch2: new Float64Array(q * q),
    rho: perPredictor(),
    hBar: new Float64Array(blocks.length ** 2),
    Ha: new Float64Array(blocks.length * q),
    lambda: new Float64Array(q),
    curvatureFactor: blocks.map((block) => new Float64Array(block.q ** 2)),
  };
}

/** H̄ from C: for one node −½H⁻¹, else the reverse Cholesky of L̄. */
function curvatureAdjoint(model: GroupedModel, work: GradientWork, g: number, oneNode: boolean): void {
  const { q } = model;
  const { L, inverseL: R, HBar, C, scratch: LBar, scratch2: P } = work;
  const at = g * q * q;
  for (let i = 0; i < q; i++) for (let j = 0; j <= i; j++) L[i * q + j] = model.modes.L[at + i * q + j]!;
  invertFactor(L, q, R);
  if (oneNode) {
    inverseFromFactor(R, q, -0.5, HBar);
    return;
  }
  // P ← L⁻ᵀC', then L̄ ← tril(−P L⁻ᵀ) − diag(1/L).
  for (let i = 0; i < q; i++)
    for (let j = 0; j < q; j++) {
      let sum = 0;
      for (let c = i; c < q; c++) sum += R[c * q + i]! * C[at + j * q + c]!;
      P[i * q + j] = sum;
    }
  for (let i = 0; i < q; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c <= j; c++) sum += P[i * q + c]! * R[j * q + c]!;
      LBar[i * q + j] = -sum - (i === j ? R[i * q + i]! : 0);
    }
  // P ← Φ(L'L̄): the lower triangle, diagonal halved.
  for (let i = 0; i < q; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = i; c < q; c++) sum += L[c * q + i]! * LBar[c * q + j]!;
      P[i * q + j] = i === j ? 0.5 * sum : sum;
    }
  // H̄ ← sym(L⁻ᵀ P L⁻¹); L̄'s array holds L⁻ᵀP.
  for (let i = 0; i < q; i++)
    for (let j = 0; j < q; j++) {
      let sum = 0;
      for (let c = Math.max(i, j); c < q; c++) sum += R[c * q + i]! * P[c * q + j]!;
      LBar[i * q + j] = sum;
    }
  for (let i = 0; i < q; i++)
    for (let j = 0; j < q; j++) {
      let sum = 0;
      for (let c = j; c < q; c++) sum += LBar[i * q + c]! * R[c * q + j]!;
      HBar[i * q + j] = sum;
    }
  for (let i = 0; i < q; i++)
    for (let j = 0; j < i; j++) HBar[i * q + j] = HBar[j * q + i] = 0.5 * (HBar[i * q + j]! + HBar[j * q + i]!);
}

/** Fills ρ, s = U + Σ ρ_r a_r (into λ, not yet solved), the curvature part of Λ, and the H̄ part of φ. */
function sweepCurvature(
  model: GroupedModel,
  work: GradientWork,
  from: number,
  to: number,
  gradient: Float64Array,
): void {
  const { q, blocks, index } = model;
  const { kernel, K, globals, phiOffset } = model.rows;
  const { HBar, hBar, Ha, rho, lambda, curvatureFactor } = work;
  const count = blocks.length;
  for (let i = from; i < to; i++) {
    for (let l = 0; l < count; l++) {
      const { first, q: size, A } = blocks[l]!;
      for (let a = 0; a < q; a++) {
        let sum = 0;
        for (let b = 0; b < size; b++) sum += HBar[a * q + first + b]! * A[i * size + b]!;
        Ha[l * q + a] = sum;
      }
    }
    for (let k = 0; k < count; k++) {
      const { first, q: size, A } = blocks[k]!;
      for (let l = 0; l < count; l++) {
        let sum = 0;
        for (let a = 0; a < size; a++) sum += A[i * size + a]! * Ha[l * q + first + a]!;
        hBar[k * count + l] = sum;
      }
    }
    for (let t = 0; t < K; t++) {
      let sum = 0;
      for (let k = 0; k < count; k++)
        for (let l = 0; l < count; l++)
          sum +=
            kernel.d3[index.triple[(blocks[k]!.predictor * K + blocks[l]!.predictor) * K + t]!]![i]! *
            hBar[k * count + l]!;
      rho[t]![i] = -sum;
    }
    for (let g = 0; g < globals; g++) {
      let sum = 0;
      for (let k = 0; k < count; k++)
        for (let l = 0; l < count; l++)
          sum +=
            kernel.d3Phi[g]![index.pair[blocks[k]!.predictor * K + blocks[l]!.predictor]!]![i]! * hBar[k * count + l]!;
      gradient[phiOffset + g]! -= sum;
    }
    for (let k = 0; k < count; k++) {
      const { predictor: t, first, q: size, A, Z } = blocks[k]!;
      const weight = rho[t]![i]!;
      for (let a = 0; a < size; a++) lambda[first + a]! += weight * A[i * size + a]!;
      const out = curvatureFactor[k]!;
      for (let l = 0; l < count; l++) {
        const curvature = kernel.d2[index.pair[t * K + blocks[l]!.predictor]!]![i]!;
        for (let a = 0; a < size; a++) {
          const scaled = curvature * Z[i * size + a]!;
          for (let b = 0; b < size; b++) out[a * size + b]! += scaled * Ha[l * q + first + b]!;
        }
      }
    }
  }
}

/** The gradient of a group with one random effect, on the only predictor: scalars where `addGroupGradient` has matrices. */
function addScalarGroup(
  model: GroupedModel,
  work: GradientWork,
  g: number,
  oneNode: boolean,
  gradient: Float64Array,
): void {
  const { start, modes } = model;
  const { kernel, globals, phiOffset } = model.rows;
  const { A, Z, dFactor } = model.blocks[0]!;
  const from = start[g]!;
  const to = start[g + 1]!;
  const d1 = oneNode ? kernel.d1[0]! : work.modeScore[0]!;
  const d2 = kernel.d2[0]!;
  const d3 = kernel.d3[0]!;
  const rho = work.rho[0]!;
  const L = modes.L[g]!;
  const variance = 1 / (L * L);
  // L̄ = −C/L² − 1/L and H̄ = L̄/(2L).
  const hBar = oneNode ? -0.5 * variance : -0.5 * variance * (1 + work.C[g]! / L);
  let s = oneNode ? -modes.gradient[g]! : work.U[g]!;
  let curvature = 0;
  for (let i = from; i < to; i++) {
    const a = A[i]!;
    const ha = hBar * a;
    const r = -d3[i]! * ha * a;
    rho[i] = r;
    s += r * a;
    curvature += Z[i]! * d2[i]! * ha;
  }
  const lambda = s * variance;
  let zm = 0;
  let zd = 0;
  for (let i = from; i < to; i++) {
    const m = rho[i]! + d2[i]! * A[i]! * lambda;
    rho[i] = m;
    zm += Z[i]! * m;
    zd += Z[i]! * d1[i]!;
  }
  const u = modes.u[g]!;
  dFactor[0]! += (oneNode ? zm + zd : zm) * u + zd * lambda - 2 * curvature + (oneNode ? 0 : work.nodeFactor[0]![g]!);
  for (let p = 0; p < globals; p++) {
    const d2Phi = kernel.d2Phi[p]![0]!;
    const d3Phi = kernel.d3Phi[p]![0]!;
    let sum = oneNode ? modes.sums[g * (1 + globals) + 1 + p]! : work.nodePhi[g * globals + p]!;
    for (let i = from; i < to; i++) sum += A[i]! * (d2Phi[i]! * lambda - d3Phi[i]! * hBar * A[i]!);
    gradient[phiOffset + p]! += sum;
  }
}

/** Group g's gradient but for β: φ to `gradient`, Λ to the blocks' `dFactor`, m_t of its rows to `work.rho`. */
function addGroup(model: GroupedModel, work: GradientWork, g: number, oneNode: boolean, gradient: Float64Array): void {
  const { q, blocks, index, start, modes } = model;
  const { kernel, K, globals, phiOffset } = model.rows;
  const { nodeFactor, nodePhi, U, L, rho, lambda, curvatureFactor } = work;
  const { u } = modes;
  const from = start[g]!;
  const to = start[g + 1]!;
  const base = g * q;

  curvatureAdjoint(model, work, g, oneNode);
  for (let a = 0; a < q; a++) lambda[a] = oneNode ? -modes.gradient[base + a]! : U[base + a]!;
  for (let k = 0; k < blocks.length; k++) curvatureFactor[k]!.fill(0);
  sweepCurvature(model, work, from, to, gradient);
  solveLower(L, 0, q, q, lambda);
  solveLowerTransposed(L, 0, q, q, lambda);

  for (let p = 0; p < globals; p++)
    gradient[phiOffset + p]! += oneNode ? modes.sums[g * (1 + globals) + 1 + p]! : nodePhi[g * globals + p]!;

  // ρ becomes m_t = ρ_t + Σ_r ℓ_rt α_r.
  for (let k = 0; k < blocks.length; k++) {
    const { predictor: r, first, q: size, A } = blocks[k]!;
    for (let i = from; i < to; i++) {
      let alpha = 0;
      for (let a = 0; a < size; a++) alpha += A[i * size + a]! * lambda[first + a]!;
      for (let t = 0; t < K; t++) rho[t]![i]! += kernel.d2[index.pair[r * K + t]!]![i]! * alpha;
      for (let p = 0; p < globals; p++) gradient[phiOffset + p]! += kernel.d2Phi[p]![r]![i]! * alpha;
    }
  }

  for (let k = 0; k < blocks.length; k++) {
    const { predictor: t, first, q: size, Z, dFactor } = blocks[k]!;
    const m = rho[t]!;
    const d1 = oneNode ? kernel.d1[t]! : work.modeScore[t]!;
    const curvature = curvatureFactor[k]!;
    const nodes = nodeFactor[k]!;
    const ofGroup = g * size * size;
    for (let a = 0; a < size; a++) {
      let zm = 0;
      let zd = 0;
      for (let i = from, at = from * size + a; i < to; i++, at += size) {
        zm += Z[at]! * m[i]!;
        zd += Z[at]! * d1[i]!;
      }
      const weight = oneNode ? zm + zd : zm;
      for (let b = 0, cell = a * size; b < size; b++, cell++)
        dFactor[cell]! +=
          weight * u[base + first + b]! +
          zd * lambda[first + b]! -
          2 * curvature[cell]! +
          (oneNode ? 0 : nodes[ofGroup + cell]!);
    }
  }
}

/**
 * Adds the gradient of groups from ≤ g < to: β and φ to `gradient`, Λ to the blocks' `dFactor`. Expects their modes in `model.modes`, the
 * kernel's adjoint at them, and the node sums (normalised) in `work`; for one node (`oneNode`) it takes them from the modes themselves.
 */
export function addGroupGradients(
  model: GroupedModel,
  work: GradientWork,
  from: number,
  to: number,
  oneNode: boolean,
  gradient: Float64Array,
): void {
  const { q, start, rows } = model;
  const isScalar = q === 1 && rows.K === 1;
  for (let g = from; g < to; g++) {
    if (isScalar) addScalarGroup(model, work, g, oneNode, gradient);
    else addGroup(model, work, g, oneNode, gradient);
  }
  const first = start[from]!;
  const last = start[to]!;
  for (let t = 0; t < rows.K; t++) {
    const m = work.rho[t]!;
    const score = oneNode ? rows.kernel.d1[t]! : work.rowScore[t]!;
    for (let i = first; i < last; i++) m[i]! += score[i]!;
    addFixedGradient(rows, t, m, first, last, gradient);
  }
}
