/**
 * The size at which a test has a power, by stochastic root finding: probit regression of rejections on the square root of the size, in which the power of
 * a Wald test is a straight line, Φ(a + b√n). Tests are spent where the root is thought to be, a little to both sides of it, so that the line need
 * hold there only; sizes far from it count less (a local regression).
 */
import { normalCdf, normalQuantile } from "../special/distributions.ts";

/** Tests at one size. */
export interface SizeTally {
  readonly size: number;
  rejected: number;
  tested: number;
}

export interface Root {
  /** √n at which the line crosses the target, with its standard error. */
  readonly root: number;
  readonly error: number;
}

/** Weight of a size by how far, in √n and as a share of the root, it is from the root. */
const WIDTH = 0.4;
/** Prior observations of power ½ at every size: they keep the line finite where all or no tests reject. */
const PRIOR = 0.5;

const density = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** The crossing of the probit line with the target; null where the line does not rise. @param near √n around which sizes count; null: all count alike */
function crossing(tallies: readonly SizeTally[], target: number, near: number | null): Root | null {
  let a = 0;
  let b = 0;
  const weights = tallies.map(({ size }) =>
    near === null ? 1 : Math.exp(-0.5 * ((Math.sqrt(size) - near) / (WIDTH * near)) ** 2),
  );
  const centre = near ?? Math.sqrt(tallies[0]!.size);
  let information = [0, 0, 0];
  let squared = [0, 0, 0];
  for (let step = 0; step < 50; step++) {
    information = [0, 0, 0];
    squared = [0, 0, 0];
    const score = [0, 0];
    tallies.forEach(({ size, rejected, tested }, k) => {
      const x = Math.sqrt(size) - centre;
      const n = tested + PRIOR;
      const p = (rejected + PRIOR / 2) / n;
      const z = a + b * x;
      const mean = Math.min(1 - 1e-9, Math.max(1e-9, normalCdf(z)));
      const slope = density(z);
      const weight = (weights[k]! * n * slope * slope) / (mean * (1 - mean));
      const residual = slope > 0 ? (p - mean) / slope : 0;
      score[0]! += weight * residual;
      score[1]! += weight * residual * x;
      for (const [into, w] of [
        [information, weight],
        [squared, weight * weights[k]!],
      ] as const) {
        into[0]! += w;
        into[1]! += w * x;
        into[2]! += w * x * x;
      }
    });
    const [aa, ab, bb] = information as [number, number, number];
    const determinant = aa * bb - ab * ab;
    if (!(determinant > 0)) return null;
    const da = Math.max(-1, Math.min(1, (bb * score[0]! - ab * score[1]!) / determinant));
    const db = (aa * score[1]! - ab * score[0]!) / determinant;
    a += da;
    b += db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  if (!(b > 0)) return null;
  const root = (normalQuantile(target) - a) / b;
  // delta method with the sandwich of the weighted score
  const [aa, ab, bb] = information as [number, number, number];
  const determinant = aa * bb - ab * ab;
  const g = [(bb * -1 - ab * -root) / determinant / b, (aa * -root - ab * -1) / determinant / b];
  const variance = g[0]! * g[0]! * squared[0]! + 2 * g[0]! * g[1]! * squared[1]! + g[1]! * g[1]! * squared[2]!;
  return { root: root + centre, error: Math.sqrt(variance) };
}

/** The root of the local line, the weights of which are around it. */
export function rootOf(tallies: readonly SizeTally[], target: number): Root | null {
  let found = crossing(tallies, target, null);
  for (let pass = 0; pass < 4 && found && found.root > 0; pass++)
    found = crossing(tallies, target, found.root) ?? found;
  return found;
}

/**
 * Which sizes to test next.
 *
 * @param step counts the calls: sizes alternate around the root
 */
export function nextSize(
  tallies: readonly SizeTally[],
  target: number,
  [least, largest]: readonly [number, number],
  step: number,
): number {
  const found = rootOf(tallies, target);
  const within = (size: number) => Math.min(largest, Math.max(least, Math.round(size)));
  if (!found || !(found.root > 0)) return step % 2 === 0 ? largest : least;
  const spread = [1, 0.88, 1.12, 0.94, 1.06][step % 5]!;
  return within((found.root * spread) ** 2);
}
