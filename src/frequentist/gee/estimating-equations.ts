/** The object a GEE is: coefficients of the population mean, their covariances, scale, working correlation, and criteria. */

import type { AnyColumns } from "../../dsl/column-types.ts";
import { formulaOf } from "../../dsl/print-formula.ts";
import { MEAN_COMPONENT } from "../../families/distribution-parameters.ts";
import { tooFewClusters } from "../../messages/gee.ts";
import { type FitWarning, refusal } from "../../messages/issue.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { withRatios } from "../../model/exponentiate.ts";
import type { EstimatingEquationsFit, EstimatingEquationsGlance, TidyRow } from "../../model/fit.ts";
import { observations } from "../../model/observations.ts";
import { frozenCopy } from "../../model/own-numbers.ts";
import { infiniteLabels, recessionOf } from "../../model/recession.ts";
import { savedJSON } from "../../model/saved-model.ts";
import { readTidyOptionsWithoutDdf, type TidyOptions } from "../../model/tidy-options.ts";
import { choice } from "../../options/kinds.ts";
import { readArgument } from "../../options/read-options.ts";
import { refuseOptions } from "../../options/surplus-options.ts";
import { fitted } from "../../prediction/predict.ts";
import { PredictingFit } from "../../prediction/predicting-fit.ts";
import type { VerdictWithReason } from "../verdict.ts";
import { waldTable } from "../wald-table.ts";
import { clusterCount } from "./clusters.ts";
import { coefficientCovariance, parameterCount, traceOfRatio } from "./covariance.ts";
import type { Equations } from "./equations.ts";
import { iteratedJackknife } from "./iterated-jackknife.ts";
import { type GeeCovariance, type GeeMethod, geeCovariances, geeLabel } from "./method.ts";
import { nuisanceCovariance } from "./nuisance-covariance.ts";
import { criteria, type QuasiLikelihoodCriteria, quasiLikelihood } from "./quasi-likelihood.ts";
import { type SavedEstimatingEquations, saveEstimatingEquations } from "./save-gee.ts";
import type { Solution } from "./solve.ts";
import type { WorkingParameters } from "./variance-scale.ts";
import { workingCorrelationMatrix } from "./working-matrix.ts";

/** What the engine hands over. */
export interface GeeEstimate {
  readonly model: CompiledModel;
  readonly requested: GeeMethod;
  readonly equations: Equations;
  readonly solution: Solution;
  readonly parameters: WorkingParameters;
  readonly verdict: VerdictWithReason;
  readonly warnings: readonly FitWarning[];
  /** Σ G_i⁻¹φ of the same model under independence, standardised, p × p. */
  readonly independenceNaive: () => Float64Array | null;
  /** True where the equations have not been evaluated at the solution. */
  readonly restored?: boolean;
}

/**
 * A GEE fit. It has no likelihood: no logLik, no AIC. Its means are population means, so `predict` and `populationAverage` know that
 * estimand only.
 *
 * @example
 * const fit = await model(ohio).formula("resp ~ age * smoke").family(binomial()).fit(gee({ id: "id", correlation: exchangeable() }));
 * fit.tidy();            // coefficients with robust errors, scale, correlation
 * fit.vcov("MD");        // another covariance of the same fit
 * fit.criteria()?.QIC;
 */
export class EstimatingEquations<C = AnyColumns> extends PredictingFit<C> implements EstimatingEquationsFit {
  readonly kind = "gee" as const;
  readonly model: CompiledModel;
  readonly method: string;
  readonly requested: GeeMethod;
  readonly verdict: VerdictWithReason;
  readonly warnings: readonly FitWarning[];
  /** φ: Var[Y] = φ v(μ). */
  readonly scale: number;
  readonly clusters: { readonly count: number; readonly largest: number; readonly id: string };
  readonly iterations: number;
  readonly #estimate: Float64Array;
  readonly #clusterOfRow: Int32Array;
  readonly #result: GeeEstimate;
  readonly #covariances = new Map<GeeCovariance, Float64Array>();
  readonly #standardised = new Map<GeeCovariance, Float64Array>();
  /** True when the equations were last evaluated away from the solution. */
  #elsewhere: boolean;
  #nuisance: Float64Array | undefined;
  /** The covariance of [φ, α] by refits, known once `fij` was asked for. */
  #refitted: Float64Array | undefined;
  #criteria: QuasiLikelihoodCriteria | null | undefined;

