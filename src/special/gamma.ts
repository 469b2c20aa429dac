/**
 * The logarithm of the gamma function and its derivatives of every order, for positive arguments, to about 1e-15.
 *
 * Source: Abramowitz & Stegun (1964), 6.1.33, 6.1.40, 6.4.6, 6.4.11.
 */
import { devianceStep } from "./deviance.ts";
import { asymptoticFrom, HALF_LOG_2PI, stirlingSeries } from "./stirling.ts";

const ONE_MINUS_EULER = 0.42278433509846713;

// (−1)^k (ζ(k) − 1) / k, k = 2 … 30
const ZETA_SERIES = [
  0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
  -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5, -4.492623673813314e-5,
  2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7,
  -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8,
  1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9, 5.731367241678862e-10,
  -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11, 3.1044247747322276e-11,
];

/** lgamma(2 + z), |z| ≤ ½. */
function nearTwo(z: number): number {
  let sum = 0;
  for (let k = ZETA_SERIES.length - 1; k >= 0; k--) sum = sum * z + ZETA_SERIES[k]!;
  return z * (ONE_MINUS_EULER + z * sum);
}

/**
 * log |Γ(x)|. Relative error about 1e-15, also near the zeros at 1 and 2; +Infinity at 0 and the negative integers.
 *
 * @example lgamma(5) // log 24
 */
export function lgamma(x: number): number {
  if (x >= 12) return (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingSeries(0, x);
  if (x > 2.5) {
    let product = 1;
    do {
      x -= 1;
      product *= x;
    } while (x > 2.5);
    return nearTwo(x - 2) + Math.log(product);
  }
  if (x >= 1.5) return nearTwo(x - 2);
  if (x >= 0.5) return nearTwo(x - 1) - Math.log1p(x - 1);
  if (x > 0) return nearTwo(x) - Math.log1p(x) - Math.log(x);
  if (Number.isNaN(x)) return x;
  if (x === -Infinity) return Infinity;
  const nearest = Math.round(x);
  if (x === nearest) return Number.POSITIVE_INFINITY;
  return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * (x - nearest)))) - lgamma(1 - x);
}

/** (−1)^order · order! */
function signedFactorial(order: number): number {
  let f = 1;
  for (let j = 1; j <= order; j++) f *= -j;
  return f;
}

/** x^n for a small whole n ≥ 0. */
function power(x: number, n: number): number {
  let p = 1;
  for (let j = 0; j < n; j++) p *= x;
  return p;
}

/**
 * The polygamma function ψ^(order)(x), x > 0: order 0 is digamma, −1 is lgamma itself. NaN for x ≤ 0 (order ≥ 0).
 *
 * @example polygamma(0, 1) // −0.5772156649015329
 */
export function polygamma(order: number, x: number): number {
  if (order < 0) return lgamma(x);
  if (!(x > 0)) return Number.NaN;
  if (x === Infinity) return order === 0 ? Infinity : 0;
  const from = asymptoticFrom(order + 1);
  const step = signedFactorial(order);
  let sum = 0;
  if (order === 0) {
    // reciprocals pairwise: half the divisions
    for (; x < from - 1; x += 2) sum -= (2 * x + 1) / (x * (x + 1));
    if (x < from) {
      sum -= 1 / x;
      x += 1;
    }
    return sum + (Math.log(x) - 0.5 / x + stirlingSeries(1, x));
  }
  for (; x < from; x += 1) sum -= step / power(x, order + 1);
  const head = -step / order / power(x, order);
  return sum + (head * (1 + (0.5 * order) / x) + stirlingSeries(order + 1, x));
}

/**
 * Derivative of the given order of the Stirling remainder J(x) = lgamma(x) − (x − ½) log x + x − ½ log 2π, x > 0. With it a
 * gamma density of large shape loses nothing to cancellation.
 */
export function lgammaCorrection(order: number, x: number): number {
  if (!(x > 0)) return Number.NaN;
  const from = asymptoticFrom(order);
  if (x >= from) return stirlingSeries(order, x);
  if (order < TABLED_ORDERS && x >= TABLED_FROM) return tabledCorrection(order, x);
  return correctionByRecurrence(order, x, from);
}

function correctionByRecurrence(order: number, x: number, from: number): number {
  if (order === 0) {
    if (x < 0.5) return lgamma(x) - ((x - 0.5) * Math.log(x) - x + HALF_LOG_2PI);
    let sum = 0;
    for (; x < from; x += 1) sum += (x + 0.5) * Math.log1p(1 / x) - 1;
    return sum + stirlingSeries(0, x);
  }
  if (order === 1) return polygamma(0, x) - Math.log(x) + 0.5 / x;
  const s = signedFactorial(order - 2);
  return polygamma(order - 1, x) - s / power(x, order - 1) - (s * 0.5 * (order - 1)) / power(x, order);
}

/** Orders and the range of the table below; from the end of the range on the series is good for all of these orders. */
const TABLED_ORDERS = 4;
const TABLED_FROM = 0.5;
const TABLED_TO = 32;
const CELLS_PER_OCTAVE = 16;
const TABLE_TERMS = 12;
const CELLS = Math.log2(TABLED_TO / TABLED_FROM) * CELLS_PER_OCTAVE;

/**
 * By cell and order: the Taylor polynomial of J^(order) around the middle of the cell. They converge as fast as 33^−m, as no cell is wider than a
 * sixteenth of its distance from 0. A cell is filled when it is first asked for.
 */
const table = new Float64Array(CELLS * TABLED_ORDERS * TABLE_TERMS);
const isFilled = new Uint8Array(CELLS);

