/**
 * A target as plain data, and the target built of it. The draws of a chain are a pure function of this data and the chain's settings, so
 * that a worker thread and the main thread give the same bits.
 */
import type { KernelText } from "../autodiff/kernel-text.ts";
import { columnsForText, kernelFromText, kernelToText } from "../autodiff/kernel-text.ts";
import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { posteriorChart } from "../charts/posterior-chart.ts";
import { createMarginalLikelihood } from "../marginal/create.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { Standardisation } from "../model/standardise.ts";
import { standardise } from "../model/standardise.ts";
import { isSmoothThroughZero } from "../priors/density.ts";
import { logPrior } from "../priors/log-prior.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { integratedPosterior } from "./integrated-posterior.ts";
import { jointPosterior } from "./joint-posterior.ts";
import type { LogDensity } from "./log-density.ts";

export interface TargetData {
  /** `integrated`: random effects integrated out by `method`; `joint`: sampled, standardised. */
  readonly kind: "integrated" | "joint";
  readonly method: IntegralMethod;
  /** In the user's units. */
  readonly data: IntegralData;
  /** The log density of a row; null where `method` is exact and does not use it. */
  readonly kernel: KernelText | null;
  readonly priors: ResolvedPriors;
}

export interface Target {
  readonly density: LogDensity;
  /** Chart of the first `chart.size` coordinates, in standardised units. In a joint target the random effects u follow. */
  readonly chart: PosteriorChart;
  readonly standardisation: Standardisation;
  /** The integral in standardised units; absent from a joint target. */
  readonly marginal?: MarginalLikelihood;
  /** Natural parameters in the user's units of coordinates z, with non-negative diagonals of Λ. */
  toNatural(z: Float64Array, x: Float64Array): void;
  /** Random effects b by term (levels × q) in the user's units, from the coordinates z of a joint target. */
  randomEffects?(z: Float64Array, out: readonly Float64Array[]): void;
}

/** The data of a target for a compiled model. */
export function targetData(
  model: CompiledModel,
  kind: TargetData["kind"],
  method: IntegralMethod,
  priors: ResolvedPriors,
): TargetData {
  const needsKernel = kind === "joint" || method.kind !== "exact";
  const columns = needsKernel ? columnsForText(model.kernel, model.data.columns, model.data.n) : model.data.columns;
  return {
    kind,
    method,
    data: { ...model.data, columns },
    kernel: needsKernel ? kernelToText(model.kernel) : null,
    priors,
  };
}

/** T of β = Tβ̃ as a matrix, from the images of the unit vectors. */
function coefficientMap(standardisation: Standardisation, size: number, coefficients: number): Float64Array {
  const T = new Float64Array(coefficients * coefficients);
  const unit = new Float64Array(size);
  const image = new Float64Array(size);
  for (let k = 0; k < coefficients; k++) {
    unit[k] = 1;
    standardisation.toOriginal(unit, image);
    unit[k] = 0;
    for (let j = 0; j < coefficients; j++) T[j * coefficients + k] = image[j]!;
  }
  return T;
}

/** Builds the log density and its chart. */
export function buildTarget({ kind, method, data, kernel: text, priors }: TargetData): Target {
  const { layout } = data;
  const standardisation = standardise(data);
  const signed = priors.sd.map((term) => term.map(({ distribution }) => isSmoothThroughZero(distribution)));
  const chart = posteriorChart(layout, signed, priors.phiSupport);
  const prior = logPrior(chart, priors, {
    coefficientMap: coefficientMap(standardisation, layout.size, chart.coefficients),
    logDeterminant: standardisation.logDeterminant,
    scales: standardisation.scales,
  });
  const kernel = text && kernelFromText(text);
  const inner = new Float64Array(layout.size);
  const toNatural = (z: Float64Array, x: Float64Array) => {
    chart.toNatural(z.length === chart.size ? z : z.subarray(0, chart.size), inner);
    chart.fold(inner);
    standardisation.toOriginal(inner, x);
  };
  if (kind === "integrated") {
    const marginal = createMarginalLikelihood(standardisation.data, kernel, method);
    return { density: integratedPosterior(marginal, chart, prior), chart, standardisation, marginal, toNatural };
  }
  if (!kernel) throw new Error("A joint target needs the compiled log density of the family.");
  const joint = jointPosterior(standardisation.data, kernel, chart, prior);
  const randomEffects = (z: Float64Array, out: readonly Float64Array[]) => {
    joint.randomEffects(z, out);
    out.forEach((b, t) => {
      const scale = standardisation.scales[t]!;
      const q = scale.length;
      for (let i = 0; i < b.length; i++) b[i]! /= scale[i % q]!;
    });
  };
  return { density: joint.density, chart, standardisation, toNatural, randomEffects };
}