  constructor(result: GeeEstimate) {
    super();
    const { model, requested, solution, equations, parameters } = result;
    this.#result = result;
    this.#elsewhere = result.restored === true || solution.state !== "converged";
    this.model = model;
    this.requested = frozenCopy(requested);
    this.method = geeLabel(requested);
    this.verdict = frozenCopy(result.verdict);
    this.warnings = frozenCopy(result.warnings);
    this.scale = solution.scale;
    this.clusters = Object.freeze({
      count: clusterCount(equations.clusters),
      largest: equations.clusters.largest,
      id: requested.id.join(":"),
    });
    this.iterations = solution.iterations;
    const { layout, standardisation } = model;
    const standardised = new Float64Array(layout.size);
    standardised.set(solution.beta);
    standardised.set(parameters.natural(solution.scale), layout.phi.offset);
    this.#estimate = new Float64Array(layout.size);
    standardisation.toOriginal(standardised, this.#estimate);
    const { order, start, count } = equations.clusters;
    this.#clusterOfRow = new Int32Array(order.length);
    for (let c = 0; c < count; c++) for (let i = start[c]!; i < start[c + 1]!; i++) this.#clusterOfRow[order[i]!] = c;
  }

  /**
   * Natural parameters: coefficients, then the family's parameters (Gaussian: σ = √φ; gamma: shape 1/φ; others as given). A copy, as all arrays of a
   * fit are.
   */
  get estimate(): Float64Array {
    return this.#estimate.slice();
  }

  /** The parameters α of the working correlation. */
  get correlation(): { readonly names: readonly string[]; readonly estimate: Float64Array } {
    const { equations, solution } = this.#result;
    return { names: [...equations.correlation.names], estimate: solution.alpha.slice() };
  }

  /** The cluster of each row used. */
  get clusterOfRow(): Int32Array {
    return this.#clusterOfRow.slice();
  }

  /** What the equations were solved by, in standardised coordinates. */
  get solution(): Solution {
    return structuredClone(this.#result.solution);
  }

  /** Covariance of the estimate over natural parameters, of the kind asked for in the method; zero rows for the family's parameters. */
  get covariance(): Float64Array {
    return this.#vcov(this.requested.stdErr).slice();
  }

  /** The same in standardised coordinates, where columns lie so far from their origin that combinations need it; else undefined. */
  get standardisedCovariance(): Float64Array | undefined {
    if (!this.model.standardisation.shifted) return undefined;
    this.#vcov(this.requested.stdErr);
    return this.#standardised.get(this.requested.stdErr)?.slice();
  }

  /**
   * A covariance of the estimate by name, over natural parameters (size × size, zero rows for the family's parameters). Computed on first use; `fij`
   * refits once for each cluster.
   *
   * @throws DeclarationError for a name that is none, and for a jackknife with fewer clusters than parameters
   */
  vcov(kind: GeeCovariance): Float64Array {
    readArgument(choice(geeCovariances), kind, { of: "vcov()", name: "The covariance" });
    return this.#vcov(kind).slice();
  }

  #vcov(kind: GeeCovariance): Float64Array {
    const known = this.#covariances.get(kind);
    if (known) return known;
    const { model, equations, solution, requested } = this.#result;
    const { layout, standardisation } = model;
    const { p, clusters } = equations;
    const parameters = parameterCount(equations);
    if ((kind === "j1s" || kind === "jack" || kind === "fij") && clusterCount(clusters) <= parameters)
      throw refusal("too-few-clusters", ["method", "stdErr"], tooFewClusters(kind, clusterCount(clusters), parameters));
    let found: Float64Array;
    if (kind === "fij") {
      // refits start from the solution, and leave the equations elsewhere
      this.#elsewhere = true;
      const refits = iteratedJackknife(equations, solution, requested.maxIterations);
      this.#refitted = refits.nuisance;
      found = refits.coefficients;
    } else {
      this.#assemble();
      found = coefficientCovariance(kind, {
        equations,
        scale: solution.scale,
        standardisation,
        size: layout.size,
      });
    }
    const full = new Float64Array(layout.size ** 2);
    for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) full[a * layout.size + b] = found[a * p + b]!;
    const covariance = standardisation.covarianceToOriginal(full);
    this.#covariances.set(kind, covariance);
    this.#standardised.set(kind, full);
    return covariance;
  }

  /** Sets the equations back to the solution: a jackknife leaves them elsewhere. */
  #assemble(): void {
    if (!this.#elsewhere) return;
    const { equations, solution } = this.#result;
    equations.evaluate(solution.beta);
    equations.moments(solution.alpha.slice());
    equations.assemble(solution.alpha);
    this.#elsewhere = false;
  }

  /**
   * Covariance of the scale and the correlation parameters, [φ, α] × [φ, α]: a sandwich with the influence of β̂ on both, or, where the method
   * asks for `fij`, that of the fully iterated jackknife. A fixed scale has a zero row. Computed on first use.
   */
  nuisanceCovariance(): Float64Array {
    return this.#nuisanceCovariance().slice();
  }

