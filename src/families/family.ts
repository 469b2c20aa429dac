/**
 * A response distribution as a record: one log density in traceable operations, plus what no density gives.
 * A user's own family is the same record and works in every engine.
 */
import { custom, type GenericSchema } from "valibot";
import type { Operations, Tensor } from "../autodiff/operations.ts";
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Issue } from "../messages/issue.ts";
import { recordOf } from "../options/kinds.ts";
import type { Rng } from "../random/rng.ts";

export type LinkName = "identity" | "log" | "logit" | "probit" | "cloglog" | "loglog" | "cauchit" | "inverse" | "sqrt";

/** The tensors of a row (elementwise over rows) that a density is written in. */
export interface RowTensors<T = Tensor> {
  /** Linear predictors, one a predictor of the family. */
  readonly eta: readonly T[];
  /** Global parameters by name, natural scale. */
  readonly parameter: Readonly<Record<string, T>>;
  /** Data columns by name: `y`, `trials`, `weights` … */
  readonly column: Readonly<Record<string, T>>;
}

/** A row's numbers, for the parts that are plain JavaScript. */
export interface RowNumbers {
  readonly eta: readonly number[];
  readonly parameter: Readonly<Record<string, number>>;
  readonly column: Readonly<Record<string, number>>;
}

/** Where a parameter may lie: a named range (`ordered`: above the parameter before it), or between two finite bounds. */
export type ParameterSupport =
  | "positive"
  | "real"
  | "unit"
  | "ordered"
  | { readonly lower: number; readonly upper: number };

/** Links of the parameters of a distribution other than its mean. */
export type ParameterLink = "log" | "logit" | "identity";

export interface FamilyParameter {
  /** Natural-scale name as in tables: `sigma`, `theta`, `shape`. */
  readonly name: string;
  readonly support: ParameterSupport;
  /** The link of a linear predictor of it; absent: log of a positive parameter, logit of one in (0, 1), identity of a real one, of others none. */
  readonly link?: ParameterLink;
  /** Whether it is the one that `.dispersion()` means: a family has one of them, or none. */
  readonly dispersion?: true;
  /** Whether it has the unit of the response, as a standard deviation has: default priors are then scaled by the response's spread. */
  readonly inUnitOfResponse?: true;
  /**
   * Whether the mean of the response depends on it, as on a probability of zeros that no count explains: then a random effect on its predictor moves the
   * mean.
   */
  readonly movesMean?: true;
  /** What tables report it as: the residual standard deviation, or a parameter of a residual structure; absent: a parameter by its own name. */
  readonly reported?: "sigma" | "residual";
  /** Starting value from the response, natural scale. */
  start(y: Float64Array, trials: Float64Array | null): number;
  /** Default prior; absent: one for the support and the size of the start. */
  readonly prior?: PriorDistribution;
  /** A threshold of an ordered response, on the scale of the linear predictor: then there is no intercept. */
  readonly threshold?: true;
}

/** What a family becomes as its parameter leaves every bound. */
export interface FamilyLimit {
  /** Name of the parameter. */
  readonly parameter: string;
  /** A value so far out that the density is that of the limit to rounding: what a fit at the limit carries. */
  readonly at: number;
  /** What tables report there: `Infinity`, or 0. */
  readonly reported: number;
  /** The distribution at the limit, with the same predictors and no parameter. */
  family(): Family;
}

/** What a response is: any real number, a positive one, a share between 0 and 1, a count, successes out of trials, an ordered category. */
export type ResponseKind = "real" | "positive" | "unit" | "count" | "trials" | "ordered";

/** A mean that is a function of several linear predictors and of columns, on the scale of a link. */
export interface NonlinearCurve {
  /** Its parameters, which are the family's predictors, in their order. */
  readonly parameters: readonly string[];
  /** The columns it reads. */
  readonly columns: readonly `data:${string}`[];
  /** Its value in a row. Traced. */
  value(ops: Operations, row: RowTensors): Tensor;
}

/**
 * What stands for the residual standard deviation of a normal family where it is no parameter: a given number, variances that are known row by row
 * (the rows' weights are their inverses), or random effects that tell the rows apart.
 */
export type GivenResidual = "sigma" | "variances" | "effects";

/**
 * How a density with one linear predictor is met by Gibbs sampling: latent normals of which the response says the side, or Pólya-Gamma variables, given
 * either of which it is normal in its predictor; or Gaussian proposals about its mode, accepted exactly.
 */
export type Augmentation = "latent-normals" | "polya-gamma" | "gaussian-proposals";

