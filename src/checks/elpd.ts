/** Sums over units with their standard errors. */
import { mean, variance } from "../diagnostics/chains.ts";

/** A sum over units. */
export interface ElpdEstimate {
  readonly estimate: number;
  /** √(N · variance over units): how the sum would vary over other units of the same kind. */
  readonly se: number;
}

export function totalOf(values: readonly number[]): ElpdEstimate {
  const all = Float64Array.from(values);
  return { estimate: mean(all) * all.length, se: Math.sqrt(all.length * variance(all)) };
}
