/** How heavy the tails of draws are: whether their mean estimates anything. */
import { fitGeneralisedPareto } from "./generalised-pareto.ts";

/** The least tail that a distribution is fitted to. */
const LEAST_TAIL = 5;
/**
 * A tail whose longest exceedance is less than this many times its middle one is not fitted: of 190 exceedances with k = 0.7 that has a
 * probability of 1e-4.
 */
const LIGHT = 12;

/** The shape of exceedances in ascending order; 0 where they are clearly light, or mostly ties. */
function shapeOf(exceedances: Float64Array): number {
  const { length } = exceedances;
  const middle = exceedances[length >> 1]!;
  if (!(exceedances[length - 1]! > LIGHT * middle) || !(exceedances[length >> 2]! > 0)) return 0;
  return fitGeneralisedPareto(exceedances).shape;
}

/**
 * The larger Pareto k of the two tails of draws: a distribution has moments of orders below 1/k, so that above 1 there is no mean, and above 0.7
 * no practical number of draws gives it (Vehtari, Simpson, Gelman, Yao & Gabry 2024, "Pareto smoothed importance sampling", JMLR
 * 25(72), section 3). Tails are the outer ⌈min(S/5, 3√S)⌉ draws.
 *
 * @param sorted ascending
 * @returns 0 where both tails are clearly light or too short to tell, +Infinity where draws are infinite
 */
export function tailShape(sorted: Float64Array): number {
  const total = sorted.length;
  const length = Math.ceil(Math.min(0.2 * total, 3 * Math.sqrt(total)));
  if (length < LEAST_TAIL || Number.isNaN(sorted[total - 1]!)) return 0;
  if (sorted[total - 1] === Infinity || sorted[0] === -Infinity) return Infinity;
  const above = sorted[total - length - 1]!;
  const below = sorted[length]!;
  const upper = Float64Array.from({ length }, (_, i) => sorted[total - length + i]! - above);
  const lower = Float64Array.from({ length }, (_, i) => below - sorted[length - 1 - i]!);
  return Math.max(shapeOf(upper), shapeOf(lower));
}
