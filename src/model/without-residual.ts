/**
 * Gaussian models without a residual variance: the random effects stand for it, as in glmmTMB with `dispformula = ~ 0`. The likelihood is that of the
 * limit σ → 0, taken with a σ that is small beside everything else.
 */
import type { Design } from "../data/design.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { groupTerms } from "../marginal/gaussian/grouping.ts";
import { rowEffects } from "../marginal/gaussian/merged-factor.ts";
import { DeclarationError } from "../messages/issue.ts";
import { residualStands } from "../messages/without-residual.ts";
import type { ParameterLayout } from "./parameter-layout.ts";

/** σ over the spread of the response about the columns of the mean: its square is below what logarithms of likelihoods show. */
export const NEXT_TO_NOTHING = 1e-6;

/** Squares of what is left of a row below this share of it are rounding. */
const NOTHING = 1e-12;

/** Whether the rows of every level of a factor have effects of their own, so that the effects alone can be the rows' whole covariance. */
function tellsRowsApart(levels: readonly (readonly Float64Array[])[], q: number): boolean {
  return levels.every((rows) => {
    if (rows.length > q) return false;
    const m = rows.length;
    const gram = new Float64Array(m * m);
    rows.forEach((a, i) => {
      const length = Math.hypot(...a);
      for (let j = 0; j <= i; j++) {
        const other = Math.hypot(...rows[j]!);
        let dot = 0;
        for (let k = 0; k < q; k++) dot += a[k]! * rows[j]![k]!;
        gram[i * m + j] = length > 0 && other > 0 ? dot / (length * other) : 0;
      }
    });
    if (!choleskyFactor(gram, m)) return false;
    return rows.every((_, i) => gram[i * m + i]! ** 2 > NOTHING);
  });
}

/**
 * @throws DeclarationError where no grouping factor has as many effects a level as rows, so that the likelihood has no maximum or no value without a
 * residual
 */
export function checkWithoutResidual({ n, random }: Design, layout: ParameterLayout): void {
  const { factors } = groupTerms(random, layout);
  const found = factors.some((factor) => {
    const levels: Float64Array[][] = Array.from({ length: factor.levels }, () => []);
    for (let i = 0; i < n; i++) {
      const z = new Float64Array(factor.q);
      rowEffects(factor, random, i, z);
      levels[factor.index[i]!]!.push(z);
    }
    return tellsRowsApart(levels, factor.q);
  });
  if (!found) throw new DeclarationError([residualStands(random.map(({ group }) => group))]);
}