  #nuisanceCovariance(): Float64Array {
    if (this.requested.stdErr === "fij") {
      this.#vcov("fij");
      return this.#refitted!;
    }
    if (this.#nuisance) return this.#nuisance;
    const { equations, solution, requested } = this.#result;
    this.#assemble();
    const { beta, scale, alpha } = solution;
    return (this.#nuisance = nuisanceCovariance(equations, beta, scale, alpha, requested.scale !== null));
  }

  get formula(): string {
    return formulaOf(this.model.spec);
  }

  /** The working correlation over all occasions, occasions × occasions, with their labels. */
  workingCorrelation(): { readonly occasions: readonly string[]; readonly matrix: Float64Array } {
    const { equations, solution, requested } = this.#result;
    return workingCorrelationMatrix(requested.correlation, equations.clusters, equations.correlation, solution.alpha);
  }

  /**
   * Coefficient table: `fixed` rows with errors of the kind asked for and normal tests, `aux` rows `scale` and the correlation
   * parameters (`alpha`, `alpha.1:2`) with the errors of `nuisanceCovariance`; a fixed scale has none.
   */
  tidy(options?: TidyOptions): TidyRow[] {
    const { effects, confLevel, exponentiate } = readTidyOptionsWithoutDdf(options, "A fit by estimating equations");
    const fixed = waldTable(
      this.model,
      this.#estimate,
      this.#vcov(this.requested.stdErr),
      null,
      confLevel,
      this.#infinite(),
    ).filter(({ effect }) => effect === "fixed");
    const errors = effects.includes("aux") ? this.#nuisanceCovariance() : null;
    const { names, estimate } = this.correlation;
    const size = 1 + names.length;
    const errorOf = (place: number): number | null => {
      const variance = errors?.[place * size + place] ?? 0;
      return variance > 0 ? Math.sqrt(variance) : null;
    };
    const aux = (term: string, estimate: number, place: number): TidyRow => ({
      effect: "aux",
      component: MEAN_COMPONENT,
      group: null,
      term,
      estimate,
      std_error: errorOf(place),
      statistic: null,
      df: null,
      p_value: null,
      conf_low: null,
      conf_high: null,
    });
    const rows = [...fixed, aux("scale", this.scale, 0), ...names.map((name, k) => aux(name, estimate[k]!, 1 + k))];
    const shown = rows.filter(({ effect }) => effects.includes(effect));
    return exponentiate ? withRatios(shown, this.model) : shown;
  }

  /** Labels of the coefficients at infinity. */
  #infinite(): readonly string[] {
    const recession = this.verdict.code === "separation" ? recessionOf(this.model) : null;
    return recession ? infiniteLabels(this.model, recession) : [];
  }

  /** One row about the fit; likelihood statistics are null, and quasi-likelihood criteria stand in their place. */
  glance(): EstimatingEquationsGlance;
  glance(...surplus: readonly unknown[]): EstimatingEquationsGlance {
    refuseOptions(surplus, "glance()");
    const { model, equations } = this.#result;
    const found = this.criteria();
    return {
      nobs: observations(model),
      omitted: model.design.omitted,
      logLik: null,
      AIC: null,
      BIC: null,
      AICc: null,
      deviance: null,
      REMLcrit: null,
      df: equations.p,
      df_residual: observations(model) - equations.p,
      sigma: model.family.normal ? Math.sqrt(this.scale) : null,
      converged: this.verdict.code === "converged",
      singular: false,
      method: this.method,
      clusters: this.clusters.count,
      max_cluster_size: this.clusters.largest,
      std_err: this.requested.stdErr,
      scale: this.scale,
      QIC: found?.QIC ?? null,
      QICu: found?.QICu ?? null,
      CIC: found?.CIC ?? null,
    };
  }

  /** QIC and its relatives; null for families without a quasi-likelihood formula, and where the fit under independence fails. */
  criteria(): QuasiLikelihoodCriteria | null {
    if (this.#criteria !== undefined) return this.#criteria;
    const { model, equations, parameters } = this.#result;
    const quasiLik = quasiLikelihood(model, fitted(this), parameters.phi);
    const naive = this.#result.independenceNaive();
    if (quasiLik === null || naive === null) return (this.#criteria = null);
    this.#assemble();
    const { p, clusters, correlation } = equations;
    const robust = coefficientCovariance("robust", {
      equations,
      scale: this.scale,
      standardisation: model.standardisation,
      size: model.layout.size,
    });
    return (this.#criteria = Object.freeze(
      criteria(quasiLik, traceOfRatio(naive, robust, p), p, correlation.names.length, clusterCount(clusters)),
    ));
  }

  /** Fitted population means of the rows used (binomial: per trial). */
  fitted(): Float64Array {
    return fitted(this);
  }

  /** Residuals of the rows used: `response` (binomial: of the share of successes), or `pearson`, divided by √(φ v/w). */
  residuals(type: "response" | "pearson" = "response"): Float64Array {
    readArgument(choice(["response", "pearson"]), type, { of: "residuals() of a GEE", name: "The type" });
    const { design } = this.model;
    if (type === "pearson") {
      this.#assemble();
      const root = Math.sqrt(this.scale);
      return this.#result.equations.pearson().map((value) => value / root);
    }
    const mean = this.fitted();
    return design.y.map((y, i) => y / (design.trials?.[i] ?? 1) - mean[i]!);
  }

  /** The fit as plain data, as `saveFit` gives it: `loadFit(JSON.stringify(fit))` is the fit again. */
  toJSON(): SavedEstimatingEquations {
    return savedJSON(saveEstimatingEquations(this));
  }
}
