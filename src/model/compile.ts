/** Compiles a declaration and a table into a `CompiledModel`. */

import { compileKernel } from "../autodiff/compile-kernel.ts";
import { buildDesign } from "../data/build-design.ts";
import type { Design, Estimation } from "../data/design.ts";
import type { Table } from "../data/table.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { hasNoResidual } from "../dsl/no-residual.ts";
import { constantParameters } from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { withoutResidual } from "../families/given-sigma.ts";
import { isLinearMean, ofMean } from "../families/of-mean.ts";
import { hasCorrelatedRows } from "../marginal/correlated/correlated-rows.ts";
import { typicalSigma } from "../marginal/gaussian/exact-integral.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import { makeIntegral } from "../marginal/integral-maker.ts";
import { inOriginalUnits } from "../marginal/rescaled.ts";
import { DeclarationError } from "../messages/issue.ts";
import { noResidualBeside } from "../messages/without-residual.ts";
import { meanAsDensity } from "../nonlinear/mean-kernel.ts";
import { hasTracedVariance, tracedVarianceColumns } from "../nonlinear/traced-variance.ts";
import { residualOf } from "../residual/residual.ts";
import { chooseIntegral, hasExact } from "./choose-integral.ts";
import type { CompiledModel } from "./compiled-model.ts";
import { familyOfDesign, givenFamily } from "./compose-family.ts";
import type { ObservationKernel } from "./observation-kernel.ts";
import { parameterLayout } from "./parameter-layout.ts";
import { predictorUnit } from "./predictor-unit.ts";
import { renewed } from "./residual-family.ts";
import { resolvePredictors } from "./resolve-predictors.ts";
import type { Standardisation } from "./standardise.ts";
import { standardise } from "./standardise.ts";
import { checkWithoutResidual, NEXT_TO_NOTHING } from "./without-residual.ts";

/** The columns the density of `family` reads, and what multiplies each row's log density. */
function densityColumns(design: Design, family: Family): Pick<IntegralData, "columns" | "multiplier"> {
  const { n } = design;
  const columns: Record<string, Float64Array> = { y: design.y };
  for (const name of family.columns) if (design.columns?.[name]) columns[name] = design.columns[name];
  if (family.curve && design.residual && hasTracedVariance(design.residual))
    Object.assign(columns, tracedVarianceColumns(design.residual));
  if (family.columns.includes("trials")) columns["trials"] = design.trials ?? new Float64Array(n).fill(1);
  if (family.columns.includes("weights")) columns["weights"] = design.weights ?? new Float64Array(n).fill(1);
  // weights a density has no place for multiply it, as prior weights do in R's glm
  const multiplying = family.columns.includes("weights") ? null : design.weights;
  const frequency = design.frequencyWeights;
  if (!multiplying || !frequency) return { columns, multiplier: multiplying ?? frequency };
  return { columns, multiplier: frequency.map((f, i) => f * multiplying[i]!) };
}

/** What a model with another response can take over from this one. */
interface Reusable {
  readonly standardisation: Standardisation;
  readonly kernel: () => ObservationKernel;
}

