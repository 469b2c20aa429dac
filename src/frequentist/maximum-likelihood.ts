/** The object a maximum-likelihood fit is: estimates, tables, predictions, simulation, and refits. */

import { custom } from "valibot";
import { formulaOf } from "../dsl/print-formula.ts";
import type { ColumnsOfDeclaration, ColumnsToCluster } from "../effects/checked-columns.ts";
import { MEAN_COMPONENT, sigmaOf } from "../families/distribution-parameters.ts";
import { declaredSigma } from "../families/given-sigma.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import { noDeclaration, refitLength } from "../messages/fitting.ts";
import { DeclarationError, type FitWarning, refusal } from "../messages/issue.ts";
import { robustWithProfile } from "../messages/robust.ts";
import { type ChangedParameters, changedParameters } from "../model/changed-parameters.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import { declarationOf } from "../model/declaration-of.ts";
import { withRatios } from "../model/exponentiate.ts";
import type { ConditionalOnData, Glance, MaximumLikelihoodFit, RanefRow, TidyRow } from "../model/fit.ts";
import type { NamedParameters } from "../model/named-parameters.ts";
import { observations } from "../model/observations.ts";
import { frozenCopy } from "../model/own-numbers.ts";
import { componentOfEffect, emptyRow, otherComponent, parameterLabel } from "../model/reported-parameters.ts";
import { savedJSON } from "../model/saved-model.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../model/term-names.ts";
import { type DdfMethod, readTidyOptions, robustAsked, type TidyOptions } from "../model/tidy-options.ts";
import { isNumbers } from "../options/array-of-numbers.ts";
import type { InSlices } from "../options/long-work.ts";
import { readArgument } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { fitted } from "../prediction/predict.ts";
import { PredictingFit } from "../prediction/predicting-fit.ts";
import type { ResidualType } from "../prediction/residuals.ts";
import { residuals } from "../prediction/residuals.ts";
import { roundingErrors } from "../prediction/rounding-errors.ts";
import type { SimulateOptions, Simulation } from "../prediction/simulate.ts";
import { simulate } from "../prediction/simulate.ts";
import { normalQuantile } from "../special/distributions.ts";
import { devianceOf } from "./deviance.ts";
import type { Declaration, Estimate, WorkingResult } from "./estimate.ts";
import type { FitMethod } from "./method.ts";
import { withProfileIntervals } from "./profile/profile-rows.ts";
import { robustTests } from "./robust/robust-tests.ts";
import { type SavedMaximumLikelihood, saveMaximumLikelihood } from "./save-fit.ts";
import type { TriedStart } from "./several-starts.ts";
import { defaultDdf } from "./small-sample/coefficient-inference.ts";
import { coefficientTests } from "./small-sample/coefficient-tests.ts";
import type { VerdictWithReason } from "./verdict.ts";
import { waldTable } from "./wald-table.ts";

const changes = custom<(declaration: never) => unknown>(
  (value) => typeof value === "function",
  'a function that changes the declaration (for other data declare anew, by model(data)), as (m) => m.formula("y ~ x + (1 | g)")',
);
const declarations = custom<Declaration>(
  (value) => typeof value === "object" && value !== null && "fit" in value && "spec" in value,
  "a declaration, as (m) => m.formula(…) does",
);
const responses = custom<ArrayLike<number>>(isNumbers, "an array of numbers, one a row used");

/** What begins the name of a method that maximises a penalised likelihood. */
export const PENALISED = "penalised ";

/** The residual sd of a working model as a row of its own, the interval on the log scale. */
function dispersionRow(
  { estimate, error }: NonNullable<WorkingResult["sigma"]>,
  confLevel: number,
  undetermined: readonly string[],
): TidyRow {
  const parameter = {
    effect: "ran_pars",
    component: MEAN_COMPONENT,
    group: RESIDUAL_GROUP,
    term: RESIDUAL_SD,
  } as const;
  const row = { ...emptyRow(parameter), estimate };
  if (undetermined.includes(parameterLabel(parameter))) return row;
  const std_error = error();
  const factor = Math.exp((normalQuantile(0.5 + confLevel / 2) * std_error) / estimate);
  return { ...row, std_error, conf_low: estimate / factor, conf_high: estimate * factor };
}

/** Copies of arrays, by term. */
const copies = (arrays: readonly Float64Array[]): Float64Array[] => arrays.map((values) => values.slice());

