/**
 * Conditional AIC: how well the random effects that were found predict, and what estimating them costs (Vaida & Blanchard 2005, Biometrika 92, 351–370), with
 * the correction for estimated variances (Greven & Kneib 2010, Biometrika 97, 773–789):
 *
 *   cAIC = −2 log p(y | β̂, b̂, φ̂) + 2(Σ ∂ŷ_i/∂y_i + number of residual parameters).
 *
 * Derivatives of ŷ = y − σ²RPy, P = V⁻¹ − V⁻¹XΦX'V⁻¹, are taken through the variances too: with r = Py, c_i = PV_ir and C the inverse of the observed information
 * of the variance parameters ω, ∂ω/∂y = Σ_j C_ij c_j and ∂(σ²RPy)/∂ω_i = −σ²Rc_i, plus 2σRr for σ itself. Parameters at a boundary stay there.
 */
import { isOfMeanAlone } from "../data/design.ts";
import { ofMean } from "../families/of-mean.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { momentsOfFit } from "../frequentist/small-sample/contrast-coordinates.ts";
import { standardisedCovariance } from "../frequentist/small-sample/satterthwaite.ts";
import { rowScore } from "../marginal/create.ts";
import { naturalDirections } from "../marginal/gaussian/moments/directions.ts";
import { rowSpace } from "../marginal/gaussian/moments/row-space.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/model-choice.ts";
import type { Fit } from "../model/fit.ts";
import { refusedParts } from "../model/model-parts.ts";
import { requireFit } from "../model/require-fit.ts";
import { leverage } from "../prediction/leverage.ts";
import { rowMeans } from "../prediction/row-means.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";

export interface ConditionalAic extends Printable {
  readonly cAIC: number;
  /** log p(y | β̂, b̂, φ̂). */
  readonly logLik: number;
  /** Effective number of parameters, the residual standard deviation among them. */
  readonly df: number;
  /** Of Gaussian fits the effective number with the variances taken as known (Vaida & Blanchard); null for others. */
  readonly df_known_variances: number | null;
}

/**
 * The conditional AIC of a fit: for choosing among models whose groups are the ones of interest, where AIC is about new groups.
 *
 * Gaussian fits by Greven and Kneib's formula, by ML or REML; counts by Chen and Stein's identity (Lian 2012) and 0/1 responses by Efron's (2004), which refit
 * the model once for each response that is not 0, or each response.
 *
 * @throws DeclarationError for posteriors, estimating equations, quasi-likelihood and penalised fits, for other families, and for residual structures,
 *   nonlinear means, predictors of the dispersion and frequency weights
 * @example
 * conditionalAIC(fit).cAIC; // as cAIC4::cAIC(fit)$caic
 */
export function conditionalAIC(fit: Fit): ConditionalAic {
  requireFit(fit, "conditionalAIC()");
  const issues = conditionalAicFaults(fit);
  if (issues.length > 0) throw new DeclarationError(issues);
  const own = fit as MaximumLikelihood;
  const { eta, logLik } = atModes(own);
  const { name } = own.model.family;
  const parts =
    name === "gaussian"
      ? gaussianDf(own)
      : { df: name === "poisson" ? poissonDf(own, eta) : binaryDf(own, eta), df_known_variances: null };
  const result = { cAIC: -2 * logLik + 2 * parts.df, logLik, ...parts };
  return printable(
    result,
    (style) => report(result, style),
    () => [result],
  );
}

/** Why a fit has no conditional AIC here; empty where it has one. */
export function conditionalAicFaults(fit: Fit): Issue[] {
  if (!(fit instanceof MaximumLikelihood) || fit.working || fit.penalised)
    return [messages.conditionalNeedsLikelihood(fit.method)];
  const { model } = fit;
  const { family, design } = model;
  const part = (what: string) => () => messages.conditionalWithout(what);
  const issues = refusedParts(model, {
    "nonlinear mean": part("nonlinear means"),
    "no residual": part("models without a residual"),
    "residual structure": part("residual structures"),
    "several predictors": part("predictors of the dispersion"),
  });
  if (design.frequencyWeights) issues.push(messages.conditionalWithout("frequency weights"));
  const binary = family.name === "binomial" && (design.trials?.every((trials) => trials === 1) ?? true);
  const known = family.name === "gaussian" ? model.gaussian && family.link === "identity" : binary;
  if (!known && family.name !== "poisson") issues.push(messages.conditionalOfFamily(family.name));
  if (!design.random.every(isOfMeanAlone))
    issues.push(messages.conditionalWithout("random effects of other predictors"));
  return issues;
}

/** The linear predictor and the log density of the rows at the conditional modes. */
function atModes({ model, estimate, modes }: MaximumLikelihood): { eta: Float64Array; logLik: number } {
  const { data, design, family, layout } = model;
  const bound = rowScore(data, model.kernel);
  const means = rowMeans(family, layout, design, "conditional");
  means.evaluatePredictors(estimate, modes);
  means.eta.forEach((eta, r) => {
    bound.eta[r]!.set(eta);
  });
  bound.setParameters(estimate.slice(layout.phi.offset, layout.phi.offset + layout.phi.size));
  return { eta: ofMean(means.eta).slice(), logLik: bound.score(0, data.n) };
}