export interface Family {
  readonly name: string;
  /** Of a composed family: the one it was made from. */
  readonly base?: Family;
  /** Of a family with a nonlinear mean: the curve that is its mean; see `nonlinear/nonlinear-family.ts`. */
  readonly curve?: NonlinearCurve;
  /** What the engines may take the response for; no engine decides by the family's name. */
  readonly response: ResponseKind;
  /**
   * Of the normal distribution with mean μ and variance σ²/weight alone, σ the parameter `sigma`, a given number or a predictor: with an identity link
   * random effects are integrated exactly.
   */
  readonly normal?: true;
  /** Link of the mean: η = g(μ). */
  readonly link: LinkName | "custom";
  /** Roles of the linear predictors; the first is the mean's. */
  readonly predictors: readonly string[];
  readonly parameters: readonly FamilyParameter[];
  /** Of a composed family: the parameters that have linear predictors, those of `predictors` after the mean's; see `with-predictors.ts`. */
  readonly predicted?: readonly FamilyParameter[];
  /** The residual standard deviation of a Gaussian family where it is given, and so no parameter; see `given-sigma.ts`. */
  readonly sigma?: number;
  /** What gives it. */
  readonly given?: GivenResidual;
  /**
   * Columns of the data the density reads: out of `y`, `trials`, `weights`, and columns of the table by name as `data:age`. Weights not
   * read by the density multiply it.
   */
  readonly columns: readonly ("y" | "trials" | "weights" | `data:${string}`)[];
  /** Labels of an ordered response's categories, lowest first: `y` holds their numbers from 1 on, and the mean is that of those numbers. */
  readonly categories?: readonly string[];
  /** The family of a response with these categories; its thresholds are parameters named `1|2`. */
  forCategories?(labels: readonly string[]): Family;
  /** Number of row classes, default 1. */
  readonly classes?: number;
  /** The class of a row, from its data only: branches on data are classes, one straight-line density each. */
  classOf?(column: Readonly<Record<string, number>>): number;
  /** Log density or log mass of a row, with all constants. Traced once a class. */
  logDensity(ops: Operations, row: RowTensors, rowClass: number): Tensor;
  /** E[Y | η, φ] of one unit (for binomial: the probability, per trial). Traced. */
  mean(ops: Operations, row: RowTensors): Tensor;
  /** Var[Y | η, φ] of a row on the scale of y (for binomial: of the count). Traced. */
  variance?(ops: Operations, row: RowTensors): Tensor;
  /**
   * 2(ℓ(y) − ℓ(μ)) of a row with mean μ (of one unit), ℓ(y) the log-likelihood of a mean equal to the response: the square of its deviance
   * residual, as R's families have it, without precision weights. Absent where there is no such thing.
   */
  unitDeviance?(y: number, mu: number, row: RowNumbers): number;
  /** How `describe` writes the distribution of y_i and its mean; default the name with its parameters, and `μ_i`. */
  readonly notation?: { readonly mean: string; statement(trials: string): string };
  simulate(rng: Rng, row: RowNumbers): number;
  /** P(Y ≤ y). */
  cdf?(y: number, row: RowNumbers): number;
  /** The family this one becomes at the end of its parameter's range, where a fit may end. */
  readonly limit?: FamilyLimit;
  /** How Gibbs sampling meets its density, where it can and the density is not normal itself. */
  readonly augmentation?: Augmentation;
  /** Whether ℓ is concave in η for every y and φ: Newton then needs no ridge. */
  readonly logConcave: boolean;
  /** A rough η for a response, to start a fit from: the link of a response pulled away from its bounds. */
  startEta(y: number, trials: number): number;
  /** Faults of the response: names the first rows at fault (1-based rows of the table). */
  checkResponse(y: Float64Array, trials: Float64Array | null, rows: Int32Array, responseName: string): readonly Issue[];
}

/** The family that a composed one was made from first. */
export const rootOf = (family: Family): Family => (family.base ? rootOf(family.base) : family);

/** Whether a model of this family is a Gaussian one, linear in its predictor. */
export const isGaussian = ({ normal, link }: Pick<Family, "normal" | "link">): boolean =>
  normal === true && link === "identity";

const A_FAMILY = "a family, as binomial() or what defineFamily() returned";

/** A family's record as an option. */
const aFamily: GenericSchema<Family> = custom<Family>(
  (value) => typeof (value as Family | null)?.logDensity === "function" && typeof (value as Family).name === "string",
  A_FAMILY,
);

/** The user's own families, by name. */
export const familiesByName = recordOf(aFamily, "families by their names");