/**
 * A fit that maximises the (restricted) marginal likelihood.
 *
 * @example
 * const fit = await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit();
 * fit.tidy();      // coefficients, sds, correlations
 * fit.glance();    // logLik, AIC, BIC …
 */
export class MaximumLikelihood<D extends Declaration = Declaration>
  extends PredictingFit<ColumnsOfDeclaration<D>>
  implements MaximumLikelihoodFit
{
  readonly kind = "ml" as const;
  readonly model: CompiledModel;
  readonly method: string;
  readonly requested: FitMethod;
  readonly verdict: VerdictWithReason;
  /** Labels of the parameters that have an estimate and no error: those at infinity, and those that the data do not identify. */
  readonly undetermined: readonly string[];
  readonly warnings: readonly FitWarning[];
  readonly logLik: number;
  readonly restricted: boolean;
  readonly evaluations: number;
  /** The starts that were searched from and what came of each; empty where one was given or no likelihood was searched. */
  readonly starts: readonly TriedStart[];
  /** The integral that was maximised; of a method that maximises none, the one whose likelihood the model has. */
  readonly integral: IntegralMethod;
  readonly declaration: D | undefined;
  readonly #estimate: Float64Array;
  readonly #working: WorkingResult | undefined;
  readonly #covariance: () => Float64Array;
  readonly #standardisedCovariance: (() => Float64Array) | undefined;
  #cachedStandardised: Float64Array | undefined;
  readonly #refit: (y: Float64Array) => MaximumLikelihood;
  #cachedCovariance: Float64Array | undefined;
  readonly #result: Estimate;
  #equivalents: readonly MaximumLikelihood[] | undefined;
  #marginal: MarginalLikelihood | undefined;
  #modes: { modes: readonly Float64Array[]; covariances: readonly Float64Array[] } | undefined;

  constructor(result: Estimate) {
    super();
    this.model = result.model;
    this.method = result.label;
    this.requested = frozenCopy(result.requested);
    this.verdict = frozenCopy(result.verdict);
    this.undetermined = frozenCopy(result.undetermined ?? []);
    this.warnings = frozenCopy(result.warnings);
    this.#estimate = result.x;
    this.logLik = result.logLik;
    this.restricted = result.restricted;
    this.evaluations = result.evaluations;
    this.starts = frozenCopy(result.starts ?? []);
    this.integral = frozenCopy(result.integral);
    this.#working = result.working;
    this.declaration = result.declaration as D | undefined;
    this.#covariance = result.covariance;
    this.#standardisedCovariance = result.standardisedCovariance;
    this.#refit = result.refit;
    this.#result = result;
  }

  /** Natural parameters [β | Λ | φ] in the user's units: a copy, as all arrays of a fit are. */
  get estimate(): Float64Array {
    return this.#estimate.slice();
  }

  /** What a method by working linear models found; absent where a likelihood was maximised. */
  get working(): WorkingResult | undefined {
    const found = this.#working;
    return (
      found && {
        ...found,
        ...(found.sigma && { sigma: { ...found.sigma } }),
        modes: copies(found.modes),
        covariances: copies(found.covariances),
      }
    );
  }

  /** Covariance of the estimate over natural parameters [β | Λ | φ], size × size; zero rows for directions at a boundary. */
  get covariance(): Float64Array {
    return this.#ownCovariance().slice();
  }

  #ownCovariance(): Float64Array {
    return (this.#cachedCovariance ??= this.#covariance());
  }

  /**
   * The fit at other maxima of its likelihood, which does not depend on some variances; empty where it has one maximum. What has another
   * standard error there is given without one.
   */
  get equivalents(): readonly MaximumLikelihood[] {
    const result = this.#result;
    return (this.#equivalents ??= (result.equivalents ?? []).map(
      (other) => new MaximumLikelihood({ ...result, ...other, equivalents: [] }),
    ));
  }

  /** The same in standardised coordinates, where columns lie so far from their origin that combinations need it; else undefined. */
  get standardisedCovariance(): Float64Array | undefined {
    if (!this.model.standardisation.shifted) return undefined;
    return (this.#cachedStandardised ??= this.#standardisedCovariance?.())?.slice();
  }

  /** The likelihood that was maximised, as a function of natural parameters in the user's units. */
  get marginal(): MarginalLikelihood {
    return (this.#marginal ??= this.model.marginal(this.integral));
  }

  /** Conditional modes of the random effects by term, levels × q. */
  get modes(): readonly Float64Array[] {
    return copies(this.#conditional().modes);
  }

  /** Their conditional covariances at the estimate by term, levels × q × q. */
  get modeCovariances(): readonly Float64Array[] {
    return copies(this.#conditional().covariances);
  }

  /** The conditional distribution of a model that was linearised; see `MaximumLikelihoodFit`. */
  get linearised(): (() => ConditionalOnData) | undefined {
    return this.#working?.linearised;
  }

  #conditional() {
    if (this.#modes) return this.#modes;
    const { modes, covariances } = this.#working ?? this.marginal.conditionalModes(this.#estimate);
    return (this.#modes = { modes: copies(modes), covariances: copies(covariances) });
  }

  /** Whether the priors' log densities were added to the likelihood that was maximised. */
  get penalised(): boolean {
    return this.method.startsWith(PENALISED);
  }

  /** The same model fitted by maximum likelihood where this is a REML fit (lme4's `refitML`); the fit itself where it is none. */
  unrestricted(): MaximumLikelihood {
    return this.restricted ? this.#result.unrestricted() : this;
  }

  /** The declaration as a formula. */
  get formula(): string {
    return formulaOf(this.model.spec);
  }

  /** Number of estimated parameters: coefficients, free covariance entries, family parameters. */
  get df(): number {
    return this.model.layout.size + (this.#working?.sigma ? 1 : 0);
  }

  /**
   * Coefficient table: `fixed`, `ran_pars` and `aux` rows, and `ran_vals` on request. Standard errors of a Gaussian model's
   * coefficients are generalised least squares', as lme4's; of all others from the full Hessian. Coefficients of REML fits are tested by t
   * with Satterthwaite's degrees of freedom, or those of `ddf`. `vcov: "CR2"`: robust errors by `cluster`.
   */
  tidy<const Cluster extends string = never, const Clusters extends readonly string[] = never>(
    options?: TidyOptions & ColumnsToCluster<ColumnsOfDeclaration<D>, Cluster, Clusters>,
  ): TidyRow[];
  tidy(options?: TidyOptions): TidyRow[] {
    const { effects, confLevel, ci, ddf, exponentiate, ...covariance } = readTidyOptions(options, true);
    const robust = robustAsked(covariance);
    if (robust && ci !== undefined && ci !== "wald") throw new DeclarationError([robustWithProfile()]);
    const { tests, covariance: own } = robust
      ? robustTests(this, { ...robust, ddf })
      : { tests: coefficientTests(this, ddf), covariance: null };
    const rows = waldTable(
      this.model,
      this.#estimate,
      own ?? this.#ownCovariance(),
      tests,
      confLevel,
      this.undetermined,
      roundingErrors(this),
    );
    if (this.#working?.sigma) rows.push(dispersionRow(this.#working.sigma, confLevel, this.undetermined));
    if (effects.includes("ran_vals")) {
      const z = normalQuantile(0.5 + confLevel / 2);
      const components = this.model.design.random.flatMap((term) =>
        term.levels.flatMap(() => term.names.map((_, a) => componentOfEffect(this.model, term, a))),
      );
      rows.push(
        ...this.ranef().map(
          ({ group, level, term, estimate, std_error }, k): TidyRow => ({
            effect: "ran_vals",
            component: components[k]!,
            group,
            level,
            term,
            estimate,
            std_error,
            statistic: null,
            df: null,
            p_value: null,
            conf_low: estimate - z * std_error,
            conf_high: estimate + z * std_error,
          }),
        ),
      );
    }
    const shown = rows.filter((row) => effects.includes(row.effect));
    const whole = ci === "profile" || ci === "auto" ? withProfileIntervals(this, shown, ci, confLevel) : shown;
    return exponentiate ? withRatios(whole, this.model) : whole;
  }

  /** The degrees of freedom that coefficients are tested with where none are asked for. */
  get ddf(): DdfMethod {
    return defaultDdf(this);
  }

  /** One row about the fit. `BIC` counts rows; `deviance` as broom.mixed's, see `Glance`; AIC and BIC of a REML fit use its criterion. */
  glance(): Glance;
  glance(...surplus: readonly unknown[]): Glance {
    refuseOptions(surplus, "glance()");
    const { model, logLik, df } = this;
    const nobs = observations(model);
    const known = this.#working?.likelihood !== false;
    const own = this.#working?.sigma?.estimate ?? null;
    const sigma = sigmaOf(model.family)?.constant ?? null;
    return {
      nobs,
      omitted: model.design.omitted,
      logLik: known ? logLik : null,
      AIC: known ? -2 * logLik + 2 * df : null,
      BIC: known ? -2 * logLik + df * Math.log(nobs) : null,
      AICc: known && nobs > df + 1 ? -2 * logLik + (2 * df * nobs) / (nobs - df - 1) : null,
      deviance:
        this.restricted || !known
          ? null
          : devianceOf(model, this.#estimate, logLik, this.fitted(), this.#conditional().modes),
      REMLcrit: this.restricted ? -2 * logLik : null,
      df,
      df_residual: nobs - df,
      sigma: sigma === null ? (declaredSigma(model.family) ?? own) : this.#estimate[model.layout.phi.offset + sigma]!,
      converged: this.verdict.code === "converged" || this.verdict.code === "boundary",
      singular: this.verdict.code === "boundary",
      method: this.method,
    };
  }

  /** Fitted means of the rows used, random effects at their conditional modes. */
  fitted(): Float64Array {
    return fitted(this);
  }

  /** Residuals of the rows used, given the random effects: `response` (default), `pearson`, `deviance`, `working`, `quantile` or, of Gaussian models, `normalized`. */
  residuals(type: ResidualType = "response"): Float64Array {
    return residuals(this, { type });
  }

  /** Responses simulated from the estimate; see `simulate`. */
  simulate(options: InSlices<SimulateOptions>): Promise<Simulation>;
  simulate(options?: SimulateOptions): Simulation;
  simulate(options?: SimulateOptions): Simulation | Promise<Simulation> {
    return simulate(this, options);
  }

  /**
   * The same model and method fitted to another response, starting from this estimate: for simulation studies and bootstraps.
   *
   * @param y one value a row used, in their order; for binomial the successes
   * @throws DeclarationError when the length is wrong or a value is not one the family can take
   */
  refit(y: ArrayLike<number>): MaximumLikelihood {
    const { n } = this.model.design;
    readArgument(responses, y, { of: "refit()", name: "The response" });
    if (y.length !== n) throw refusal("refit-length", ["response"], refitLength(y.length, n));
    return this.#refit(Float64Array.from(y));
  }

  /**
   * A changed declaration fitted by the same method to the same data. For other data declare the model on them: `model(other).formula(…)`.
   *
   * @throws DeclarationError for what is no function or returns no declaration, and of a fit that no declaration made
   * @example const simpler = await fit.update((m) => m.formula("Reaction ~ Days + (1 | Subject)"));
   */
  async update(change: (declaration: D) => Declaration): Promise<MaximumLikelihood> {
    if (!this.declaration) throw refusal("no-declaration", ["update"], noDeclaration());
    readArgument(changes, change, { of: "update()", name: "The change" });
    const changed = readArgument(declarations, change(this.declaration), {
      of: "update()",
      name: "The result of the change",
    });
    return changed.fit(this.requested);
  }

  /**
   * The declaration with the estimates of this fit as true parameters, some changed: of responses to simulate, a study or a power analysis.
   *
   * @param changes by their names in `tidy()`, as `{ trt: 0.4, "herd sd__(Intercept)": 1 }`
   * @throws DeclarationError for names and values that no parameter has, and of a fit that no declaration made
   * @example simulate(pilot.with({ trt: 0.4 }), { draws: 100 })
   */
  with(changes: NamedParameters = {}): ChangedParameters<D> {
    return changedParameters(this, changes, this.declaration ?? (declarationOf(this.model) as D | undefined));
  }

  /** Conditional modes with their conditional standard deviations at the estimate (lme4's `ranef(condVar = TRUE)`). */
  ranef(): RanefRow[];
  ranef(...surplus: readonly unknown[]): RanefRow[] {
    refuseOptions(surplus, "ranef()");
    const { modes, covariances: modeCovariances } = this.#conditional();
    return this.model.design.random.flatMap((random, t) => {
      const { group, levels, names, within = names, q } = random;
      const components = names.map((_, a) => otherComponent(componentOfEffect(this.model, random, a)));
      return levels.flatMap((level, l) =>
        within.map((term, a) => ({
          ...components[a]!,
          group,
          level,
          term,
          estimate: modes[t]![l * q + a]!,
          std_error: Math.sqrt(Math.max(0, modeCovariances[t]![(l * q + a) * q + a]!)),
        })),
      );
    });
  }

  /** The fit as plain data, as `saveFit` gives it: `loadFit(JSON.stringify(fit))` is the fit again. */
  toJSON(): SavedMaximumLikelihood {
    return savedJSON(saveMaximumLikelihood(this));
  }
}
