/**
 * Cholesky factors of correlation matrices whose members follow one another: C_kk = own_k and C_ik = below_k Π_{k < t ≤ i} decay_t for i > k, so that
 * products and solutions cost O(m). With e uncorrelated, x = Ce is x_i = T_i + own_i e_i, where T_0 = 0 and T_{i+1} = decay_{i+1} (T_i + below_i e_i) is
 * what members up to i say of the next. Random effects need C whole, residuals its products: both are written here.
 */
export interface Sequence {
  readonly own: Float64Array;
  readonly below: Float64Array;
  readonly decay: Float64Array;
  /** Their derivatives in the parameter. */
  readonly dOwn: Float64Array;
  readonly dBelow: Float64Array;
  readonly dDecay: Float64Array;
}

export const emptySequence = (length: number): Sequence => ({
  own: new Float64Array(length).fill(1),
  below: new Float64Array(length),
  decay: new Float64Array(length).fill(1),
  dOwn: new Float64Array(length),
  dBelow: new Float64Array(length),
  dDecay: new Float64Array(length),
});

/** Overwrites C (q × q row-major) with the factor of the first q members and, where given, dC with its derivative. */
export function expandSequence(q: number, sequence: Sequence, C: Float64Array, dC?: Float64Array): void {
  const { own, below, decay, dOwn, dBelow, dDecay } = sequence;
  C.fill(0, 0, q * q);
  dC?.fill(0, 0, q * q);
  for (let k = 0; k < q; k++) {
    C[k * q + k] = own[k]!;
    if (dC) dC[k * q + k] = dOwn[k]!;
    let value = below[k]!;
    let slope = dBelow[k]!;
    for (let i = k + 1; i < q; i++) {
      slope = slope * decay[i]! + value * dDecay[i]!;
      value *= decay[i]!;
      C[i * q + k] = value;
      if (dC) dC[i * q + k] = slope;
    }
  }
}

/** x ← C⁻¹x for the `length` numbers at `at`, whose members begin at `first`. */
export function whitenSequence(s: Sequence, first: number, x: Float64Array, at: number, length: number): void {
  let before = 0;
  for (let k = 0; k < length; k++) {
    const member = first + k;
    if (k > 0) before *= s.decay[member]!;
    const e = (x[at + k]! - before) / s.own[member]!;
    before += s.below[member]! * e;
    x[at + k] = e;
  }
}

/** x ← C⁻ᵀx. */
export function whitenTransposed(s: Sequence, first: number, x: Float64Array, at: number, length: number): void {
  let after = 0;
  for (let k = length - 1; k >= 0; k--) {
    const member = first + k;
    const u = (x[at + k]! - s.below[member]! * after) / s.own[member]!;
    after = k > 0 ? s.decay[member]! * (u + after) : 0;
    x[at + k] = u;
  }
}

/** x ← Cx. */
export function colourSequence(s: Sequence, first: number, x: Float64Array, at: number, length: number): void {
  let before = 0;
  for (let k = 0; k < length; k++) {
    const member = first + k;
    if (k > 0) before *= s.decay[member]!;
    const e = x[at + k]!;
    x[at + k] = before + s.own[member]! * e;
    before += s.below[member]! * e;
  }
}

/** x ← C'x. */
export function colourTransposed(s: Sequence, first: number, x: Float64Array, at: number, length: number): void {
  let after = 0;
  for (let k = length - 1; k >= 0; k--) {
    const member = first + k;
    const value = x[at + k]!;
    x[at + k] = s.own[member]! * value + s.below[member]! * after;
    after = s.decay[member]! * (value + after);
  }
}

/** u'(∂C)e for u and e of `length` numbers. */
export function sequenceSlope(s: Sequence, first: number, u: Float64Array, e: Float64Array, length: number): number {
  let before = 0;
  let slope = 0;
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const member = first + k;
    if (k > 0) {
      slope = slope * s.decay[member]! + before * s.dDecay[member]!;
      before *= s.decay[member]!;
    }
    sum += u[k]! * (slope + s.dOwn[member]! * e[k]!);
    before += s.below[member]! * e[k]!;
    slope += s.dBelow[member]! * e[k]!;
  }
  return sum;
}
