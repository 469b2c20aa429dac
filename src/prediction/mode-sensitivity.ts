/**
 * What is uncertain in a conditional prediction from a maximum-likelihood fit: the parameters x, and the random effects b given x.
 *
 * Var f(x̂, b̂) ≈ (f_x + f_b ∂b̂/∂x) V (f_x + f_b ∂b̂/∂x)' + f_b C f_b', with V the covariance of x̂, b̂(x) the conditional modes and C
 * the conditional covariance of all random effects together (Kass & Steffey 1989, JASA 84, 717–726, eq. 3.4; Booth & Hobert 1998, JASA 93,
 * 262–272). For a Gaussian response the part of the coefficients is that of Henderson's mixed model equations,
 * Var(β̂ − β, b̂ − b) = [X'R⁻¹X X'R⁻¹Z; Z'R⁻¹X Z'R⁻¹Z + G⁻¹]⁻¹, to which the uncertainty of the variances is added.
 */
import type { EffectsCovariance } from "../marginal/effects-covariance.ts";
import { projectedGradient, type TouchedLevels, varianceOfTouched } from "../marginal/effects-covariance.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { ConditionalOnData, MaximumLikelihoodFit } from "../model/fit.ts";
import { type GradientCoordinates, gradientCoordinates } from "./gradient-coordinates.ts";

/** Step of the central differences of b̂(x), in standard errors of each parameter: the modes are smooth on that scale. */
const stepInStandardErrors = 1e-3;

/** ∂b̂/∂x_j, in the coordinates of variances, by parameter, by term (levels × q); null for parameters without uncertainty (held at a boundary). */
export type ModeSensitivity = readonly (readonly Float64Array[] | null)[];

interface ConditionalUncertainty {
  readonly coordinates: GradientCoordinates;
  readonly sensitivity: ModeSensitivity;
  /** Null where the estimate has no conditional modes. */
  readonly covariance: EffectsCovariance | null;
}

const known = new WeakMap<MaximumLikelihoodFit, ConditionalUncertainty>();

/** Computed on first use. */
function uncertaintyOf(fit: MaximumLikelihoodFit): ConditionalUncertainty {
  let found = known.get(fit);
  if (!found) {
    const { model, estimate } = fit;
    const coordinates = gradientCoordinates(fit, true);
    const x = estimate.slice();
    if (coordinates.standardised) model.standardisation.toStandardised(estimate, x);
    const method = chooseIntegral(model).integral;
    const integral = () => (coordinates.standardised ? model.standardisedMarginal(method) : model.marginal(method));
    // an integral of its own: the covariance is good for as long as nobody evaluates that elsewhere
    const conditional = fit.linearised?.() ?? integral();
    const sensitivity = sensitivityOf(x, coordinates.covariance, conditional);
    found = { coordinates, sensitivity, covariance: conditional.effectsCovariance(x) };
    known.set(fit, found);
  }
  return found;
}

function sensitivityOf(estimate: Float64Array, covariance: Float64Array, conditional: ConditionalOnData) {
  const size = estimate.length;
  const modesAt = (x: Float64Array) => conditional.conditionalModes(x).modes;
  const x = estimate.slice();
  return Array.from({ length: size }, (_, j) => {
    const se = Math.sqrt(covariance[j * size + j]!);
    if (!(se > 0)) return null;
    const h = stepInStandardErrors * se;
    x[j] = estimate[j]! + h;
    const upper = modesAt(x).map((modes) => modes.slice());
    x[j] = estimate[j]! - h;
    const lower = modesAt(x);
    x[j] = estimate[j]!;
    return upper.map((modes, t) => modes.map((value, k) => (value - lower[t]![k]!) / (2 * h)));
  });
}

/** Moves gradients in the user's parameters and random effects to the coordinates of variances. */
export function moveGradients(fit: MaximumLikelihoodFit, gx: Float64Array, gb: readonly Float64Array[]): void {
  const { coordinates } = uncertaintyOf(fit);
  coordinates.parameters(gx);
  fit.model.design.random.forEach(({ q }, t) => {
    for (let at = 0; at < gb[t]!.length; at += q) coordinates.effects(gb[t]!, t, at);
  });
}

export const modeSensitivity = (fit: MaximumLikelihoodFit): ModeSensitivity => uncertaintyOf(fit).sensitivity;

/** The covariance of all random effects of a fit together, given the data, at its estimate; null where there are no conditional modes. */
export const effectsCovariance = (fit: MaximumLikelihoodFit): EffectsCovariance | null => uncertaintyOf(fit).covariance;

/** gx += gb·∂b̂/∂x over all levels, in the coordinates of variances. */
export function addThroughModes(fit: MaximumLikelihoodFit, gb: readonly Float64Array[], gx: Float64Array): void {
  modeSensitivity(fit).forEach((terms, j) => {
    terms?.forEach((derivative, t) => {
      const g = gb[t]!;
      let s = 0;
      for (let k = 0; k < g.length; k++) s += g[k]! * derivative[k]!;
      gx[j]! += s;
    });
  });
}

/** A vector for each gradient in the random effects, such that scalar products are the covariances f_b C h_b'. */
export function projectedOnEffects(fit: MaximumLikelihoodFit, gb: readonly Float64Array[]): Float64Array {
  const covariance = effectsCovariance(fit);
  return covariance ? projectedGradient(covariance, gb) : Float64Array.of(Number.NaN);
}

/**
 * Variance of a quantity with gradient gx in the parameters and gb in the random effects, gb zero but at the touched levels: costs what these
 * reach in the factor of C. Adds to `gx`, and clears `gb` and `touched`.
 */
export function varianceWithEffects(
  fit: MaximumLikelihoodFit,
  gx: Float64Array,
  gb: readonly Float64Array[],
  touched: TouchedLevels,
): number {
  const { coordinates, sensitivity, covariance } = uncertaintyOf(fit);
  const { random } = fit.model.design;
  coordinates.parameters(gx);
  for (let k = 0; k < touched.count; k++) {
    const t = touched.term[k]!;
    coordinates.effects(gb[t]!, t, touched.level[k]! * random[t]!.q);
  }
  let variance = covariance ? varianceOfTouched(covariance, gb, touched) : Number.NaN;
  for (let k = 0; k < touched.count; k++) {
    const t = touched.term[k]!;
    const { q } = random[t]!;
    const from = touched.level[k]! * q;
    const g = gb[t]!;
    for (let j = 0; j < gx.length; j++) {
      const derivative = sensitivity[j]?.[t];
      if (derivative) for (let e = from; e < from + q; e++) gx[j]! += g[e]! * derivative[e]!;
    }
  }
  variance += quadraticForm(coordinates.covariance, gx, gx);
  for (let k = 0; k < touched.count; k++) {
    const { q } = random[touched.term[k]!]!;
    const from = touched.level[k]! * q;
    gb[touched.term[k]!]!.fill(0, from, from + q);
  }
  touched.count = 0;
  return variance;
}

/** g V h' for a size × size covariance. */
export function quadraticForm(V: Float64Array, g: Float64Array, h: Float64Array): number {
  const size = g.length;
  let s = 0;
  for (let j = 0; j < size; j++) {
    const gj = g[j]!;
    if (gj === 0) continue;
    let row = 0;
    for (let k = 0; k < size; k++) row += V[j * size + k]! * h[k]!;
    s += gj * row;
  }
  return s;
}
