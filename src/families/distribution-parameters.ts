/**
 * The parameters of a distribution, all of them in one list: those that linear predictors are of, the mean's first, and those that are constants. Tables,
 * priors, starting values, charts and predictions read here what a parameter is called, where it stands, and what its family says of it.
 */
import type { Family, FamilyParameter } from "./family.ts";
import { isMeans, MEAN } from "./of-mean.ts";
import { type LinkOfParameter, linkOfParameter } from "./parameter-link.ts";

/** broom.mixed's name of the mean's component, where it also puts what has no predictor: residual and family parameters. */
export const MEAN_COMPONENT = "cond";

/** The name by which a declaration means the family's dispersion, whatever the family calls it, and its component in tables. */
export const DISPERSION = "disp";

/** As what tables report a constant: the residual standard deviation, a threshold, a parameter of a residual structure, or one under its own name. */
export type ConstantKind = "sigma" | "threshold" | "residual" | "parameter";

export interface DistributionParameter {
  /** As tables and declarations have it: `mu`, `sigma`, `theta`, a parameter of a nonlinear mean. */
  readonly name: string;
  /** The component of tables that its predictor belongs to: `cond` of the mean, `disp` of the dispersion, else its name. */
  readonly component: string;
  /** The place of its linear predictor; null for a constant. */
  readonly predictor: number | null;
  /** Its place among the constants φ; null where it has a predictor. */
  readonly constant: number | null;
  /** What the family says of it; null where its density reads the linear predictor as it is: of the mean, and of predictors of its own. */
  readonly said: FamilyParameter | null;
  /** Between the parameter and a linear predictor of it; null where there can be none, and of the mean. */
  readonly link: LinkOfParameter | null;
  /** As what tables report it where it is a constant. */
  readonly kind: ConstantKind;
  /** The class of priors for it where it is a constant. */
  readonly priorClass: "sigma" | "threshold" | "aux";
}

/** What of a family's record its parameters follow from. */
export type Parametrised = Pick<Family, "predictors" | "parameters" | "predicted" | "curve">;

/** How many of a family's predictors, its first, are those that its density reads as they are: all that no parameter was given. */
export const predictorsOfDensity = ({ predictors, predicted = [] }: Pick<Family, "predictors" | "predicted">): number =>
  predictors.length - predicted.length;

/** The component of the predictor of a parameter. */
const componentOf = ({ name, dispersion }: FamilyParameter): string => (dispersion ? DISPERSION : name);

function describe(said: FamilyParameter, predictor: number | null, constant: number | null): DistributionParameter {
  const kind = said.threshold ? "threshold" : (said.reported ?? "parameter");
  return {
    name: said.name,
    component: componentOf(said),
    predictor,
    constant,
    said,
    link: linkOfParameter(said),
    kind,
    priorClass: kind === "threshold" ? kind : said.name === "sigma" ? "sigma" : "aux",
  };
}

function collect(family: Parametrised): readonly DistributionParameter[] {
  const { predictors, parameters, predicted = [], curve } = family;
  const own = predictorsOfDensity(family);
  return [
    ...predictors.slice(0, own).map(
      (name, r): DistributionParameter => ({
        name,
        component: curve || isMeans(r) || name === MEAN ? MEAN_COMPONENT : name,
        predictor: r,
        constant: null,
        said: null,
        link: null,
        kind: "parameter",
        priorClass: "aux",
      }),
    ),
    ...predicted.map((said, k) => describe(said, own + k, null)),
    ...parameters.map((said, g) => describe(said, null, g)),
  ];
}

const known = new WeakMap<Parametrised, readonly DistributionParameter[]>();

/**
 * All parameters of a family: those with linear predictors in their order, then the constants φ in theirs.
 *
 * @example distributionParameters(nbinom2()).map(({ name }) => name); // ["mu", "theta"]
 */
export function distributionParameters(family: Parametrised): readonly DistributionParameter[] {
  const parameters = known.get(family) ?? collect(family);
  known.set(family, parameters);
  return parameters;
}

/** The parameter that the r-th linear predictor is of. */
export const parameterOfPredictor = (family: Parametrised, r: number): DistributionParameter =>
  distributionParameters(family)[r]!;

/** Those that the family says something of and a declaration gave predictors. */
export const predictedParameters = (family: Parametrised): readonly DistributionParameter[] =>
  distributionParameters(family).filter(({ predictor, said }) => predictor !== null && said !== null);

/** The constants φ, in their order. */
export const constantParameters = (family: Parametrised): readonly DistributionParameter[] =>
  distributionParameters(family).filter(({ constant }) => constant !== null);

/** The parameter of a name that the family says something of, whether it is a constant or has a predictor. */
export const parameterNamed = (family: Parametrised, name: string): DistributionParameter | undefined =>
  distributionParameters(family).find((parameter) => parameter.said !== null && parameter.name === name);

/** The residual standard deviation of a normal response where it is estimated; undefined for other families, and where it is given. */
export const residualSd = (family: Parametrised): DistributionParameter | undefined =>
  distributionParameters(family).find(({ kind }) => kind === "sigma");

/** The constant that priors of the class `sigma` are for, which a family of one's own may have too. */
export const sigmaOf = (family: Parametrised): DistributionParameter | undefined =>
  constantParameters(family).find(({ priorClass }) => priorClass === "sigma");

/** The parameter that `.dispersion()` means, whether or not it has a predictor already; undefined where the family has none. */
export const dispersionOf = (family: Parametrised): DistributionParameter | undefined =>
  distributionParameters(family).find(({ said }) => said?.dispersion);

/** The parameters that have a linear predictor or could have one, but for those that the density reads as predictors anyway. */
export const predictableParameters = (family: Parametrised): readonly DistributionParameter[] =>
  constantParameters(family).filter(({ link }) => link !== null);
