/** The unit deviance of a Poisson count, the part of gamma, Poisson and binomial probabilities that cancels. */

/**
 * x log(x/m) − x + m for x = m + k, m > 0, without cancellation where k is small beside m.
 *
 * Source: Loader (2000), "Fast and accurate computation of binomial probabilities".
 */
export function devianceStep(m: number, k: number): number {
  const x = m + k;
  const d = k / (2 * m + k);
  if (Math.abs(d) >= 0.1) return x * Math.log(x / m) - k;
  // x log(x/m) = 2x (d + d³/3 + …) with d = k/(x + m), and 2xd − k = kd
  const squared = d * d;
  let sum = k * d;
  let term = 2 * x * d;
  for (let j = 3; j < 40; j += 2) {
    term *= squared;
    const next = sum + term / j;
    if (next === sum) break;
    sum = next;
  }
  return sum;
}
