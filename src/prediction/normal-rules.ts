/**
 * One-dimensional rules for E f(X), X standard normal, of growing resolution: Gauss-Hermite while few nodes do, which integrates polynomials
 * exactly, then trapezoids, which win for functions with singularities near the real line (Trefethen & Weideman 2014, SIAM Review 56).
 */
import { gaussHermite } from "../marginal/laplace/gauss-hermite.ts";
import { halfWidth, type NormalTrapezoid, normalTrapezoid } from "./population-mean.ts";

/** Nodes of the Gauss-Hermite rules, by level. */
const HERMITE = [1, 3, 7, 13, 21, 33, 49];
/** Intervals on each side of 0 of the first trapezoid, at the common half-width; each level halves the spacing. */
const FIRST_INTERVALS = 40;
/** The finest rule has 2 · 40 · 2⁹ + 1 nodes. */
const TRAPEZOIDS = 10;

/** The rules have levels 0 … `ruleLevels` − 1; from `firstTrapezoid` on they are trapezoids. */
export const firstTrapezoid = HERMITE.length;
export const ruleLevels = firstTrapezoid + TRAPEZOIDS;

const hermites = new Map<number, NormalTrapezoid>();

function hermiteRule(k: number): NormalTrapezoid {
  let rule = hermites.get(k);
  if (!rule) {
    const { nodes, logWeights } = gaussHermite(k);
    rule = {
      nodes: nodes.map((x) => Math.SQRT2 * x),
      weights: logWeights.map((value) => Math.exp(value) / Math.sqrt(Math.PI)),
    };
    hermites.set(k, rule);
  }
  return rule;
}

/** @param width half-width of the trapezoids, at least `halfWidth` */
export function normalRule(level: number, width: number): NormalTrapezoid {
  if (level < HERMITE.length) return hermiteRule(HERMITE[level]!);
  const intervals = FIRST_INTERVALS * 2 ** (level - HERMITE.length);
  return normalTrapezoid(Math.ceil((intervals * width) / halfWidth), width);
}
