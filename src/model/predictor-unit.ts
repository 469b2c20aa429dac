/** The unit of a linear predictor. Of a logit or a logarithm it is 1; the square root of a count or the inverse of a duration has that of the response. */
import type { Design } from "../data/design.ts";
import type { Family } from "../families/family.ts";
import { moments } from "../families/moments.ts";
import { hasExactIntegral } from "../marginal/gaussian/exact-integral.ts";

const IN_UNITS_OF_THE_RESPONSE: ReadonlySet<string> = new Set(["identity", "sqrt", "inverse"]);

/** Predictors of about 1 need no other unit. */
const NEAR_ONE = 32;

const farFromOne = (unit: number): number => (unit > NEAR_ONE || (unit > 0 && unit < 1 / NEAR_ONE) ? unit : 1);

const spreadOf = (y: Float64Array): number => Math.sqrt(moments(y).variance);

/**
 * The root mean square of the linear predictors that the responses suggest, where the link is in the response's units and this is far from 1; else 1.
 * In such units a search, its first standard deviations and its steps are the same whatever the response is measured in.
 */
export function predictorUnit({ y, trials, n, predictors, random }: Design, family: Family): number {
  if (!IN_UNITS_OF_THE_RESPONSE.has(family.link)) return 1;
  // an exact integral has σ for its unit
  if (family.normal) return hasExactIntegral({ predictors, random }) ? 1 : farFromOne(spreadOf(y));
  let square = 0;
  for (let i = 0; i < n; i++) square += family.startEta(y[i]!, trials?.[i] ?? 1) ** 2 / n;
  return farFromOne(Math.sqrt(square));
}
