/**
 * Coefficients integrated out of a Gaussian posterior, and drawn given the rest. With hardly more rows than coefficients a residual standard
 * deviation near 0 is possible, and the coefficients then are within it of the least-squares ones: a funnel that no step size suits, with a mode
 * at sigma = 0. Of one or two levels the standard deviation may be near 0 too, and the coefficients then are next to what the levels are about. Under
 * normal priors they are one more random term, of one level and with given standard deviations, and the exact integral
 * takes them out.
 */

import { ofMean } from "../families/of-mean.ts";
import type { IntegralPlan } from "../model/choose-integral.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { parameterLayout } from "../model/parameter-layout.ts";
import { originMap } from "../priors/origin-map.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { Rng } from "../random/rng.ts";
import type { Target, TargetData } from "./target-data.ts";

/** Residual degrees of freedom up to which sigma may come near 0. */
const FEW_RESIDUALS = 5;

/** Levels up to which the coefficients of a term's columns are bound to what the levels are about by a standard deviation that may be near 0. */
const FEWEST_LEVELS = 2;

/** Whether the coefficients have to be integrated out, and can be: normal priors, one predictor, a residual sd that is estimated. */
export function shouldIntegrateCoefficients(
  { design, residual, data }: CompiledModel,
  { exact }: IntegralPlan,
  { fixed, shrinkage, jointNormal }: ResolvedPriors,
): boolean {
  if (!exact || data.sigma !== undefined || residual.structured || shrinkage || jointNormal) return false;
  if (fixed.length === 0 || design.predictors.length !== 1) return false;
  const rank = fixed.length - (ofMean(design.predictors).dependent?.length ?? 0);
  const bound = design.n - rank <= FEW_RESIDUALS || design.random.some(({ levels }) => levels.length <= FEWEST_LEVELS);
  return bound && fixed.every(({ distribution }) => distribution.name === "normal");
}

const normals = ({ fixed }: ResolvedPriors) => ({
  means: fixed.map(({ distribution }) => distribution.parameters[0]!),
  sds: fixed.map(({ distribution }) => distribution.parameters[1]!),
});

/** The same target with the coefficients as a random term, the last: X(β − m) of the prior means m, which go into the offset. */
function asRandomTerm(target: TargetData): TargetData {
  const { coefficients: _, ...rest } = target;
  const { data, priors } = target;
  const { dependent: __, ...predictor } = ofMean(data.predictors);
  const { X, names } = predictor;
  const q = names.length;
  const { means, sds } = normals(priors);
  const offset = predictor.offset.map((value, i) => means.reduce((sum, m, j) => sum + m * X[i * q + j]!, value));
  const term = {
    predictor: 0,
    group: "coefficients",
    levels: ["all"],
    index: new Int32Array(data.n),
    q,
    names,
    Z: X,
    covariance: "diag" as const,
    sd: sds,
  };
  const random = [...data.random, term];
  return {
    ...rest,
    data: {
      ...data,
      predictors: [{ ...predictor, names: [], X: new Float64Array(0), offset, intercept: false }],
      random,
      layout: parameterLayout([0], random, data.layout.phi.size),
    },
    priors: { ...priors, fixed: [], sd: [...priors.sd, []], cor: [...priors.cor, null] },
  };
}

/**
 * The target without the coordinates of the coefficients. `toNatural` draws them given the rest, or takes their conditional means where it gets no
 * random numbers.
 *
 * @param build makes the target of its data
 */
export function withoutCoefficients(target: TargetData, build: (target: TargetData) => Target): Target {
  const { origin: place, ...priors } = target.priors;
  const inner = build(asRandomTerm({ ...target, priors }));
  const origin = place ? originMap(place, target.data.layout, 0) : null;
  const { layout } = target.data;
  const { means } = normals(target.priors);
  const p = means.length;
  const { standardisation, marginal } = inner;
  const natural = new Float64Array(layout.size - p);
  const standardised = new Float64Array(layout.size - p);
  const effects = standardisation.data.random.map(({ levels, q }) => new Float64Array(levels.length * q));
  return {
    ...inner,
    origin,
    toNatural(z: Float64Array, x: Float64Array, rng?: Rng) {
      inner.toNatural(z, natural);
      x.set(natural, p);
      standardisation.toStandardised(natural, standardised);
      if (rng) marginal!.drawRandomEffects(standardised, rng, effects);
      const deviations = rng ? effects.at(-1)! : marginal!.conditionalModes(standardised).modes.at(-1)!;
      for (let j = 0; j < p; j++) x[j] = means[j]! + deviations[j]!;
      origin?.toUser(x);
    },
  };
}
