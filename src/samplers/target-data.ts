/**
 * A target as plain data, and the target built of it. The draws of a chain are a pure function of this data and the chain's settings, so
 * that a worker thread and the main thread give the same bits.
 */
import type { KernelText } from "../autodiff/kernel-text.ts";
import { columnsForText, kernelFromText, kernelToText } from "../autodiff/kernel-text.ts";
import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { posteriorChart } from "../charts/posterior-chart.ts";
import type { Centring, ShrinkageBlock } from "../charts/shrunken-coefficients.ts";
import type { SdCoordinate } from "../covariance/standard-deviation.ts";
import { boundStructure } from "../covariance/structures.ts";
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { ParameterSupport } from "../families/family.ts";
import { createMarginalLikelihood, rowScore } from "../marginal/create.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Standardisation } from "../model/standardise.ts";
import { standardise } from "../model/standardise.ts";
import { isSmoothThroughZero } from "../priors/density.ts";
import { logPrior } from "../priors/log-prior.ts";
import { movedDesign } from "../priors/moved-columns.ts";
import { type OriginMap, originMap } from "../priors/origin-map.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { shrinkageLaw } from "../priors/shrinkage-scales.ts";
import type { Rng } from "../random/rng.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import { hierarchicalCentres } from "./hierarchical-centre.ts";
import { withoutCoefficients } from "./integrated-coefficients.ts";
import { integratedPosterior } from "./integrated-posterior.ts";
import { jointPosterior, type TermCoordinates } from "./joint-posterior.ts";
import type { LogDensity } from "./log-density.ts";
import { responseUnit } from "./response-unit.ts";

export interface TargetData {
  /** `integrated`: random effects integrated out by `method`; `joint`: sampled. */
  readonly kind: "integrated" | "joint";
  readonly method: IntegralMethod;
  /** In the user's units, columns counted from where the priors are stated. */
  readonly data: IntegralData;
  /** The log density of a row; null where `method` is exact and does not use it. */
  readonly kernel: KernelText | null;
  readonly priors: ResolvedPriors;
  /** Where the coordinates of coefficients under a shrinkage prior are centred; absent: nowhere. */
  readonly centring?: Centring;
  /**
   * By term and standard deviation: whether its coordinate is the logarithm although its prior goes smoothly through 0; absent: nowhere. For
   * those that the data keep away from 0.
   */
  readonly logarithms?: readonly (readonly boolean[])[];
  /** `integrated`: the coefficients too are integrated out, and drawn given the rest (`integrated-coefficients.ts`); absent: they are coordinates. */
  readonly coefficients?: "integrated";
  /** The unit of the mean's coefficients and effects (`response-unit.ts`); absent: 1. */
  readonly unit?: number;
  /** Of a joint target, by term; absent: all non-centred. */
  readonly parameterisation?: readonly Parameterisation[];
}

export interface Target {
  readonly density: LogDensity;
  /** Chart of the first `chart.size` coordinates, in standardised units. In a joint target the coordinates of the random effects follow. */
  readonly chart: PosteriorChart;
  /** Of `TargetData.data`. */
  readonly standardisation: Standardisation;
  /** The way between the natural parameters of that and the user's; null where they are the same. */
  readonly origin: OriginMap | null;
  /** The integral in standardised units; absent from a joint target. */
  readonly marginal?: MarginalLikelihood;
  /** How the random effects are sampled, by term; absent from an integrated target. */
  readonly coordinates?: readonly TermCoordinates[];
  /**
   * Natural parameters in the user's units of coordinates z, with non-negative diagonals of Λ.
   *
   * @param rng draws what was integrated out besides random effects
   */
  toNatural(z: Float64Array, x: Float64Array, rng?: Rng): void;
  /** Random effects b by term (levels × q) in the user's units, from the coordinates z of a joint target. */
  randomEffects?(z: Float64Array, out: readonly Float64Array[]): void;
  /** Natural hyperparameters of a shrinkage prior from the coordinates z; absent without one. */
  hyperparameters?(z: Float64Array, out: Float64Array): void;
}

/** The data of a target for a compiled model. */
export function targetData(
  model: CompiledModel,
  kind: TargetData["kind"],
  method: IntegralMethod,
  priors: ResolvedPriors,
  parameterisation: readonly Parameterisation[] | null = null,
): TargetData {
  const needsKernel = kind === "joint" || method.kind !== "exact";
  const unit = responseUnit(model);
  const columns = needsKernel ? columnsForText(model.kernel, model.data.columns, model.data.n) : model.data.columns;
  return {
    kind,
    method,
    data: { ...(priors.origin ? movedDesign(model.data, priors.origin) : model.data), columns },
    kernel: needsKernel ? kernelToText(model.kernel) : null,
    priors,
    ...(unit !== 1 && { unit }),
    ...(parameterisation && { parameterisation }),
  };
}

/** The linear map of coefficients in `map` (T of β = Tβ̃, or its inverse) as a matrix, from the images of the unit vectors. */
function coefficientMap(map: Standardisation["toOriginal"], size: number, coefficients: number): Float64Array {
  const T = new Float64Array(coefficients * coefficients);
  const unit = new Float64Array(size);
  const image = new Float64Array(size);
  for (let k = 0; k < coefficients; k++) {
    unit[k] = 1;
    map(unit, image);
    unit[k] = 0;
    for (let j = 0; j < coefficients; j++) T[j * coefficients + k] = image[j]!;
  }
  return T;
}

