/** The family of a model with a residual structure: the structure's parameters follow sigma. */
import type { Design } from "../data/design.ts";
import { type Family, type FamilyParameter, isGaussian } from "../families/family.ts";
import { hasExactIntegral } from "../marginal/gaussian/exact-integral.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { onePredictor, onlyGaussian } from "../messages/residual.ts";
import { hasTracedVariance, tracedSd, tracedVarianceNames } from "../nonlinear/traced-variance.ts";
import { halfStudentT, normal, uniform } from "../priors/distributions.ts";
import type { ResidualData } from "../residual/residual-data.ts";
import { type ResidualParameter, residualParameters } from "../residual/residual-parameters.ts";
import { spreadOfCovariate } from "../residual/variance-function.ts";

/** A weak prior for a parameter whose scale is that of the data: exponents of a covariate by its spread, ranges by the distances. */
function defaultPrior(parameter: ResidualParameter, residual: ResidualData): FamilyParameter["prior"] {
  const { name, support, start } = parameter;
  if (typeof support === "object") return uniform(support.lower, support.upper);
  if (support === "unit") return uniform(0, 1);
  if (support === "real") {
    const spread = name.startsWith("varExp") ? spreadOfCovariate(residual.variance, "varExp") : 1;
    return normal(0, 1 / spread);
  }
  return halfStudentT(3, name.endsWith(".range") ? 3 * Math.max(start, ...parameter.alternatives) : 2.5);
}

/**
 * The family with ψ among its parameters; with a nonlinear mean and variances alone its density has them too, since no exact integral knows them. The
 * same family where the design has no residual structure.
 *
 * @throws DeclarationError where the response is not Gaussian with identity link, its dispersion has random effects, or a predictor beside a nonlinear mean
 */
export function residualFamily(base: Family, design: Design): Family {
  const { residual } = design;
  if (!residual) return base;
  const issues: Issue[] = [];
  // a curve takes the place of the link
  const response = base.curve ? base.base! : base;
  if (!isGaussian(response)) issues.push(onlyGaussian(response.name, response.link));
  if (base.curve ? base.predicted : !hasExactIntegral(design)) issues.push(onePredictor());
  if (issues.length > 0) throw new DeclarationError(issues);
  const added = residualParameters(residual).parameters.map((parameter): FamilyParameter => {
    const { name, support, start } = parameter;
    return { name, support, reported: "residual", start: () => start, prior: defaultPrior(parameter, residual)! };
  });
  const parameters = [...base.parameters, ...added];
  if (!base.curve || !hasTracedVariance(residual)) return Object.freeze({ ...base, base, parameters });
  const logDensity: Family["logDensity"] = (ops, row, rowClass) => {
    const sigma = ops.mul(row.parameter["sigma"]!, tracedSd(ops, residual, row.parameter, row.column));
    return base.logDensity(ops, { ...row, parameter: { ...row.parameter, sigma } }, rowClass);
  };
  return Object.freeze({
    ...base,
    base,
    parameters,
    columns: [...base.columns, ...tracedVarianceNames(residual)],
    logDensity,
  });
}

/** The design with fitted values of its own in its variance functions, so that refits do not change those of the first fit. */
export function renewed(design: Design): Design {
  const { residual } = design;
  if (!residual?.variance.some(({ fitted }) => fitted)) return design;
  const variance = residual.variance.map((part) =>
    part.fitted ? { ...part, covariate: part.covariate!.slice() } : part,
  );
  return { ...design, residual: { ...residual, variance } };
}
