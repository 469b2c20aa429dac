/** Mean and variance of a response, for starting values. */
export function moments(y: Float64Array): { readonly mean: number; readonly variance: number } {
  let mean = 0;
  for (const v of y) mean += v / y.length;
  let sum = 0;
  for (const v of y) sum += (v - mean) ** 2;
  return { mean, variance: sum / Math.max(1, y.length - 1) };
}
