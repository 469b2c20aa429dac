/**
 * Priors of whole vectors and matrices: a joint normal of the coefficients, and inverse-Wishart, parameter-expanded or Huang-Wand priors of
 * covariance matrices. They go to a sampler, `gibbs({ prior })` or `nuts({ prior })`, and take the place of the declared and default ones.
 */

import { type GenericSchema, nullable, optional, union } from "valibot";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { conjugatePriorShape } from "../messages/gibbs.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { finiteNumber, listOf, numberThat, oneOrSeveral, positiveNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";

/** Plain data. Matrices are arrays of rows. */
export interface ConjugatePrior {
  readonly kind: "conjugate";
  /** Joint normal of the coefficients in the model's order; absent: as declared. */
  readonly fixed?: { readonly mean: readonly number[]; readonly covariance: readonly (readonly number[])[] };
  /** One a random term in the declaration's order; null: as declared. */
  readonly covariances: readonly (TermPrior | null)[];
  /** Inverse gamma of the residual variance; absent: as declared. */
  readonly residual?: { readonly shape: number; readonly scale: number };
}

export type TermPrior =
  | { readonly kind: "inverse-wishart"; readonly V: readonly (readonly number[])[]; readonly nu: number }
  | {
      readonly kind: "expanded";
      readonly V: readonly (readonly number[])[];
      readonly nu: number;
      readonly alphaMu: readonly number[];
      readonly alphaV: readonly (readonly number[])[];
    }
  | { readonly kind: "huang-wand"; readonly df: number; readonly scales: readonly number[] };

/** A matrix as a number (1 × 1), its diagonal, or rows. */
export type MatrixInput = number | readonly number[] | readonly (readonly number[])[];

const AS_MATRIX = "a number, the diagonal of a matrix as a list, or its rows";

function matrix(input: MatrixInput, what: string, issues: Issue[]): readonly (readonly number[])[] {
  const rows =
    typeof input === "number"
      ? [[input]]
      : (input as readonly unknown[]).every((row) => typeof row === "number")
        ? (input as readonly number[]).map((value, i) =>
            (input as readonly number[]).map((_, j) => (i === j ? value : 0)),
          )
        : (input as readonly (readonly number[])[]).map((row) => [...row]);
  const q = rows.length;
  const square = q > 0 && rows.every((row) => row.length === q && row.every(Number.isFinite));
  const symmetric = square && rows.every((row, i) => row.every((value, j) => value === rows[j]![i]));
  if (!symmetric || !choleskyFactor(Float64Array.from(rows.flat()), q))
    issues.push(
      conjugatePriorShape(
        `The matrix ${what} of the prior is not a symmetric positive definite matrix; give a number, its diagonal, or its rows.`,
      ),
    );
  return rows;
}

const degreesOfFreedom = numberThat((value) => value >= 0 && value < Infinity, "a finite number of at least 0");

const matrixInput: GenericSchema<MatrixInput> = union(
  [finiteNumber, listOf(union([finiteNumber, listOf(finiteNumber, AS_MATRIX)]), AS_MATRIX)],
  AS_MATRIX,
) as never;

const priorInput = optionsSchema({
  /** Coefficients: normal with mean `mu` and covariance `V`. Left out: as declared. */
  B: optional(optionsSchema({ mu: oneOrSeveral, V: matrixInput })),
  /** One a random term: inverse-Wishart with scale matrix nu·V and nu degrees of freedom, parameter-expanded where alphaV is given. */
  G: optional(
    listOf(
      optionsSchema({
        V: matrixInput,
        nu: finiteNumber,
        alphaMu: optional(oneOrSeveral),
        alphaV: optional(matrixInput),
      }),
      "a list with a prior a random term, as [{ V: 1, nu: 0.002 }]",
    ),
    [],
  ),
  /** The residual variance: inverse-Wishart(V, nu), that is inverse gamma(nu/2, nu·V/2). */
  R: optional(optionsSchema({ V: positiveNumber, nu: degreesOfFreedom })),
});

export type McmcglmmPriorInput = OptionsOf<typeof priorInput>;

