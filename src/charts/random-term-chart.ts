/** What a chart of a random term's covariance says of itself. */
import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import type { Chart } from "./chart.ts";

export interface RandomTermChart extends Chart {
  readonly structure: CovarianceStructure;
  readonly q: number;
  /** By free standard deviation, the first coordinates: whether it is the signed sd (true) or log sd. */
  readonly signed: readonly boolean[];
}
