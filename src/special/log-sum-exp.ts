/** Sums of exponentials that neither overflow nor underflow. */

/** log Σ exp(x_i); −Infinity for none. */
export function logSumExp(x: Float64Array): number {
  let top = -Infinity;
  for (const value of x) if (value > top) top = value;
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (const value of x) sum += Math.exp(value - top);
  return top + Math.log(sum);
}

/** log of the mean of exp(x_i). */
export const logMeanExp = (x: Float64Array): number => logSumExp(x) - Math.log(x.length);