const list = (x: number | readonly number[] | undefined, q: number): readonly number[] =>
  x === undefined ? new Array<number>(q).fill(0) : typeof x === "number" ? new Array<number>(q).fill(x) : [...x];

/**
 * The prior list of R's MCMCglmm, `list(B = , G = , R = )`, for `gibbs({ prior })` and `nuts({ prior })`: its models can be repeated.
 * A covariance Σ of q effects has density ∝ |Σ|^(−(nu+q+1)/2) exp(−½ nu tr(VΣ⁻¹)); with alphaV it is diag(α)Ωdiag(α), Ω with that density and
 * α ~ N(alphaMu, alphaV), so that a standard deviation with V = 1, nu = 1, alphaMu = 0 and alphaV = A² is half-Cauchy(A).
 * Improper ones (nu = 0, or nu ≤ q − 1 of a matrix) and expanded ones of several effects are for `gibbs()` only; `nuts()` refuses them.
 * Hadfield (2010), "MCMC methods for multi-response generalized linear mixed models: the MCMCglmm R package", J. Stat. Softw. 33(2).
 *
 * @throws DeclarationError for a matrix that is not positive definite, a negative nu, and what is no prior list
 * @example
 * mcmcglmmPrior({ B: { mu: [0, 0], V: [1e8, 1e8] }, G: [{ V: 1, nu: 0.002 }], R: { V: 1, nu: 0.002 } });
 */
export function mcmcglmmPrior(given: McmcglmmPriorInput): ConjugatePrior {
  const { B, G, R } = readOptions(priorInput, given, { of: "mcmcglmmPrior()" });
  const issues: Issue[] = [];
  const covariances = G.map(({ V, nu, alphaMu, alphaV }, i): TermPrior => {
    const what = `G[${i}]`;
    if (!(nu >= 0))
      issues.push(
        conjugatePriorShape(
          `The degrees of freedom nu of ${what} are ${nu}; they must be a finite number of at least 0.`,
        ),
      );
    const scale = matrix(V, `V of ${what}`, issues);
    if (alphaV === undefined) return { kind: "inverse-wishart", V: scale, nu };
    const expansion = matrix(alphaV, `alphaV of ${what}`, issues);
    return { kind: "expanded", V: scale, nu, alphaMu: list(alphaMu, scale.length), alphaV: expansion };
  });
  const covariance = B && matrix(B.V, "V of B", issues);
  if (issues.length > 0) throw new DeclarationError(issues);
  return Object.freeze({
    kind: "conjugate",
    ...(B && covariance && { fixed: { mean: list(B.mu, covariance.length), covariance } }),
    covariances,
    ...(R && { residual: { shape: R.nu / 2, scale: (R.nu * R.V) / 2 } }),
  });
}

const AS_SCALES = "a list with the scales of each term's effects, null for a term as declared, as [[100, 50], null]";

const scalesByTerm = listOf(nullable(listOf(finiteNumber, AS_SCALES)), AS_SCALES);

/**
 * The prior of Huang & Wand (2013) for the covariances of the random terms, for `gibbs({ prior })` and `nuts({ prior })`: every standard deviation is
 * half-t(df, scale), and with df = 2 every correlation is uniform.
 * "Simple marginally noninformative prior distributions for covariance matrices", Bayesian Anal. 8(2).
 *
 * @param terms scales by term and effect; null leaves a term as declared
 * @throws DeclarationError for a scale or df that is not above 0
 * @example huangWandPrior([[100, 50]]); // (Days | Subject)
 */
export function huangWandPrior(terms: readonly (readonly number[] | null)[], df = 2): ConjugatePrior {
  readArgument(scalesByTerm, terms, { of: "huangWandPrior()", name: "The scales" });
  readArgument(positiveNumber, df, { of: "huangWandPrior()", name: "The degrees of freedom" });
  const values = terms.flatMap((scales) => scales ?? []);
  if (!values.every((value) => value > 0 && Number.isFinite(value)))
    throw new DeclarationError([
      conjugatePriorShape("The scales of a Huang-Wand prior must be finite numbers above 0."),
    ]);
  return Object.freeze({
    kind: "conjugate",
    covariances: terms.map((scales) => scales && { kind: "huang-wand" as const, df, scales: [...scales] }),
  });
}
