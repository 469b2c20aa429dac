/** The working correlation as a matrix over all occasions, for a reader. */
import type { Clusters } from "./clusters.ts";
import type { CorrelationParameters } from "./correlation-parameters.ts";
import type { WorkingCorrelation } from "./method.ts";

/** R over every occasion seen; pairs of occasions that no cluster has are NaN where nothing estimates them. */
export function workingCorrelationMatrix(
  correlation: WorkingCorrelation,
  { occasions, patterns }: Clusters,
  { names, lags }: CorrelationParameters,
  alpha: Float64Array,
): { readonly occasions: readonly string[]; readonly matrix: Float64Array } {
  const T = occasions.length;
  const times = new Float64Array(T);
  for (const { positions, times: at } of patterns)
    positions.forEach((position, j) => {
      times[position] = at[j]!;
    });
  const entry = (j: number, k: number): number => {
    const lag = times[k]! - times[j]!;
    switch (correlation.kind) {
      case "independence":
        return 0;
      case "exchangeable":
        return alpha[0]!;
      case "ar1":
        return alpha[0]! ** lag;
      case "stationary":
        return alpha[lags.indexOf(lag)] ?? Number.NaN;
      case "mDependent":
        return lag > correlation.lags ? 0 : (alpha[lags.indexOf(lag)] ?? Number.NaN);
      case "unstructured":
        return alpha[names.indexOf(`alpha.${occasions[j]}:${occasions[k]}`)]!;
      case "fixed":
        return correlation.matrix[j]![k]!;
    }
  };
  const matrix = new Float64Array(T * T);
  for (let j = 0; j < T; j++) {
    matrix[j * T + j] = 1;
    for (let k = j + 1; k < T; k++) matrix[j * T + k] = matrix[k * T + j] = entry(j, k);
  }
  return { occasions, matrix };
}
