/**
 * The logarithm of the gamma function and its derivatives of every order, for positive arguments, to about 1e-15.
 *
 * Source: Abramowitz & Stegun (1964), 6.1.33, 6.1.40, 6.4.6, 6.4.11.
 */
import { asymptoticFrom, HALF_LOG_2PI, stirlingSeries } from "./stirling.ts";

const ONE_MINUS_EULER = 0.422784335098467139393487909918;

// (−1)^k (ζ(k) − 1) / k, k = 2 … 30
const ZETA_SERIES = [
  0.322467033424113218236207583323, -0.0673523010531980951332460538033, 0.0205808084277845478790009241352,
  -0.00738555102867398526627309729141, 0.00289051033074152328575298829848, -0.00119275391170326097711393569283,
  0.000509669524743042422335654813581, -0.000223154758453579379761613468446, 0.0000994575127818085337147083900304,
  -0.0000449262367381331417075050219206, 0.0000205072127756706915531665039728, -0.00000943948827526839756126110563103,
  0.00000437486678990749002704093014932, -0.00000203921575380136895829046379096, 9.55141213040741652563105283077e-7,
  -4.49246919876456619303137013072e-7, 2.12071848055546645693028091168e-7, -1.00432248239680995735430402236e-7,
  4.76981016936398056576019341778e-8, -2.27110946089431656403199230867e-8, 1.08386592148949692231507998963e-8,
  -5.18347504196984783127117870189e-9, 2.48367454380247839880214096966e-9, -1.19214014058609151240420556263e-9,
  5.73136724167885956404801018437e-10, -2.75952288512423714205866866999e-10, 1.33047643742444895020543211573e-10,
  -6.42296456060664617014486286556e-11, 3.10442477473222750281655855151e-11,
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
  if (Number.isNaN(x) || x === -Infinity) return x === x ? Number.POSITIVE_INFINITY : x;
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

/** ψ(x), x > 0. */
export function digamma(x: number): number {
  return polygamma(0, x);
}

/**
 * Derivative of the given order of the Stirling remainder J(x) = lgamma(x) − (x − ½) log x + x − ½ log 2π, x > 0. With it a
 * gamma density of large shape loses nothing to cancellation.
 */
export function lgammaCorrection(order: number, x: number): number {
  if (!(x > 0)) return Number.NaN;
  const from = asymptoticFrom(order);
  if (x >= from) return stirlingSeries(order, x);
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
    const n = steps < k ? steps : k;
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
    0.5 * s * (order - 1) * inversePowerDifference(a, b, k, order) * 1 +
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
        s += (i / a) * (1 + s);
        if (s > 1e250) {
          sum += Math.log(s);
          s = 0;
        }
      }
      return sum + Math.log1p(s);
    }
    if (a < asymptoticFrom(0)) return lgammaDelta(0, a, k) - k * Math.log(a);
    const b = a + k;
    return (b - 0.5) * Math.log1p(k / a) - k + (stirlingSeries(0, b) - stirlingSeries(0, a));
  }
  if (k <= FEW && Number.isInteger(k)) {
    const scale = signedFactorial(order - 1);
    let sum = 0;
    for (let i = 1; i < k; i++) sum += inversePowerDifference(a, a + i, i, order);
    return -scale * sum;
  }
  return lgammaDelta(order, a, k) - (k * signedFactorial(order - 1)) / power(a, order);
}
