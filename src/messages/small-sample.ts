/** Texts about degrees of freedom of coefficients. */
import { type Issue, issue } from "./issue.ts";

export const ddfNeedsGaussian = (ddf: string): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `ddf "${ddf}" needs a linear mixed model with a Gaussian response, fitted by reml() or ml(): the degrees of freedom are those of its variances. For other fits leave ddf out, or ask for "normal".`,
  );

export const kenwardRogerNeedsReml = (): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    'ddf "kenward-roger" adjusts restricted likelihood, and this fit is by maximum likelihood: fit the same declaration by reml().',
  );

export const betweenWithinNeedsNesting = (groups: readonly string[]): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `ddf "between-within" counts the levels of nested groups, and ${groups.join(" and ")} are crossed: ask for "satterthwaite" or "kenward-roger".`,
  );

export const ddfNotOfThis = (of: string): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `${of} has no degrees of freedom: its intervals are those of its own distribution. Leave ddf out.`,
  );

export const termTestsNeedLikelihood = (estimatingEquations: boolean): Issue =>
  issue(
    "anova-kind",
    ["fits"],
    estimatingEquations
      ? "Tests of terms by type are those of fits by likelihood: for a fit by estimating equations use waldTest(fit)."
      : "Tests of terms by type are those of fits by likelihood, and this one is a posterior: use fits made by fit(), or the posterior of the coefficients.",
  );

export const anovaTypeOfOne = (): Issue =>
  issue("anova-kind", ["type"], "Tests of terms by type are of one fit: call anova(fit, { type: 3 }) of each.");

export const termTestsNeedTerms = (): Issue =>
  issue(
    "anova-kind",
    ["fits"],
    "A nonlinear mean has no terms to test by type: compare fits with and without a predictor by anova(smaller, larger).",
  );
