/**
 * The density of correlated rows given their means f: y ~ N(f, σ²W^(−½)RW^(−½)), R = DCD of a residual structure and W of precision weights. With
 * s_i = √w_i/g_i, e = s(y − f), p = C⁻¹e and τ = 1/σ²:
 *
 *   log p(y | f, σ, ψ) = −½ [ n log 2πσ² + log|C| − 2 Σ log s_i + τ e'p ].
 *
 * Rows are in the order of the correlation structure throughout.
 */
import type { Correlation } from "../../residual/correlation.ts";
import { createCorrelation } from "../../residual/create-correlation.ts";
import { varianceFunction } from "../../residual/variance-function.ts";
import type { IntegralData } from "../integral-data.ts";

export interface CorrelatedResponse {
  readonly n: number;
  /** Row of the data at each position. */
  readonly order: Int32Array;
  readonly correlation: Correlation;
  /** s of each position at the parameters last set. */
  readonly scale: Float64Array;
  /** e and p of the last evaluation. */
  readonly e: Float64Array;
  readonly p: Float64Array;
  /** τ at the parameters last set. */
  precision(): number;
  /** Takes φ = [σ, ψ]; false where the structure is not defined there. */
  set(phi: Float64Array): boolean;
  /** The log density at means f. */
  evaluate(mean: Float64Array): number;
  /** ∂/∂σ of the log density of the last evaluation. */
  slopeOfSigma(): number;
  /** Adds Σ_i dLogScale_i ∂log s_i/∂ψ to dPhi, [σ, ψ]. */
  pullbackScales(dLogScale: Float64Array, dPhi: Float64Array): void;
  /** Where in φ the parameters of the correlation begin. */
  readonly correlationAt: number;
}

/** @param paired whether C⁻¹ is needed by pairs of rows */
export function correlatedResponse(
  { n, columns, residual }: Pick<IntegralData, "n" | "columns" | "residual">,
  paired: boolean,
): CorrelatedResponse {
  const variance = varianceFunction(residual!);
  const correlation = createCorrelation(residual!, paired);
  const { order } = residual!.correlation!;
  const y = Float64Array.from(order, (i) => columns["y"]![i]!);
  const root = Float64Array.from(order, (i) => Math.sqrt(columns["weights"]?.[i] ?? 1));
  let observations = 0;
  let logRoots = 0;
  for (const value of root)
    if (value > 0) {
      observations++;
      logRoots += Math.log(value);
    }
  const logSd = new Float64Array(n);
  const dLogSd = new Float64Array(n);
  const scale = new Float64Array(n);
  const e = new Float64Array(n);
  const p = new Float64Array(n);
  let sigma = Number.NaN;
  let logScales = 0;
  let squares = 0;
  const correlationAt = 1 + variance.size;

  return {
    n,
    order,
    correlation,
    scale,
    e,
    p,
    correlationAt,
    precision: () => 1 / (sigma * sigma),
    set(phi) {
      sigma = phi[0]!;
      if (!(sigma > 0 && sigma < Infinity)) return false;
      if (!variance.evaluate(phi, 1, logSd) || !correlation.set(phi, correlationAt)) return false;
      logScales = logRoots;
      for (let i = 0; i < n; i++) {
        const log = logSd[order[i]!]!;
        scale[i] = root[i]! * Math.exp(-log);
        if (root[i]! > 0) logScales -= log;
      }
      return true;
    },
    evaluate(mean) {
      for (let i = 0; i < n; i++) e[i] = scale[i]! * (y[i]! - mean[i]!);
      correlation.multiplyPrecision(e, 1, p);
      squares = 0;
      for (let i = 0; i < n; i++) squares += e[i]! * p[i]!;
      return (
        -0.5 *
        (observations * Math.log(2 * Math.PI * sigma * sigma) +
          correlation.logDet() -
          2 * logScales +
          squares / (sigma * sigma))
      );
    },
    slopeOfSigma: () => (squares / (sigma * sigma) - observations) / sigma,
    pullbackScales(dLogScale, dPhi) {
      for (let i = 0; i < n; i++) dLogSd[order[i]!] = root[i]! > 0 ? -dLogScale[i]! : 0;
      variance.pullback(dLogSd, dPhi, 1);
    },
  };
}