const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);

function gaussianDf(fit: MaximumLikelihood): Pick<ConditionalAic, "df" | "df_known_variances"> {
  const { model } = fit;
  const of = momentsOfFit(fit);
  if (!of || of.predicted) throw new DeclarationError([messages.conditionalWithout("a residual variance of 0")]);
  const { products } = of.moments;
  const { p, sigma, covariance: Phi, data, pls } = products;
  const rows = rowSpace(products);
  const known = leverage(fit).reduce((sum, value) => sum + value, 0);
  const free = data.sigma === undefined ? 1 : 0;
  const { factors } = pls.grouping;
  const E = Array.from({ length: p }, (_, a) => rows.column(a));
  const solved = E.map((column) => {
    const out = column.slice();
    rows.solve(out);
    return out;
  });
  /** x ← Px. */
  const project = (x: Float64Array): void => {
    const onE = solved.map((column) => dot(column, x));
    rows.solve(x);
    for (let a = 0; a < p; a++) {
      let weight = 0;
      for (let b = 0; b < p; b++) weight += Phi[a * p + b]! * onE[b]!;
      for (let i = 0; i < x.length; i++) x[i]! -= weight * solved[a]![i]!;
    }
  };
  const residual = fit.residuals("response");
  const r = residual.map((value, i) => (value * Math.sqrt(pls.design.weight[i]!)) / (sigma * sigma));
  const directions = naturalDirections(products, null);
  const sums = new Float64Array(products.size);
  rows.addEffectSums(r, sums);
  products.toSpherical(sums, 1);
  const c = directions.map(({ changes, level }) => {
    const u = new Float64Array(products.size);
    factors.forEach(({ levels, q, base }, f) => {
      const D = changes[f];
      if (!D) return;
      for (let l = 0; l < levels; l++)
        for (let a = 0; a < q; a++)
          for (let b = 0; b < q; b++) u[base + l * q + a]! += D[a * q + b]! * sums[base + l * q + b]!;
    });
    products.fromSpherical(u, 1);
    const out = rows.effects(u);
    if (level !== 0) for (let i = 0; i < out.length; i++) out[i]! += level * r[i]!;
    project(out);
    return out;
  });
  const { size } = model.layout;
  const C = standardisedCovariance(fit);
  const m = directions.length;
  let df = known + free;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const covariance = C[(p + i) * size + p + j]!;
      if (covariance === 0) continue;
      const ofSigma = free === 1 && i === m - 1 ? 2 * sigma * dot(r, c[j]!) : 0;
      df += covariance * (sigma * sigma * dot(c[i]!, c[j]!) - ofSigma);
    }
  return { df, df_known_variances: known + free };
}

/** Σ y_i(η̂_i − η̂_i of the data with one event less in row i). */
function poissonDf(fit: MaximumLikelihood, eta: Float64Array): number {
  const { y } = fit.model.design;
  let df = 0;
  const changed = y.slice();
  for (let i = 0; i < y.length; i++) {
    if (y[i] === 0) continue;
    changed[i] = y[i]! - 1;
    df += y[i]! * (eta[i]! - atModes(fit.refit(changed)).eta[i]!);
    changed[i] = y[i]!;
  }
  return df;
}

/** Σ μ̂_i(1 − μ̂_i)(θ̂_i with a success in row i − θ̂_i with a failure), θ the log odds. */
function binaryDf(fit: MaximumLikelihood, eta: Float64Array): number {
  const { y } = fit.model.design;
  const mean = fit.fitted();
  const logOdds = (other: MaximumLikelihood, i: number, at: Float64Array): number => {
    if (other.model.family.link === "logit") return at[i]!;
    const mu = other.fitted()[i]!;
    return Math.log(mu / (1 - mu));
  };
  let df = 0;
  const changed = y.slice();
  for (let i = 0; i < y.length; i++) {
    changed[i] = 1 - y[i]!;
    const other = fit.refit(changed);
    const difference = logOdds(fit, i, eta) - logOdds(other, i, atModes(other).eta);
    df += mean[i]! * (1 - mean[i]!) * (2 * y[i]! - 1) * difference;
    changed[i] = y[i]!;
  }
  return df;
}

function report({ cAIC, logLik, df }: Omit<ConditionalAic, keyof Printable>, style: Style): string {
  return [
    style("Conditional AIC", "title"),
    "",
    ...textTable(
      [
        { header: "cAIC", cells: formatColumn([cAIC], 4, 2) },
        { header: "conditional logLik", cells: formatColumn([logLik], 4, 2) },
        { header: "df", cells: formatColumn([df], 4, 2) },
      ],
      style,
    ),
  ].join("\n");
}
