/** `anova`: tests of the terms of one fit, or of one fit against another nested in it. */
import { custom, optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { anovaTypeOfOne, executorOfBootstrap } from "../messages/small-sample.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import { ddfOption, robustAsked, robustEntries } from "../model/tidy-options.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { abortSignal, choice, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { namedFits } from "../report/named-fits.ts";
import { anExecutor, type Executor } from "../samplers/executor.ts";
import { type LikelihoodRatioTable, likelihoodRatioTests } from "./likelihood-ratio.ts";
import { type NestedTestName, type NestedTests, nestedTests } from "./nested-tests.ts";
import { type TermTests, termTests } from "./term-tests.ts";

const termTestOptions = optionsSchema({
  /** `2`: each term given all that do not contain it; `3`: given all others, main effects averaged over the cells. */
  type: custom<2 | 3>((value) => value === 2 || value === 3, "2 or 3"),
  /** Denominator degrees of freedom, as `tidy()` takes them; `normal`: Wald's χ². */
  ddf: optional(ddfOption),
  ...robustEntries,
});

const modelTestOptions = optionsSchema({
  /**
   * `lrt`: likelihood ratio (the default); `bootstrap`: its distribution under the smaller model, by simulation and refits (pbkrtest's PBmodcomp);
   * `kenward-roger`: an F test of coefficients of REML fits; `exact`: of one variance (RLRsim).
   */
  test: choice(["lrt", "bootstrap", "kenward-roger", "exact"]),
  /** Simulated statistics: default 1000 of the bootstrap, 10 000 of the exact test. */
  draws: optional(wholeNumber(1)),
  /** What random numbers begin from, default 1. */
  seed: optional(seedOf),
  /** Where the refits of a bootstrap run, as `workerExecutor()` of marginalia/node; the tests are then a promise. */
  executor: optional(anExecutor),
  /** Stops a bootstrap; the tests are then a promise, which rejects with the signal's own reason. */
  signal: optional(abortSignal),
});

export type ModelTestOptions = OptionsOf<typeof modelTestOptions>;

/** Options with which tests by bootstrap are a promise. */
export type LongModelTest = ModelTestOptions & { readonly test: "bootstrap" } & (
    | { readonly executor: Executor }
    | { readonly signal: StopSignal }
  );

/** Options with which tests of models are at once. */
export type ModelTestAtOnce = Omit<ModelTestOptions, "executor" | "signal"> & {
  readonly executor?: undefined;
  readonly signal?: undefined;
};

export type TermTestOptions = OptionsOf<typeof termTestOptions>;

/** Whether a value is a record of options, and no record of fits. */
const isOptions = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !isFit(value) &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value)) &&
  !Object.values(value).some(isFit);

/**
 * Tests of terms of one fit, F by default for REML fits and Wald's χ² for others; or likelihood-ratio tests, each fit against the next smaller one.
 *
 * @returns the table; of a bootstrap with an `executor` or a `signal` a promise of it
 * @throws DeclarationError for posteriors, for fits that cannot be compared (other rows, REML with other fixed effects, not nested), for degrees
 * of freedom that a fit does not have
 * @example
 * anova(fit, { type: 3 }).print();
 * anova({ additive, interaction }).print();
 * anova({ smaller, larger }, { test: "kenward-roger" }).print();
 */
export function anova(fit: Fit, options: TermTestOptions): TermTests;
export function anova(
  fits: Readonly<Record<string, Fit>> | readonly Fit[],
  options: LongModelTest,
): Promise<NestedTests>;
export function anova(
  fits: Readonly<Record<string, Fit>> | readonly Fit[],
  options: ModelTestAtOnce & { readonly test: NestedTestName },
): NestedTests;
export function anova(first: Fit | Readonly<Record<string, Fit>>, ...more: readonly Fit[]): LikelihoodRatioTable;
export function anova(
  first: Fit | readonly Fit[] | Readonly<Record<string, Fit>>,
  ...more: readonly unknown[]
): TermTests | NestedTests | LikelihoodRatioTable | Promise<NestedTests> {
  const last = more.at(-1);
  if (!isOptions(last)) return likelihoodRatioTests(namedFits(first, more, "anova()"));
  const named = namedFits(first, more.slice(0, -1), "anova()");
  if ("test" in (last as object)) {
    const { test, ...asked } = readOptions(modelTestOptions, last, { of: "anova()" });
    if (test !== "bootstrap" && (asked.executor || asked.signal))
      throw new DeclarationError([executorOfBootstrap(test)]);
    return test === "lrt" ? likelihoodRatioTests(named) : nestedTests(named, test, asked);
  }
  const { type, ddf, ...covariance } = readOptions(termTestOptions, last, { of: "anova()" });
  if (named.length !== 1) throw new DeclarationError([anovaTypeOfOne()]);
  return termTests(named[0]![1], type, ddf, robustAsked(covariance));
}
