/**
 * The axes of quadrature nodes. A rule of few nodes depends a little on the axes of its grid, and those of Λ depend on where a covariate has its
 * origin. With Λ turned into ΛR, R orthogonal and ΛR upper triangular in the user's effects, they do not: another origin or unit makes b into Gb with G
 * upper triangular (an intercept takes up some of each slope), GΛR is upper triangular again, and of a covariance there is one such factor but for signs.
 *
 * R is a product of plane rotations, and its derivative that of their angles. Where a slope does not vary at all an angle has no limit: there R is what
 * it is without correlations.
 */
import type { TermLayout } from "../../covariance/term-factor.ts";

export interface NodeAxes {
  /** Λ ← ΛR, in place; q × q row-major. */
  turn(factor: Float64Array): void;
  /** The gradient in Λ from that in ΛR, in place, at the Λ last turned. */
  pullback(gradient: Float64Array): void;
}

/**
 * The axes for a term of several effects, the same for every structure of their covariance; null for one effect.
 *
 * @param rows the rows of S⁻¹ up to the scale of each, q × q, where the term's effects are Sb with b the user's; absent: the identity
 */
export function nodeAxes({ q }: TermLayout, rows: Float64Array | null): NodeAxes | null {
  if (q === 1) return null;
  const size = q * q;
  // the rows of Λ in the user's effects, turned along with Λ: they say by how much
  const own = new Float64Array(size);
  const dOwn = new Float64Array(size);
  const turned = new Float64Array(size);
  const back = new Float64Array(size);
  const ownBack = new Float64Array(size);
  const count = (q * (q - 1)) / 2;
  const cosine = new Float64Array(count);
  const sine = new Float64Array(count);
  const length = new Float64Array(count);

  /** Turns columns j and i by the angle of cosine c and sine s. */
  function rotate(M: Float64Array, j: number, i: number, c: number, s: number): void {
    for (let at = 0; at < size; at += q) {
      const x = M[at + j]!;
      const y = M[at + i]!;
      M[at + j] = c * x - s * y;
      M[at + i] = s * x + c * y;
    }
  }

  /** What the angle of columns j and i moves by. */
  function angleSlope(M: Float64Array, dM: Float64Array, j: number, i: number): number {
    let sum = 0;
    for (let at = 0; at < size; at += q) sum += dM[at + i]! * M[at + j]! - dM[at + j]! * M[at + i]!;
    return sum;
  }

  return {
    turn(factor) {
      if (rows)
        for (let a = 0; a < q; a++)
          for (let b = 0; b < q; b++) {
            let sum = 0;
            for (let k = 0; k < q; k++) sum += rows[a * q + k]! * factor[k * q + b]!;
            own[a * q + b] = sum;
          }
      else own.set(factor);
      for (let i = q - 1, at = 0; i > 0; i--)
        for (let j = 0; j < i; j++, at++) {
          const x = own[i * q + j]!;
          const y = own[i * q + i]!;
          const r = Math.hypot(x, y);
          length[at] = r;
          const c = r > 0 ? y / r : 1;
          const s = r > 0 ? x / r : 0;
          cosine[at] = c;
          sine[at] = s;
          rotate(own, j, i, c, s);
          rotate(factor, j, i, c, s);
        }
      turned.set(factor);
    },
    pullback(gradient) {
      back.set(turned);
      ownBack.set(own);
      dOwn.fill(0);
      for (let i = 1, at = count - 1; i < q; i++)
        for (let j = i - 1; j >= 0; j--, at--) {
          const c = cosine[at]!;
          const s = sine[at]!;
          const r = length[at]!;
          const slope = angleSlope(back, gradient, j, i) + angleSlope(ownBack, dOwn, j, i);
          rotate(back, j, i, c, -s);
          rotate(ownBack, j, i, c, -s);
          rotate(gradient, j, i, c, -s);
          rotate(dOwn, j, i, c, -s);
          if (r === 0) continue;
          dOwn[i * q + j]! += (slope * c) / r;
          dOwn[i * q + i]! -= (slope * s) / r;
        }
      for (let b = 0; b < q; b++)
        for (let k = 0; k < q; k++) {
          let sum = 0;
          if (rows) for (let a = 0; a < q; a++) sum += rows[a * q + k]! * dOwn[a * q + b]!;
          else sum = dOwn[k * q + b]!;
          gradient[k * q + b]! += sum;
        }
    },
  };
}
