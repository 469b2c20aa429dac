/** What a chart of a random term's covariance says of itself. */
import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import type { Chart } from "./chart.ts";
import type { SdMap } from "./standard-deviation.ts";

export interface RandomTermChart extends Chart {
  readonly structure: CovarianceStructure;
  readonly q: number;
  /** By free standard deviation, the first coordinates. */
  readonly sds: readonly SdMap[];
  /** Whether each of them has a sign. */
  readonly signed: readonly boolean[];
}
