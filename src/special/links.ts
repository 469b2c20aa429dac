/** Functions of the complementary log-log and Cauchy links, accurate in both tails. */

/** Cauchy distribution function ½ + atan(x)/π, without cancellation in the lower tail. */
export function cauchyCdf(x: number): number {
  return Math.atan2(1, -x) / Math.PI;
}

// Bernoulli numbers B_2k / (2k)!, k = 1 … 9: a/(e^a − 1) = 1 − a/2 + Σ B_2k a^2k / (2k)!
const BERNOULLI = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
  43867 / 5109094217170944000,
];

/**
 * Derivative of the given order (0 to 4) of log(1 − exp(−e^x)): the log of the probability with a complementary log-log link.
 * With a = e^x the first derivative is a/(e^a − 1), the others are (a d/da) of it.
 */
export function logCloglog(order: number, x: number): number {
  const a = Math.exp(x);
  if (order === 0) {
    if (a < 1e-5) return x + (-0.5 * a + (a * a) / 24);
    return a > Math.LN2 ? Math.log1p(-Math.exp(-a)) : Math.log(-Math.expm1(-a));
  }
  if (a < 0.5) {
    // the power of a picks up a factor 2k (or 1) a derivative
    let sum = 0;
    const squared = a * a;
    for (let k = BERNOULLI.length; k >= 1; k--) {
      let c = BERNOULLI[k - 1]!;
      for (let j = 1; j < order; j++) c *= 2 * k;
      sum = sum * squared + c;
    }
    return (order === 1 ? 1 : 0) + (-0.5 * a + sum * squared);
  }
  if (a > 740) return 0;
  // q = 1/(e^a − 1), a dq/da = −a q (1 + q); B = a q, DB = B (1 − r) with r = a (1 + q) = a + B
  const b = a / Math.expm1(a);
  if (order === 1) return b;
  const r = a + b;
  const b1 = b * (1 - r);
  if (order === 2) return b1;
  const r1 = a + b1;
  const b2 = b1 * (1 - r) - b * r1;
  if (order === 3) return b2;
  const r2 = a + b2;
  return b2 * (1 - r) - 2 * b1 * r1 - b * r2;
}