/** How the thresholds of an ordered response move with each standardised coefficient. */
function thresholdLevel(standardisation: Standardisation, layout: ParameterLayout, coefficients: number): Float64Array {
  const level = new Float64Array(standardisation.data.thresholds ? coefficients : 0);
  const unit = new Float64Array(layout.size);
  const image = new Float64Array(layout.size);
  for (let k = 0; k < level.length; k++) {
    unit[k] = 1;
    standardisation.toOriginal(unit, image);
    unit[k] = 0;
    level[k] = image[layout.phi.offset]!;
  }
  return level;
}

function shrinkageBlock(
  { priors: { shrinkage, fixed }, centring, data }: TargetData,
  standardisation: Standardisation,
): ShrinkageBlock | null {
  if (!shrinkage) return null;
  const { coefficients: positions, sigma } = shrinkage;
  const zeros = positions.map(() => 0);
  return {
    scales: shrinkageLaw(shrinkage),
    positions,
    sigma,
    standardising: coefficientMap(standardisation.toStandardised, data.layout.size, fixed.length),
    centring: centring ?? { precision: zeros, shift: zeros },
  };
}

/** A uniform prior bounds the coordinate, so that no trajectory runs into its end. @param scale standardised over the user's sd */
function sdCoordinate({ name, parameters }: PriorDistribution, scale: number, smooth: boolean): SdCoordinate {
  if (name !== "uniform") return smooth;
  const [lower, upper] = parameters as [number, number];
  return { lower: (smooth ? -upper : lower) * scale, upper: upper * scale };
}

/** Supports of the family's parameters, within the bounds of their uniform priors. */
function parameterSupports({ phi, phiSupport }: ResolvedPriors): ParameterSupport[] {
  return phiSupport.map((support, g) => {
    const { name, parameters } = phi[g]!.distribution;
    if (name !== "uniform" || support === "ordered") return support;
    return { lower: parameters[0]!, upper: parameters[1]! };
  });
}

/** Builds the log density and its chart. */
export function buildTarget(target: TargetData): Target {
  if (target.coefficients) return withoutCoefficients(target, buildTarget);
  const { kind, method, data, kernel: text, priors, parameterisation } = target;
  const { layout } = data;
  // priors are on the user's standard deviations, each of which has to be one coordinate's
  const standardisation = standardise(data, { diagonal: true, ...(target.unit && { unit: target.unit }) });
  const kinds = data.random.map((_, t) => (kind === "joint" && parameterisation?.[t]) || "non-centred");
  // The density of a centred term, and an inverse-Wishart prior, have a pole at a standard deviation of 0: its sign has no meaning, its logarithm is the coordinate.
  const sds = priors.sd.map((term, t) =>
    term.map(({ distribution }, a) => {
      if (priors.covariances?.[t]) return false;
      const smooth =
        kinds[t] === "non-centred" &&
        boundStructure(layout.terms[t]!).signedSds &&
        !target.logarithms?.[t]?.[a] &&
        isSmoothThroughZero(distribution);
      return sdCoordinate(distribution, standardisation.scales[t]![a]!, smooth);
    }),
  );
  const chart = posteriorChart(layout, sds, parameterSupports(priors), shrinkageBlock(target, standardisation));
  const toOriginal = coefficientMap(standardisation.toOriginal, layout.size, chart.coefficients);
  const prior = logPrior(chart, priors, {
    coefficientMap: toOriginal,
    logDeterminant: standardisation.logDeterminant,
    thresholdLevel: thresholdLevel(standardisation, layout, chart.coefficients),
    scales: standardisation.scales,
  });
  const kernel = text && kernelFromText(text);
  const origin = priors.origin ? originMap(priors.origin, layout, data.thresholds ?? 0) : null;
  const inner = new Float64Array(layout.size);
  const toNatural = (z: Float64Array, x: Float64Array) => {
    chart.toNatural(z.length === chart.size ? z : z.subarray(0, chart.size), inner);
    chart.fold(inner);
    standardisation.toOriginal(inner, x);
    origin?.toUser(x);
  };
  const { shrunken } = chart;
  const common = {
    chart,
    standardisation,
    origin,
    toNatural,
    ...(shrunken && {
      hyperparameters: (z: Float64Array, out: Float64Array) =>
        shrunken.block.scales.toNatural(z, shrunken.offset, shrunken.logSigma(z), out),
    }),
  };
  if (kind === "integrated") {
    const marginal = createMarginalLikelihood(standardisation.data, kernel, method);
    return { ...common, density: integratedPosterior(marginal, chart, prior), marginal };
  }
  if (!kernel) throw new Error("A joint target needs the compiled log density of the family.");
  const centres = hierarchicalCentres(data, kinds, toOriginal, standardisation.scales);
  const coordinates = kinds.map((kind, t) => ({ kind, map: centres[t]! }));
  const joint = jointPosterior(standardisation.data, rowScore(standardisation.data, kernel), chart, prior, coordinates);
  const randomEffects = (z: Float64Array, out: readonly Float64Array[]) => {
    joint.randomEffects(z, out);
    out.forEach((b, t) => {
      const scale = standardisation.scales[t]!;
      const q = scale.length;
      for (let i = 0; i < b.length; i++) b[i]! /= scale[i % q]!;
      origin?.effectsToUser(t, b);
    });
  };
  return { ...common, density: joint.density, coordinates, randomEffects };
}
