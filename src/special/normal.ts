/**
 * The normal distribution function, its logarithm with four derivatives, and the error functions behind them, accurate in both tails.
 *
 * Sources: Shepherd & Laframboise (1981) for the mapping of the scaled complementary error function; Abramowitz & Stegun
 * (1964), 26.2.14 for the continued fraction of the tail.
 */
import { HALF_LOG_2PI } from "./stirling.ts";

// Chebyshev coefficients of (1 + 2x) e^{x²} erfc(x) in (x − 3.75)/(x + 3.75), x ≥ 0, computed to 20 digits
const ERFCX = [
  2.3551578691348034, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5, 4.13902798607301e-6,
  7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8, 4.521959811218287e-9, -7.754400208831351e-10,
  -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
  3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
  -2.2370566594359995e-18, -2.187342944303018e-18,
];

/** e^{x²} erfc(x) for x ≥ 0. */
function scaledTail(x: number): number {
  if (x === Infinity) return 0;
  const twice = (2 * (x - 3.75)) / (x + 3.75);
  let b1 = 0;
  let b2 = 0;
  for (let k = ERFCX.length - 1; k > 0; k--) {
    const b0 = twice * b1 - b2 + ERFCX[k]!;
    b2 = b1;
    b1 = b0;
  }
  return (0.5 * twice * b1 - b2 + 0.5 * ERFCX[0]!) / (1 + 2 * x);
}

/** e^{−x²} with the rounding of x² taken back. */
function gaussian(x: number): number {
  // split x so that the square of the head is exact
  const head = Math.round(x * 16) / 16;
  const tail = (x - head) * (x + head);
  return Math.exp(-head * head) * Math.exp(-tail);
}

/** e^{x²} erfc(x); overflows below −26. */
export function erfcx(x: number): number {
  return x >= 0 ? scaledTail(x) : 2 * Math.exp(x * x) - scaledTail(-x);
}

/** 1 − erf(x), with full relative accuracy in the upper tail. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 30) return 0;
  if (x < -6) return 2;
  return x >= 0 ? gaussian(x) * scaledTail(x) : 2 - gaussian(x) * scaledTail(-x);
}

/** The error function. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.6) {
    // 2/√π Σ (−1)^n x^(2n+1) / (n! (2n+1))
    const squared = x * x;
    let term = x;
    let sum = x;
    for (let n = 1; n < 18; n++) {
      term *= -squared / n;
      sum += term / (2 * n + 1);
    }
    return 1.1283791670955126 * sum;
  }
  return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
}

/** Φ(x). */
export function ndtr(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** By order, from the second: from here down the moments of the tail come from the continued fraction; higher orders cancel earlier. */
const TAIL = [0, 0, -2.2, -1.5, -0.9];

const SQRT_2_OVER_PI = 0.7978845608028654;

/** Number of levels that gives the continued fraction of the tail beyond t its 16 digits. */
export function tailLevels(t: number): number {
  return Math.ceil(12 + 420 / (t * t) + 18 / t);
}

/**
 * Derivative of the given order (0 to 4) of log Φ(x). Finite and accurate for any x; in the lower tail the derivatives are
 * cumulants of the truncated tail, which do not cancel as the chain rule through log Φ does.
 */
export function logNdtr(order: number, x: number): number {
  if (Number.isNaN(x)) return x;
  if (order >= 2 && x < TAIL[order]!) return tailOfLogNdtr(order, -x);
  // Φ(x) = ½ e^{−x²/2} erfcx(−x/√2) neither underflows nor cancels in the lower tail
  const scaled = x < 0 ? scaledTail(-x * Math.SQRT1_2) : 0;
  if (order === 0) return x < 0 ? -0.5 * x * x + Math.log(0.5 * scaled) : Math.log1p(-ndtr(-x));
  const h = x < 0 ? SQRT_2_OVER_PI / scaled : Math.exp(-0.5 * x * x - HALF_LOG_2PI) / ndtr(x);
  if (order === 1) return h;
  if (h === 0) return 0;
  const d = h + x;
  const second = -h * d;
  if (order === 2) return second;
  const third = -second * d - h * (1 + second);
  if (order === 3) return third;
  return -third * d - 2 * second * (1 + second) - h * third;
}

/**
 * Derivatives of log Φ, of order 2 to 4, at −t, t > 0. With I_n = ∫₀^∞ v^n e^{−tv−v²/2} dv, the ratios ρ_n = I_n / I_{n−1} satisfy
 * ρ_n = n / (t + ρ_{n+1}); moments of the excess over t are their products, derivatives its cumulants.
 */
function tailOfLogNdtr(order: number, t: number): number {
  if (t > 1e8) {
    return order === 2 ? -1 : 0;
  }
  let r4 = 0;
  for (let n = tailLevels(t); n >= 4; n--) r4 = n / (t + r4);
  const r3 = 3 / (t + r4);
  const r2 = 2 / (t + r3);
  const r1 = 1 / (t + r2);
  const m2 = r1 * r2;
  // log Φ(−t) = −t²/2 − ½ log 2π + log I_0(t), and d/dt log I_0 generates the cumulants of the excess with alternating sign
  if (order === 2) return m2 - r1 * r1 - 1;
  const m3 = m2 * r3;
  if (order === 3) return m3 - 3 * r1 * m2 + 2 * r1 * r1 * r1;
  const m4 = m3 * r4;
  return m4 - 4 * r1 * m3 - 3 * m2 * m2 + 12 * r1 * r1 * m2 - 6 * r1 * r1 * r1 * r1;
}
