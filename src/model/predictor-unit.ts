/** The unit of a linear predictor. Of a logit or a logarithm it is 1; the square root of a count or the inverse of a duration has that of the response. */
import type { Design } from "../data/design.ts";
import type { Family } from "../families/family.ts";

const IN_UNITS_OF_THE_RESPONSE: ReadonlySet<string> = new Set(["identity", "sqrt", "inverse"]);

/** Predictors of about 1 need no other unit. */
const NEAR_ONE = 32;

/**
 * The root mean square of the linear predictors that the responses suggest, where the link is in the response's units and this is far from 1; else 1.
 * In such units a search, its first standard deviations and its steps are the same whatever the response is measured in.
 */
export function predictorUnit({ y, trials, n }: Design, family: Family): number {
  if (family.normal || !IN_UNITS_OF_THE_RESPONSE.has(family.link)) return 1;
  let square = 0;
  for (let i = 0; i < n; i++) square += family.startEta(y[i]!, trials?.[i] ?? 1) ** 2 / n;
  const unit = Math.sqrt(square);
  return unit > NEAR_ONE || (unit > 0 && unit < 1 / NEAR_ONE) ? unit : 1;
}
