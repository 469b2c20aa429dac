/**
 * A term's covariance given its random effects b (the centred, or sufficient, form): conjugate where the prior is, by slice sampling of log
 * standard deviations and partial correlations where it is not.
 */
import { type LevelPrecision, multiplyPrecision } from "../../covariance/level-precision.ts";
import { inverseGammaVariate } from "../../random/variates.ts";
import { inverseWishartFactor } from "../../random/wishart.ts";
import type { Block } from "./block.ts";
import type { CovarianceCoordinates } from "./covariance-prior.ts";
import { covarianceLogPrior, traceOfQuotient } from "./covariance-prior.ts";
import type { CovariancePrior } from "./gibbs-data.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import { sphericalFromEffects } from "./state.ts";

/** Degrees of freedom and scale of a half-t or half-Cauchy prior, else null. */
export function halfT({
  name,
  parameters,
}: {
  name: string;
  parameters: readonly number[];
}): { df: number; scale: number } | null {
  if (name === "halfStudentT") return { df: parameters[0]!, scale: parameters[1]! };
  if (name === "halfCauchy") return { df: 1, scale: parameters[0]! };
  return null;
}

/**
 * log density of b given Λ (up to a constant), from S = Σ_j b_j b_j'.
 *
 * @param work q × q
 */
function effectsLogDensity(
  lambda: Float64Array,
  S: Float64Array,
  levels: number,
  q: number,
  work: Float64Array,
): number {
  let sum = -0.5 * traceOfQuotient(lambda, S, q, work);
  for (let a = 0; a < q; a++) sum -= levels * Math.log(Math.abs(lambda[a * q + a]!));
  return sum;
}

/** A term's effects and factor, and room for their sum of squares. */
interface TermEffects {
  readonly state: GibbsState;
  readonly t: number;
  readonly coordinates: CovarianceCoordinates;
  readonly known: LevelPrecision | undefined;
  readonly lambda: Float64Array;
  readonly b: Float64Array;
  readonly mixing: Float64Array;
  readonly levels: number;
  readonly S: Float64Array;
  readonly work: Float64Array;
  readonly name: string;
  readonly related: Float64Array;
}

/** S = Σ_j ξ_j ξ_j', with a known covariance A across levels Σ_jk ξ_j (A⁻¹)_jk ξ_k'; ξ = b divided by `divisor` (by effect). */
function sumOfSquares(term: TermEffects, divisor: Float64Array | null): void {
  const { coordinates, known, b, S, related } = term;
  const { q } = coordinates;
  S.fill(0);
  if (known) multiplyPrecision(known, b, q, related);
  for (let start = 0; start < b.length; start += q)
    for (let a = 0; a < q; a++) for (let c = 0; c <= a; c++) S[a * q + c]! += b[start + a]! * related[start + c]!;
  for (let a = 0; a < q; a++)
    for (let c = 0; c <= a; c++) {
      if (divisor) S[a * q + c]! /= divisor[a]! * divisor[c]!;
      S[c * q + a] = S[a * q + c]!;
    }
}

/** Uncorrelated inverse-gamma variances, given by shape and scale. */
function conjugateVariances(term: TermEffects, laws: readonly (readonly number[])[]): Block {
  const { state, t, coordinates, lambda, levels, S, name } = term;
  const { q } = coordinates;
  return {
    name,
    draw(rng) {
      sumOfSquares(term, null);
      for (let a = 0; a < q; a++) {
        const [shape, scale] = laws[a] as [number, number];
        const variance = inverseGammaVariate(rng, shape + levels / 2, scale + 0.5 * S[a * q + a]!);
        lambda[a * q + a] = Math.sqrt(variance);
      }
      sphericalFromEffects(state, t);
    },
    logConditional() {
      sumOfSquares(term, null);
      let sum = 0;
      for (let a = 0; a < q; a++) {
        const [shape, scale] = laws[a] as [number, number];
        const variance = lambda[a * q + a]! ** 2;
        sum -= (shape + levels / 2 + 1) * Math.log(variance) + (scale + 0.5 * S[a * q + a]!) / variance;
      }
      return sum; // density of the variances
    },
  };
}

