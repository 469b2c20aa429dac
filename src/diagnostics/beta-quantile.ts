/** The beta distribution's quantile function. */
import { betaCdf } from "../special/distributions.ts";

/** The x with I_x(a, b) = p, by bisection (the function is monotone) to the last bits of x. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 80 && high - low > 1e-16 * high; step++) {
    const middle = 0.5 * (low + high);
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
