/**
 * The population mean of a row whose response depends on several linear predictors, or on one through a mean of the family's own:
 * E[m(η₁ + e₁, …, η_K + e_K, φ)] with independent e_r ~ N(0, v_r), v_r = z_r'Σ_r z_r (every random term belongs to one predictor).
 * A tensor of trapezoids, one dimension for each predictor with random effects.
 */
import { declarationFault, tooManyIntegratedPredictors } from "../messages/effects.ts";
import { halfWidth, type NormalTrapezoid, normalTrapezoid, trapezoidIntervals } from "./population-mean.ts";

/** Where a mean and its derivatives go, an entry a row. */
export interface MeanBuffers {
  readonly value: Float64Array;
  /** ∂/∂η_r by predictor. */
  readonly dEta: readonly Float64Array[];
  /** ∂/∂v_r by predictor; where v_r = 0 and the mean is the family's own it is left 0 (every use multiplies it by Λ'z = 0). */
  readonly dVariance: readonly Float64Array[];
  /** ∂/∂φ_g by global parameter. */
  readonly dPhi: readonly Float64Array[];
}

/** E[Y | η, φ] over rows, with first derivatives. */
export interface ConditionalMean {
  readonly predictors: number;
  readonly globals: number;
  /** Fills value, dEta and dPhi for the first n rows. */
  evaluate(
    eta: readonly Float64Array[],
    phi: Float64Array,
    n: number,
    out: MeanBuffers,
    columns?: Readonly<Record<string, Float64Array>>,
  ): void;
}

/** Buffers for n rows. */
export function meanBuffers(n: number, predictors: number, globals: number): MeanBuffers {
  const make = (count: number) => Array.from({ length: count }, () => new Float64Array(n));
  return { value: new Float64Array(n), dEta: make(predictors), dVariance: make(predictors), dPhi: make(globals) };
}

/** Singularities of a mean that is not known by name are taken to be this far from the real line. */
const assumedStrip = Math.PI / 2;

/**
 * Fills `out` for the first n rows.
 *
 * @param variance v_r a row by predictor; null = 0 for that predictor
 * @param columns data columns that the mean reads, a value a row
 * @throws DeclarationError with random effects in more than two predictors
 */
export function jointPopulationMean(
  mean: ConditionalMean,
  eta: readonly Float64Array[],
  variance: readonly (Float64Array | null)[],
  phi: Float64Array,
  n: number,
  out: MeanBuffers,
  columns?: Readonly<Record<string, Float64Array>>,
): void {
  const sds = variance.map((v) => standardDeviations(v, n));
  const integrated = sds.flatMap((sd, r) => (sd ? [r] : []));
  for (const d of out.dVariance) d.fill(0, 0, n);
  if (integrated.length === 0) {
    mean.evaluate(eta, phi, n, out, columns);
    return;
  }
  if (integrated.length > 2) throw declarationFault(tooManyIntegratedPredictors(integrated.length));
  const rules = integrated.map((r) => ruleFor(sds[r]!, n));
  const shifted = eta.map((e, r) => (integrated.includes(r) ? new Float64Array(n) : e));
  const node = meanBuffers(n, mean.predictors, mean.globals);
  out.value.fill(0, 0, n);
  for (const d of [...out.dEta, ...out.dPhi]) d.fill(0, 0, n);
  const outer = rules[1] ?? { nodes: new Float64Array(1), weights: new Float64Array([1]) };
  for (let a = 0; a < outer.nodes.length; a++) {
    for (let b = 0; b < rules[0]!.nodes.length; b++) {
      const x = [rules[0]!.nodes[b]!, outer.nodes[a]!];
      const weight = rules[0]!.weights[b]! * outer.weights[a]!;
      integrated.forEach((r, k) => {
        for (let i = 0; i < n; i++) shifted[r]![i] = eta[r]![i]! + sds[r]![i]! * x[k]!;
      });
      mean.evaluate(shifted, phi, n, node, columns);
      accumulate(out.value, node.value, weight, n);
      for (let r = 0; r < mean.predictors; r++) accumulate(out.dEta[r]!, node.dEta[r]!, weight, n);
      for (let g = 0; g < mean.globals; g++) accumulate(out.dPhi[g]!, node.dPhi[g]!, weight, n);
      // ∂/∂v = E[x ∂m/∂η] / (2 sd)
      integrated.forEach((r, k) => {
        const sd = sds[r]!;
        for (let i = 0; i < n; i++)
          if (sd[i]! > 0) out.dVariance[r]![i]! += (weight * x[k]! * node.dEta[r]![i]!) / (2 * sd[i]!);
      });
    }
  }
}

function standardDeviations(variance: Float64Array | null, n: number): Float64Array | null {
  if (!variance) return null;
  const sd = new Float64Array(n);
  let any = false;
  for (let i = 0; i < n; i++) {
    sd[i] = Math.sqrt(variance[i]!);
    any ||= sd[i]! > 0;
  }
  return any ? sd : null;
}

/** A mean may grow like exp(η): the integrand's centre then moves by sd, so the range does too. */
function ruleFor(sd: Float64Array, n: number): NormalTrapezoid {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, sd[i]!);
  const extra = Math.ceil(Math.min(largest, 2 * halfWidth));
  const intervals = trapezoidIntervals(largest, assumedStrip);
  return normalTrapezoid(Math.ceil((intervals * (halfWidth + extra)) / halfWidth), halfWidth + extra);
}

function accumulate(total: Float64Array, term: Float64Array, weight: number, n: number): void {
  for (let i = 0; i < n; i++) total[i]! += weight * term[i]!;
}