/** Uncorrelated half-t standard deviations: σ² | a ~ IG(df/2, df/a). */
function independentVariances(term: TermEffects, laws: readonly { df: number }[]): Block {
  const { mixing, name } = term;
  const conjugate = laws.map(({ df }) => [df / 2, 0]);
  const block = conjugateVariances(term, conjugate);
  const setScales = () =>
    laws.forEach(({ df }, a) => {
      conjugate[a]![1] = df / mixing[a]!;
    });
  return {
    name,
    draw(rng) {
      setScales();
      block.draw(rng);
    },
    logConditional() {
      setScales();
      return block.logConditional();
    },
  };
}

/** Σ (or Ω where α is taken out of b) is inverse-Wishart given b. */
function wishartBlock(
  term: TermEffects,
  df: number,
  scale: Float64Array,
  setScale: () => void,
  alpha: Float64Array | null,
): Block {
  const { state, t, coordinates, lambda, levels, S, work, name } = term;
  const { q } = coordinates;
  const psi = new Float64Array(q * q);
  const factor = new Float64Array(q * q);
  const prepare = () => {
    setScale();
    sumOfSquares(term, alpha);
    for (let i = 0; i < q * q; i++) psi[i] = scale[i]! + S[i]!;
  };
  return {
    name,
    draw(rng) {
      prepare();
      if (!inverseWishartFactor(rng, df + levels, psi, q, factor)) return;
      for (let a = 0; a < q; a++)
        for (let c = 0; c < q; c++) lambda[a * q + c] = (alpha ? alpha[a]! : 1) * factor[a * q + c]!;
      sphericalFromEffects(state, t);
    },
    logConditional() {
      prepare();
      for (let a = 0; a < q; a++)
        for (let c = 0; c < q; c++) factor[a * q + c] = lambda[a * q + c]! / (alpha ? alpha[a]! : 1);
      return effectsLogDensity(factor, psi, df + levels + q + 1, q, work); // density of Σ (of Ω)
    },
  };
}

