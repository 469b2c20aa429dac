/**
 * The remainder of Stirling's formula in the form the rejection samplers use:
 * log k! = ½log 2π + (k + ½)log(k + 1) − (k + 1) + δ(k), for integers k ≥ 0.
 */
const TABLE = Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], (k) => {
  let factorial = 1;
  for (let i = 2; i <= k; i++) factorial *= i;
  return Math.log(factorial) - 0.5 * Math.log(2 * Math.PI) - (k + 0.5) * Math.log(k + 1) + (k + 1);
});

/** δ(k): tabulated below 10, then the asymptotic series, error below 1e-13. */
export function stirlingRemainder(k: number): number {
  if (k < 10) return TABLE[k]!;
  const x = 1 / (k + 1);
  const x2 = x * x;
  return x * (1 / 12 - x2 * (1 / 360 - x2 * (1 / 1260 - x2 * (1 / 1680 - x2 / 1188))));
}

/** log k! for integers k ≥ 0. */
export function logFactorial(k: number): number {
  return 0.5 * Math.log(2 * Math.PI) + (k + 0.5) * Math.log(k + 1) - (k + 1) + stirlingRemainder(k);
}
