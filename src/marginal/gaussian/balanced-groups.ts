/**
 * Balanced groups, of which the Gaussian likelihood has one maximum inside.
 *
 * Let every group have the same Z'WZ = A, and let the columns of X be those of Z, the same combination in every group, and others that are orthogonal to
 * every group's Z. Then V⁻¹ acts on the latter as σ⁻²I, the estimates of the groups' effects are N(·, Ω) with Ω = Σ + σ²A⁻¹, and −2 log L (or the
 * restricted one) is m(log|Ω| + tr(Ω⁻¹S)) + ν log σ² + r²/σ² with m groups, one fewer by REML. In P = Ω⁻¹ and τ = σ⁻² that is convex, and so is the set
 * of what is possible, Σ ≥ 0: P ≤ τA. A stationary point with Σ > 0 is therefore the highest there is.
 */
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import type { Grouping } from "./grouping.ts";
import type { OrthogonalDesign } from "./orthogonal-design.ts";
import type { SufficientStatistics } from "./sufficient-statistics.ts";

/** Cross-products that differ by less, relative to the largest, are equal. */
const EQUAL = 1e-10;
/** A pivot of A, relative to its diagonal entry, below which effects of a group are not told apart. */
const SINGULAR = 1e-8;

/** Whether the groups are balanced as above. Covariances of the effects must be free. */
export function areGroupsBalanced(
  { p, observations }: OrthogonalDesign,
  { factors }: Grouping,
  { k, EE, ZE, blocks }: SufficientStatistics,
): boolean {
  const [factor] = factors;
  if (factors.length !== 1 || factor!.known || factor!.terms.length !== 1) return false;
  const { levels, q } = factor!;
  // both degrees of freedom must be there, of residuals and of groups
  if (levels < 2 || p < q || !(observations > levels * q + p - q)) return false;
  const cells = q * q;
  const A = blocks[0]!;
  let largest = 0;
  for (let a = 0; a < q; a++) largest = Math.max(largest, A[a * q + a]!);
  const tolerance = EQUAL * largest;
  for (let cell = cells; cell < levels * cells; cell++)
    if (!(Math.abs(A[cell]! - A[cell % cells]!) <= tolerance)) return false;
  const root = A.slice(0, cells);
  if (!choleskyFactor(root, q)) return false;
  for (let a = 0; a < q; a++) if (!(root[a * q + a]! ** 2 > SINGULAR * A[a * q + a]!)) return false;
  // Z'WX of each group, with orthonormal columns of X of the size of √(A/levels)
  for (let row = q; row < levels * q; row++)
    for (let j = 0; j < p; j++)
      if (!(Math.abs(ZE[row * k + j]! - ZE[(row % q) * k + j]!) <= EQUAL * Math.sqrt(largest))) return false;
  const G = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) G[a * p + b] = EE[a * k + b]!;
  if (!choleskyFactor(G, p)) return false;
  for (let a = 0; a < q; a++) {
    const solved = ZE.slice(a * k, a * k + p);
    choleskySolve(G, p, solved);
    for (let b = 0; b < q; b++) {
      let sum = 0;
      for (let j = 0; j < p; j++) sum += solved[j]! * ZE[b * k + j]!;
      if (!(Math.abs(levels * sum - A[a * q + b]!) <= tolerance)) return false;
    }
  }
  return true;
}
