/**
 * Gauss-Hermite nodes for ∫ f(ξ) φ(ξ) dξ-like integrals, in the form adaptive quadrature uses them.
 *
 * Nodes are the eigenvalues of the Jacobi matrix of the Hermite polynomials (Golub & Welsch 1969, Math. Comp. 23), isolated by
 * Sturm counts and polished by Newton on the Hermite functions ψ_j = h̃_j e^{−x²/2}, which neither overflow nor underflow for
 * k ≤ 600. Weights follow Abramowitz & Stegun 25.4.46 in the orthonormal form w = e^{−x²} / (k ψ_{k−1}(x)²), kept as logarithms.
 */
import { MOST_NODES } from "../integral-shape.ts";

export interface HermiteRule {
  /** Nodes of ∫ e^{−x²} f(x) dx, increasing and exactly symmetric about 0. */
  readonly nodes: Float64Array;
  /** Logarithms of the weights of the same integral. */
  readonly logWeights: Float64Array;
}

/** ψ_k(x) and ψ_{k−1}(x) by the three-term recurrence ψ_{j+1} = x√(2/(j+1)) ψ_j − √(j/(j+1)) ψ_{j−1}. */
function hermiteFunctions(k: number, x: number): { value: number; previous: number } {
  let previous = 0;
  let value = Math.PI ** -0.25 * Math.exp(-0.5 * x * x);
  for (let j = 0; j < k; j++) {
    const next = x * Math.sqrt(2 / (j + 1)) * value - Math.sqrt(j / (j + 1)) * previous;
    previous = value;
    value = next;
  }
  return { value, previous };
}

/** Number of eigenvalues of the Jacobi matrix (diagonal 0, off-diagonal √(j/2)) below x. */
function sturmCount(k: number, x: number): number {
  let count = 0;
  let pivot = -x;
  for (let j = 0; j < k; j++) {
    if (j > 0) pivot = -x - j / 2 / pivot;
    if (pivot === 0) pivot = -1e-300;
    if (pivot < 0) count++;
  }
  return count;
}

const rules = new Map<number, HermiteRule>();

/**
 * The k-point Gauss-Hermite rule for weight e^{−x²}; exact for polynomials of degree ≤ 2k − 1. Rules are computed once and shared.
 *
 * @param k number of nodes, 1 ≤ k ≤ 600
 * @throws RangeError for other k
 * @example
 * const { nodes, logWeights } = gaussHermite(5);
 * // ∫ e^{−x²} x⁴ dx = ¾√π
 * nodes.reduce((sum, x, i) => sum + Math.exp(logWeights[i]!) * x ** 4, 0);
 */
export function gaussHermite(k: number): HermiteRule {
  if (!Number.isInteger(k) || k < 1 || k > MOST_NODES)
    throw new RangeError(`A Gauss-Hermite rule has between 1 and ${MOST_NODES} nodes; ${k} were asked for.`);
  const known = rules.get(k);
  if (known) return known;
  const nodes = new Float64Array(k);
  const logWeights = new Float64Array(k);
  // Only the upper half is computed; the lower half is its mirror image, so odd moments vanish exactly.
  for (let i = k - 1; i >= k >> 1; i--) {
    let x = 0;
    if (2 * i + 1 !== k) {
      let low = 0;
      let high = Math.sqrt(2 * k + 1);
      while (high - low > 1e-9 * high) {
        const middle = 0.5 * (low + high);
        if (sturmCount(k, middle) > i) high = middle;
        else low = middle;
      }
      x = 0.5 * (low + high);
      for (let polish = 0; polish < 3; polish++) {
        // At a root ψ_k' = √(2k) ψ_{k−1} − xψ_k, and ψ_k = 0.
        const { value, previous } = hermiteFunctions(k, x);
        x -= value / (Math.sqrt(2 * k) * previous - x * value);
      }
    }
    const { previous } = hermiteFunctions(k, x);
    const logWeight = -x * x - Math.log(k) - 2 * Math.log(Math.abs(previous));
    nodes[k - 1 - i] = -x;
    nodes[i] = x;
    logWeights[i] = logWeight;
    logWeights[k - 1 - i] = logWeight;
  }
  const rule = { nodes, logWeights };
  rules.set(k, rule);
  return rule;
}

/** A product grid of standard-normal nodes in q dimensions. */
export interface ProductGrid {
  readonly q: number;
  /** Number of nodes, k^q. */
  readonly count: number;
  /** count × q, row-major: ξ = √2 x. */
  readonly points: Float64Array;
  /** Log weight of each node: Σ_dims (log w + ½ log 2 + x²) − (q/2) log 2π, so that Σ exp(ω − ½ξ'ξ) = 1. */
  readonly logWeights: Float64Array;
}

/**
 * The product of q copies of the k-point rule, with weights for ∫ g(ξ) dξ / (2π)^{q/2} ≈ Σ exp(ω_m) g(ξ_m). One node is Laplace's
 * approximation: ξ = 0, ω = 0.
 *
 * @example productGrid(7, 2).count // 49
 */
export function productGrid(k: number, q: number): ProductGrid {
  const { nodes, logWeights: logW } = gaussHermite(k);
  const count = k ** q;
  const points = new Float64Array(count * q);
  const logWeights = new Float64Array(count);
  for (let m = 0; m < count; m++) {
    let rest = m;
    let total = -0.5 * q * Math.log(Math.PI);
    for (let a = 0; a < q; a++) {
      const i = rest % k;
      rest = (rest - i) / k;
      const x = nodes[i]!;
      points[m * q + a] = Math.SQRT2 * x;
      total += logW[i]! + x * x;
    }
    logWeights[m] = k === 1 ? 0 : total;
  }
  return { q, count, points, logWeights };
}