function assemble(design: Design, table: Table, family: Family, reuse?: Reusable): CompiledModel {
  const issues = family.checkResponse(design.y, design.trials, design.rows, design.responseName);
  if (issues.length > 0) throw new DeclarationError(issues);
  const { random, n } = design;
  const unit = predictorUnit(design, family);
  const predictors =
    unit === 1
      ? design.predictors
      : design.predictors.map((predictor) =>
          // other parameters than the mean are on scales of their own
          isLinearMean(predictor) ? { ...predictor, unit } : predictor,
        );
  const betaSizes = predictors.map((predictor) => predictor.names.length);
  const layout = parameterLayout(betaSizes, random, family.parameters.length);
  const { residual } = design;
  const thresholds = constantParameters(family).filter(({ kind }) => kind === "threshold").length;
  const data: IntegralData = {
    n,
    predictors,
    random,
    layout,
    ...densityColumns(design, family),
    ...(residual && { residual }),
    ...(thresholds > 0 && { thresholds }),
    ...(family.sigma !== undefined && { sigma: family.sigma }),
  };
  const standardisation: Standardisation = reuse
    ? {
        ...reuse.standardisation,
        data: { ...reuse.standardisation.data, columns: data.columns, ...(residual && { residual }) },
      }
    : standardise(data);
  let compiled: ObservationKernel | undefined;
  // correlated rows have no density of their own: what is compiled is their mean
  const ofMean = hasCorrelatedRows(data) && !residual!.variance.some(({ fitted }) => fitted);
  const traced = ofMean ? meanAsDensity(family) : family;
  const kernelOf = reuse?.kernel ?? (() => (compiled ??= compileKernel(traced)));
  const gaussian = hasExact({ family, data });
  const standardisedMarginal: CompiledModel["standardisedMarginal"] = (method) =>
    makeIntegral(standardisation.data, method.kind === "exact" ? null : kernelOf(), method);
  return {
    spec: design.spec,
    table,
    family,
    design,
    residual: residualOf(residual, n),
    layout,
    data,
    standardisation,
    gaussian,
    get kernel() {
      return kernelOf();
    },
    standardisedMarginal,
    marginal: (method) => inOriginalUnits(standardisedMarginal(method), standardisation, layout),
    withoutRandomEffects() {
      const plainLayout = parameterLayout(betaSizes, [], family.parameters.length);
      const plain = { ...standardisation.data, random: [], layout: plainLayout };
      const { exact, integral } = chooseIntegral({ family, data });
      return makeIntegral(plain, exact ? null : kernelOf(), integral);
    },
    withResponse: (y, other = table) =>
      assemble(renewed({ ...design, y }), other, family, { standardisation, kernel: kernelOf }),
    withPriors(priors, origin) {
      const spec = { ...design.spec, priors };
      const own = origin === undefined ? design : { ...design, priorOrigin: origin };
      return assemble({ ...own, spec }, table, family, { standardisation, kernel: kernelOf });
    },
  };
}

/** The model of a design that was made from another one, as in a resample, with the family of that one. */
export const modelOfDesign = (design: Design, table: Table, family: Family): CompiledModel =>
  assemble(design, table, family);

/** A Gaussian model whose random effects stand for its residual. */
function compileWithoutResidual(spec: ModelSpec, table: Table, base: Family, estimation: Estimation): CompiledModel {
  const beside = [
    ...(spec.residual ? [noResidualBeside(".residual()")] : []),
    ...(spec.weights === null ? [] : [noResidualBeside(".weights()")]),
  ];
  if (beside.length > 0) throw new DeclarationError(beside);
  const unit = withoutResidual(base, 1);
  const mean = { ...spec, predictors: [ofMean(spec.predictors)] };
  const design = { ...buildDesign(mean, table, unit, estimation), spec };
  const { layout, standardisation } = assemble(design, table, unit);
  checkWithoutResidual(design, layout);
  return assemble(design, table, withoutResidual(base, NEXT_TO_NOTHING * typicalSigma(standardisation.data)));
}

/**
 * Builds design, kernel and integral of a declaration on a table.
 *
 * @param estimation `posterior` keeps what proper priors determine though the data do not: columns that are combinations of others, declared levels
 *   without rows, factors and groups of one level, as many random effects as rows; default `likelihood`
 * @throws DeclarationError with every fault of the declaration, the table and the response
 */
export function compileModel(
  declared: ModelSpec,
  table: Table,
  base: Family,
  estimation: Estimation = "likelihood",
): CompiledModel {
  const { spec, family: predicted } = resolvePredictors(declared, base);
  if (hasNoResidual(spec, predicted)) return compileWithoutResidual(spec, table, predicted, estimation);
  const given = givenFamily(spec, predicted);
  const { family, design } = familyOfDesign(given, buildDesign(spec, table, given, estimation));
  return assemble(design, table, family);
}
