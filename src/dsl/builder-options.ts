/** What the methods of a declaration take. */
import { custom, type GenericSchema, nullable, optional, union } from "valibot";
import type { KnownCovarianceInput } from "../covariance/known-covariance.ts";
import { COVARIANCE_KINDS } from "../covariance/structures.ts";
import { checkedLater, choice, flag, numberThat, text } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema } from "../options/read-options.ts";
import type { ContrastName, PriorSpec } from "./model-spec.ts";
import type { CorrelationSpec, VarianceSpec } from "./residual-spec.ts";

const structureOf = <Spec extends { readonly kind: string }>(wanted: string): GenericSchema<Spec | string> =>
  custom<Spec | string>((value) => typeof value === "string" || typeof (value as Spec)?.kind === "string", wanted);
const aVariance = structureOf<VarianceSpec>('a variance function, as varPower("x"), or its text, as "varPower(~ x)"');
const aCorrelation = structureOf<CorrelationSpec>(
  'a correlation structure, as corAR1("time | id"), or its text, as "corAR1(~ time | id)"',
);

export const residualOptions = optionsSchema({
  /** `varPower("DML")`, or `"varPower(~ DML)"`. */
  variance: optional(nullable(aVariance)),
  /** `corAR1("time | Mare")`, or `"corAR1(~ time | Mare)"`. */
  correlation: optional(nullable(aCorrelation)),
});

export type ResidualOptions = OptionsOf<typeof residualOptions>;

export const randomOptions = optionsSchema({
  /** Whether each group has its own intercept; default true. */
  intercept: optional(flag, true),
  /**
   * How the effects of a level covary, by the name of a structure (`CovarianceKind`); default `us`, unstructured. A single effect has a variance and
   * nothing else.
   */
  covariance: optional(choice(COVARIANCE_KINDS), "us"),
  /**
   * Standard deviations of the effects that are given, not estimated: one for all of them, or one for each in their order; correlations are
   * estimated as the structure has them. In the user's units. Default: all are free.
   */
  sd: optional(checkedLater<number | readonly number[]>()),
  /**
   * A known covariance A across the levels: the effects are N(0, A ⊗ Σ). A matrix, or the name of one given by `.knownCovariance()`; a matrix
   * takes the name of the grouping factor.
   */
  knownCovariance: optional(checkedLater<string | KnownCovarianceInput>()),
});

export type RandomOptions = OptionsOf<typeof randomOptions>;

export const familyInput = optionsSchema({ name: text, link: optional(text) });

const TRIALS = "a column name, arithmetic of columns, or a whole number above 0";

export const responseOptions = optionsSchema({
  /** Successes are counted out of so many. */
  trials: optional(union([text, numberThat((value) => Number.isInteger(value) && value > 0, TRIALS)], TRIALS)),
});

/** A class of parameters, or one of them after a colon: `fixed`, `fixed:(Intercept)`, `sd:Subject`, `sd:Subject.Days`. */
export type PriorTarget = PriorSpec["class"] | `${PriorSpec["class"]}:${string}`;

export const CONTRASTS = ["treatment", "sum", "helmert", "poly"] as const satisfies readonly ContrastName[];
