import type { Rng } from "../../src/random/rng.ts";
import { bartlettFactor } from "../../src/random/wishart.ts";

/**
 * Writes W ~ Wishart(df, S), mean df·S, into `out`: (FA)(FA)' with Bartlett's factor A.
 *
 * @param scaleFactor F, the Cholesky factor of S, lower triangle
 */
export function wishartVariate(rng: Rng, df: number, scaleFactor: Float64Array, q: number, out: Float64Array): void {
  const bartlett = new Float64Array(q * q);
  bartlettFactor(rng, df, q, bartlett);
  const half = Array.from({ length: q }, (_, i) =>
    Array.from({ length: q }, (_, j) => {
      let sum = 0;
      for (let k = j; k <= i; k++) sum += scaleFactor[i * q + k]! * bartlett[k * q + j]!;
      return sum;
    }),
  );
  half.forEach((row, i) => {
    half.forEach((other, j) => {
      out[i * q + j] = row.reduce((sum, value, k) => sum + value * other[k]!, 0);
    });
  });
}