function sliceBlock(term: TermEffects, separate: CovariancePrior & { kind: "separate" }): Block {
  const { state, t, coordinates, lambda, mixing, levels, S, work, name } = term;
  const { q } = coordinates;
  const logPrior = covarianceLogPrior(separate, coordinates, mixing);
  const z = new Float64Array(coordinates.chart.size);
  const density = () => {
    coordinates.toFactor(z, lambda);
    const value = logPrior(z) + effectsLogDensity(lambda, S, levels, q, work);
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  const widths = z.map((_, i) => (i < separate.sd.length ? 2.5 / Math.sqrt(levels + 1) : 3.5 / Math.sqrt(levels + 1)));
  return {
    name,
    draw(rng) {
      sumOfSquares(term, null);
      coordinates.fromFactor(lambda, z);
      for (let i = 0; i < z.length; i++)
        z[i] = sliceUpdate(rng, z[i]!, widths[i]!, (value) => {
          z[i] = value;
          return density();
        });
      coordinates.toFactor(z, lambda);
      sphericalFromEffects(state, t);
    },
    logConditional() {
      sumOfSquares(term, null);
      coordinates.fromFactor(lambda, z);
      return density(); // density of the coordinates z
    },
  };
}

/** @param known inverse of the known covariance across levels: b ~ N(0, A ⊗ Σ) */
export function covarianceGivenEffects(
  state: GibbsState,
  t: number,
  prior: CovariancePrior,
  coordinates: CovarianceCoordinates,
  label: string,
  known?: LevelPrecision,
): Block[] {
  const { q } = coordinates;
  const lambda = state.lambda[t]!;
  const b = state.b[t]!;
  const mixing = state.mixing[t]!;
  const levels = b.length / q;
  const S = new Float64Array(q * q);
  const work = new Float64Array(q * q);
  const name = `covariance of ${label} given its effects`;

  const related = known ? new Float64Array(b.length) : b;
  const term: TermEffects = { state, t, coordinates, known, lambda, b, mixing, levels, S, work, name, related };

  if (prior.kind === "separate") {
    const { diagonal, homogeneous } = coordinates.chart.structure;
    const uncorrelated = (diagonal && !homogeneous) || q === 1;
    if (uncorrelated && prior.sd.every((sd) => sd.name === "inverseGammaVariance"))
      return [
        conjugateVariances(
          term,
          prior.sd.map(({ parameters }) => parameters),
        ),
      ];
    const laws = prior.sd.map(halfT);
    if (uncorrelated && laws.every((law) => law !== null)) {
      const found = laws.map((law) => law!);
      return [mixingBlock(state, t, found, label), independentVariances(term, found)];
    }
    return [sliceBlock(term, prior)];
  }
  if (prior.kind === "huang-wand") {
    const scale = new Float64Array(q * q);
    const setScale = () => {
      for (let a = 0; a < q; a++) scale[a * q + a] = (2 * prior.df) / mixing[a]!;
    };
    return [huangWandMixing(state, t, prior, label), wishartBlock(term, prior.df + q - 1, scale, setScale, null)];
  }
  const scale = Float64Array.from(prior.scale);
  return [wishartBlock(term, prior.df, scale, () => undefined, prior.kind === "expanded" ? mixing : null)];
}

/** a_k | sd of half-t priors: a_k ~ IG((df + 1)/2, df/σ² + 1/A²) (Wand et al. 2011, "Mean field variational Bayes", result 5). */
function mixingBlock(
  state: GibbsState,
  t: number,
  laws: readonly { df: number; scale: number }[],
  label: string,
): Block {
  const a = state.mixing[t]!;
  const lambda = state.lambda[t]!;
  const q = laws.length;
  const rate = (k: number) => laws[k]!.df / lambda[k * q + k]! ** 2 + laws[k]!.scale ** -2;
  return {
    name: `scales of the prior of ${label}`,
    draw(rng) {
      for (let k = 0; k < q; k++) a[k] = inverseGammaVariate(rng, (laws[k]!.df + 1) / 2, rate(k));
    },
    logConditional() {
      let sum = 0;
      for (let k = 0; k < q; k++) sum -= ((laws[k]!.df + 1) / 2 + 1) * Math.log(a[k]!) + rate(k) / a[k]!;
      return sum;
    },
  };
}

/** a_k | Σ ~ IG((df + q)/2, df (Σ⁻¹)_kk + 1/A_k²) (Huang & Wand 2013, "Simple marginally noninformative prior distributions", section 4.2). */
function huangWandMixing(
  state: GibbsState,
  t: number,
  prior: CovariancePrior & { kind: "huang-wand" },
  label: string,
): Block {
  const a = state.mixing[t]!;
  const q = a.length;
  const lambda = state.lambda[t]!;
  const column = new Float64Array(q);
  const rates = new Float64Array(q);
  const setRates = () => {
    for (let k = 0; k < q; k++) {
      // (Σ⁻¹)_kk = |Λ⁻¹e_k|².
      column.fill(0);
      column[k] = 1;
      let square = 0;
      for (let i = k; i < q; i++) {
        let sum = column[i]!;
        for (let c = k; c < i; c++) sum -= lambda[i * q + c]! * column[c]!;
        column[i] = sum / lambda[i * q + i]!;
        square += column[i]! ** 2;
      }
      rates[k] = prior.df * square + prior.scales[k]! ** -2;
    }
  };
  return {
    name: `scales of the prior of ${label}`,
    draw(rng) {
      setRates();
      for (let k = 0; k < q; k++) a[k] = inverseGammaVariate(rng, (prior.df + q) / 2, rates[k]!);
    },
    logConditional() {
      setRates();
      let sum = 0;
      for (let k = 0; k < q; k++) sum -= ((prior.df + q) / 2 + 1) * Math.log(a[k]!) + rates[k]! / a[k]!;
      return sum;
    },
  };
}
