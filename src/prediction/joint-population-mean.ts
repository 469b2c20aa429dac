/**
 * The population mean of a row whose response depends on several linear predictors, or on one through a mean of the family's own:
 * E[m(η + e, φ)], e ~ N(0, V) over the row's predictors, whatever the number of random effects behind it. In up to four directions by a product
 * of one-dimensional rules, refined until it settles; in more by randomised quasi-Monte Carlo, whose standard error is kept.
 */
import { populationMeanNotFinite, tooManyIntegratedPredictors } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import type { ConditionalMean, MeanBuffers } from "./conditional-mean.ts";
import { adaptiveProduct, type ProductRule } from "./product-rule.ts";
import { mostDirections, quasiMonteCarlo } from "./quasi-monte-carlo.ts";
import { type RowExpectation, rowExpectation } from "./row-expectation.ts";
import { type RowFactors, rowFactors } from "./row-factor.ts";

/** Directions up to which a product of rules is tried. */
const MOST_PRODUCT_DIRECTIONS = 4;

/** The rules that served the buffers' rows last: neighbouring parameters need much the same. */
const served = new WeakMap<MeanBuffers, { readonly directions: number; readonly rule: ProductRule }>();

/**
 * Fills `out` for the first n rows.
 *
 * @param variance v_r a row by predictor; null = 0 for that predictor
 * @param covariance of predictors r > s at r(r − 1)/2 + s, a value a row; null = 0 for that pair
 * @param columns data columns that the mean reads, a value a row
 * @throws DeclarationError with random effects in more than 20 directions, and where the mean is not finite for some values of them
 */
export function jointPopulationMean(
  mean: ConditionalMean,
  eta: readonly Float64Array[],
  variance: readonly (Float64Array | null)[],
  phi: Float64Array,
  n: number,
  out: MeanBuffers,
  columns?: Readonly<Record<string, Float64Array>>,
  covariance: readonly (Float64Array | null)[] = [],
): void {
  for (const d of [...out.dVariance, ...out.dCovariance, out.error]) d.fill(0, 0, n);
  const integrated = variance.flatMap((v, r) => (v?.subarray(0, n).some((value) => value > 0) ? [r] : []));
  if (integrated.length === 0) {
    mean.evaluate(eta, phi, n, out, columns);
    return;
  }
  const pairs = integrated.flatMap((r, k) =>
    integrated.slice(0, k).map((s) => covariance[(r * (r - 1)) / 2 + s] ?? null),
  );
  const factors = rowFactors(
    integrated.map((r) => variance[r]!),
    pairs,
    n,
  );
  const { directions } = factors;
  if (directions > mostDirections) throw declarationFault(tooManyIntegratedPredictors(directions, mostDirections));
  const make = () => rowExpectation(mean, eta, integrated, factors, phi, n, columns);
  const sums = make();
  const trial = make();
  const before = served.get(out);
  const rule =
    directions <= MOST_PRODUCT_DIRECTIONS
      ? adaptiveProduct(sums, trial, directions, before?.directions === directions ? before.rule : null)
      : null;
  if (rule) served.set(out, { directions, rule });
  else out.error.set(quasiMonteCarlo(sums, trial, directions));
  if (!sums.value.every(Number.isFinite)) throw declarationFault(populationMeanNotFinite());
  out.value.set(sums.value);
  sums.dEta.forEach((values, r) => {
    out.dEta[r]!.set(values);
  });
  sums.dPhi.forEach((values, g) => {
    out.dPhi[g]!.set(values);
  });
  fillVarianceGradient(sums, factors, integrated, n, out);
}

/**
 * ∂/∂V from G = E[∂m/∂η x']: for a normal e = Lx it is half of H = E ∂²m/∂η∂η' with HL = G (Stein's identity). With M a left inverse of L, the
 * symmetric H = GM + (GM)' − M'(L'G)M serves, for singular V too, since changes of Λ only use HL.
 */
function fillVarianceGradient(
  { slopes }: RowExpectation,
  factors: RowFactors,
  integrated: readonly number[],
  n: number,
  out: MeanBuffers,
): void {
  const { size: K, directions: d, L } = factors;
  const M = new Float64Array(d * K);
  const GM = new Float64Array(K * K);
  const LG = new Float64Array(d * d);
  for (let i = 0; i < n; i++) {
    factors.leftInverse(i, M);
    const base = i * K * d;
    for (let r = 0; r < K; r++)
      for (let s = 0; s < K; s++) {
        let sum = 0;
        for (let c = 0; c < d; c++) sum += slopes[base + r * d + c]! * M[c * K + s]!;
        GM[r * K + s] = sum;
      }
    for (let a = 0; a < d; a++)
      for (let c = 0; c < d; c++) {
        let sum = 0;
        for (let r = 0; r < K; r++) sum += L[base + r * d + a]! * slopes[base + r * d + c]!;
        LG[a * d + c] = sum;
      }
    for (let r = 0; r < K; r++)
      for (let s = 0; s <= r; s++) {
        let h = GM[r * K + s]! + GM[s * K + r]!;
        for (let a = 0; a < d; a++) for (let c = 0; c < d; c++) h -= M[a * K + r]! * LG[a * d + c]! * M[c * K + s]!;
        const [high, low] = [integrated[r]!, integrated[s]!];
        if (r === s) out.dVariance[high]![i] = 0.5 * h;
        else out.dCovariance[(high * (high - 1)) / 2 + low]![i] = h;
      }
  }
}