function fillCell(cell: number, centre: number): void {
  const derivatives = Array.from({ length: TABLED_ORDERS + TABLE_TERMS }, (_, m) => {
    const from = asymptoticFrom(m);
    return centre >= from ? stirlingSeries(m, centre) : correctionByRecurrence(m, centre, from);
  });
  for (let order = 0; order < TABLED_ORDERS; order++)
    for (let m = 0, factorial = 1; m < TABLE_TERMS; m++)
      table[(cell * TABLED_ORDERS + order) * TABLE_TERMS + m] = derivatives[order + m]! / (factorial *= m || 1);
  isFilled[cell] = 1;
}

/** J^(order)(x) for moderate x: what the negative binomial with a size of its own in each row spends most of its time in. */
function tabledCorrection(order: number, x: number): number {
  // twice x lies in [2^octave, 2^(octave + 1))
  const octave = 31 - Math.clz32(2 * x);
  const low = 0.5 * (1 << octave);
  const width = low / CELLS_PER_OCTAVE;
  const j = ((x - low) / width) | 0;
  const centre = low + (j + 0.5) * width;
  const cell = octave * CELLS_PER_OCTAVE + j;
  if (isFilled[cell] === 0) fillCell(cell, centre);
  const c = (cell * TABLED_ORDERS + order) * TABLE_TERMS;
  const h = x - centre;
  // in three strands of four terms, which a processor works on at once
  const h2 = h * h;
  const h4 = h2 * h2;
  const low4 = table[c]! + table[c + 1]! * h + (table[c + 2]! + table[c + 3]! * h) * h2;
  const middle = table[c + 4]! + table[c + 5]! * h + (table[c + 6]! + table[c + 7]! * h) * h2;
  const high = table[c + 8]! + table[c + 9]! * h + (table[c + 10]! + table[c + 11]! * h) * h2;
  return low4 + h4 * (middle + h4 * high);
}

/** a^(−p) − b^(−p) for b = a + k, without cancellation. */
function inversePowerDifference(a: number, b: number, k: number, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += 1 / (power(a, p - j) * power(b, 1 + j));
  return k * sum;
}

const FEW = 32;

/**
 * Derivative in a, of the given order, of lgamma(a + k) − lgamma(a), a > 0, k ≥ 0; accurate for a up to 1e300, where the
 * plain difference has no correct digit. k is meant to be a whole number (a count); other k are served by the plain
 * difference for a below the asymptotic range.
 */
export function lgammaDelta(order: number, a: number, k: number): number {
  if (!(a > 0) || !(k >= 0)) return Number.NaN;
  const whole = Number.isInteger(k);
  if (whole && k <= FEW) {
    if (order === 0) {
      let sum = 0;
      let product = 1;
      for (let i = 0; i < k; i++) {
        product *= a + i;
        if (product > 1e250 || product < 1e-50) {
          sum += Math.log(product);
          product = 1;
        }
      }
      return sum + Math.log(product);
    }
    const scale = signedFactorial(order - 1);
    let sum = 0;
    for (let i = 0; i < k; i++) sum += 1 / power(a + i, order);
    return scale * sum;
  }
  const from = asymptoticFrom(order);
  let head = 0;
  if (a < from) {
    const steps = Math.ceil(from - a);
    if (!whole) return polygamma(order - 1, a + k) - polygamma(order - 1, a);
    const n = Math.min(steps, k);
    if (order === 0) for (let i = 0; i < n; i++) head += Math.log(a + i);
    else {
      const scale = signedFactorial(order - 1);
      for (let i = 0; i < n; i++) head += scale / power(a + i, order);
    }
    a += n;
    k -= n;
    if (k === 0) return head;
  }
  const b = a + k;
  const remainder = stirlingSeries(order, b) - stirlingSeries(order, a);
  if (order === 0) return head + ((a - 0.5) * Math.log1p(k / a) + k * (Math.log(b) - 1) + remainder);
  if (order === 1) return head + (Math.log1p(k / a) + 0.5 * (k / (a * b)) + remainder);
  const s = signedFactorial(order - 2);
  return (
    head -
    s * inversePowerDifference(a, b, k, order - 1) -
    0.5 * s * (order - 1) * inversePowerDifference(a, b, k, order) +
    remainder
  );
}

/**
 * Derivative in a, of the given order, of log((a)_k / a^k) = Σ_{i<k} log(1 + i/a): the part of a negative binomial that
 * vanishes as a → ∞, so that the Poisson limit is reached without cancellation. a > 0, k ≥ 0 whole.
 */
export function logRising(order: number, a: number, k: number): number {
  if (!(a > 0) || !(k >= 0)) return Number.NaN;
  if (order === 0) {
    if (k <= FEW && Number.isInteger(k)) {
      // s = Π(1 + i/a) − 1 keeps the digits of a small excess
      let sum = 0;
      let s = 0;
      for (let i = 1; i < k; i++) {
        const t = i / a;
        if (t > 1e100) sum += Math.log(i) - Math.log(a);
        else s += t * (1 + s);
        if (s > 1e150) {
          sum += Math.log(s);
          s = 0;
        }
      }
      return sum + Math.log1p(s);
    }
    if (a < asymptoticFrom(0)) return lgammaDelta(0, a, k) - k * Math.log(a);
    const b = a + k;
    return devianceStep(a, k) - 0.5 * Math.log1p(k / a) + (stirlingSeries(0, b) - stirlingSeries(0, a));
  }
  if (k <= FEW && Number.isInteger(k)) {
    const scale = signedFactorial(order - 1);
    let sum = 0;
    for (let i = 1; i < k; i++) sum += inversePowerDifference(a, a + i, i, order);
    return -scale * sum;
  }
  return lgammaDelta(order, a, k) - (k * signedFactorial(order - 1)) / power(a, order);
}
