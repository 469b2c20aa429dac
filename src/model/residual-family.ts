/** The Gaussian family of a model with a residual structure: the structure's parameters follow sigma. */
import type { Design } from "../data/design.ts";
import { type Family, type FamilyParameter, isGaussian } from "../families/family.ts";
import { hasExactIntegral } from "../marginal/gaussian/predicted-variance.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { onePredictor, onlyGaussian } from "../messages/residual.ts";
import { hasTracedVariance, tracedSd, tracedVarianceNames } from "../nonlinear/traced-variance.ts";
import { halfStudentT, normal, uniform } from "../priors/distributions.ts";
import { type ResidualParameter, residualParameters } from "../residual/residual-parameters.ts";
import { spreadOfCovariate } from "../residual/variance-function.ts";

/** A weak prior for a parameter whose scale is that of the data: exponents of a covariate by its spread, ranges by the distances. */
function defaultPrior(parameter: ResidualParameter, design: Design): FamilyParameter["prior"] {
  const { name, support, start } = parameter;
  if (typeof support === "object") return uniform(support.lower, support.upper);
  if (support === "unit") return uniform(0, 1);
  if (support === "real") {
    const spread = name.startsWith("varExp") ? spreadOfCovariate(design.residual!.variance, "varExp") : 1;
    return normal(0, 1 / spread);
  }
  return halfStudentT(3, name.endsWith(".range") ? 3 * Math.max(start, ...parameter.alternatives) : 2.5);
}

/**
 * The family with ψ among its parameters; with a nonlinear mean and variances alone its density has them too, since no exact integral knows them.
 *
 * @param family of the response
 * @param around the family whose parameters they join: of a nonlinear mean the one made for it
 * @throws DeclarationError where the model is not Gaussian with identity link, or its dispersion has random effects
 */
export function residualFamily(family: Family, design: Design, around: Family = family): Family {
  const issues: Issue[] = [];
  if (!isGaussian(family)) issues.push(onlyGaussian(family.name, family.link));
  if (!design.spec.nonlinear && !hasExactIntegral(design)) issues.push(onePredictor());
  if (issues.length > 0) throw new DeclarationError(issues);
  const added = residualParameters(design.residual!).parameters.map((parameter): FamilyParameter => {
    const { name, support, start } = parameter;
    return { name, support, start: () => start, prior: defaultPrior(parameter, design)! };
  });
  const parameters = [...around.parameters, ...added];
  const { residual } = design;
  if (!design.spec.nonlinear || !hasTracedVariance(residual!)) return Object.freeze({ ...around, parameters });
  const logDensity: Family["logDensity"] = (ops, row, rowClass) => {
    const sigma = ops.mul(row.parameter["sigma"]!, tracedSd(ops, residual!, row.parameter, row.column));
    return around.logDensity(ops, { ...row, parameter: { ...row.parameter, sigma } }, rowClass);
  };
  return Object.freeze({
    ...around,
    parameters,
    columns: [...around.columns, ...tracedVarianceNames(residual!)],
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
