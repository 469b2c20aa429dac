/**
 * The modified Bessel function of the second kind of real order, scaled by exp(x), and its derivative in the order, from its integral
 * K_ν(x) = ∫_0^∞ exp(−x cosh t) cosh(νt) dt (DLMF 10.32.9) by the trapezoid rule, which converges faster than any power of the step since the integrand is even
 * and falls double-exponentially.
 */
export interface BesselK {
  /** exp(x) K_ν(x), x > 0. */
  value(x: number, nu: number): number;
  /** exp(x) ∂K_ν(x)/∂ν. */
  orderSlope(x: number, nu: number): number;
}

const STEP = 1 / 16;
/** Beyond it cosh t overflows the exponent for every x of interest. */
const NODES = 16 * 60;
const excess = new Float64Array(NODES);
for (let k = 0; k < NODES; k++) excess[k] = 2 * Math.sinh((k * STEP) / 2) ** 2;

/** The terms of one order. */
interface Terms {
  nu: number;
  readonly even: Float64Array;
  readonly odd: Float64Array;
}

function fill(terms: Terms, nu: number): void {
  terms.nu = nu;
  for (let k = 0; k < NODES; k++) {
    // terms beyond the range of doubles are met with exponentials that are 0
    terms.even[k] = Math.min(Math.cosh(nu * k * STEP), Number.MAX_VALUE);
    terms.odd[k] = Math.min(k * STEP * Math.sinh(nu * k * STEP), Number.MAX_VALUE);
  }
}

function sum(x: number, terms: Float64Array): number {
  let total = 0.5 * terms[0]!;
  for (let k = 1; k < NODES; k++) {
    const exponent = x * excess[k]!;
    if (exponent > 700) break;
    const term = Math.exp(-exponent) * terms[k]!;
    total += term;
    if (exponent > 1 && term < 1e-18 * total) break;
  }
  return STEP * total;
}

/** Keeps what does not depend on x of the two orders that it was last asked for. */
export function besselKRule(): BesselK {
  const empty = (): Terms => ({ nu: Number.NaN, even: new Float64Array(NODES), odd: new Float64Array(NODES) });
  let recent = empty();
  let other = empty();
  const termsOf = (nu: number): Terms => {
    if (recent.nu === nu) return recent;
    [recent, other] = [other, recent];
    if (recent.nu !== nu) fill(recent, nu);
    return recent;
  };
  return {
    value: (x, nu) => sum(x, termsOf(Math.abs(nu)).even),
    orderSlope: (x, nu) => Math.sign(nu) * sum(x, termsOf(Math.abs(nu)).odd),
  };
}
