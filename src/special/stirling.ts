/**
 * The Stirling remainder J(x) = lgamma(x) − (x − ½) log x + x − ½ log 2π and its derivatives. Everything about the gamma
 * function here is built on it, because differences of it do not cancel.
 *
 * Source: Abramowitz & Stegun (1964), 6.1.40 to 6.1.42.
 */

/** ½ log 2π. */
export const HALF_LOG_2PI = 0.9189385332046728;

// B_2k / (2k (2k − 1)), k = 1 … 11
const COEFFICIENTS = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
  -174611 / 125400,
  77683 / 5796,
];

/** From here on the asymptotic series of the derivative of the given order is good to a double. */
export function asymptoticFrom(order: number): number {
  return 12 + 2 * order;
}

/** From here on three, or five, terms are good to a double. */
const FEW_TERMS_FROM = 1e4;
const FEW_TERMS = 3;
const SOME_TERMS_FROM = 100;
const SOME_TERMS = 5;

/** Of the lowest orders, which kernels ask for, the factors of differentiation are in the coefficients. */
const BY_ORDER = Array.from({ length: 4 }, (_, order) => COEFFICIENTS.map((_, k) => differentiated(k + 1, order)));

function differentiated(k: number, order: number): number {
  let c = COEFFICIENTS[k - 1]!;
  for (let j = 0; j < order; j++) c *= 2 * k - 1 + j;
  return c;
}

/** J^(order)(x) by its asymptotic series; x at least `asymptoticFrom(order)`. */
export function stirlingSeries(order: number, x: number): number {
  const squared = 1 / (x * x);
  let sum = 0;
  const terms = x >= FEW_TERMS_FROM ? FEW_TERMS : x >= SOME_TERMS_FROM ? SOME_TERMS : COEFFICIENTS.length;
  if (order < BY_ORDER.length) {
    const coefficients = BY_ORDER[order]!;
    for (let k = terms - 1; k >= 0; k--) sum = sum * squared + coefficients[k]!;
    if (order === 0) return sum / x;
  } else for (let k = terms; k >= 1; k--) sum = sum * squared + differentiated(k, order);
  let scale = 1 / x;
  for (let j = 0; j < order; j++) scale /= -x;
  return sum * scale;
}
