/**
 * Population-averaged coefficients by the attenuation formula of Zeger, Liang & Albert 1988 (Biometrics 44, 1049–1060, section 3.2):
 * with v the variance of the random effects in a row's linear predictor η, the population mean is taken to be g⁻¹(η_M),
 *
 *   logit: η_M = η / √(1 + c²v), c = 16√3/(15π);  probit: η / √(1 + v);  log: η + v/2;  identity: η.
 *
 * Exact for all but the logit, where it rests on the logistic curve being near to a normal one.
 */

import { attenuationNeedsLink } from "../messages/gee.ts";
import { declarationFault } from "../messages/issue.ts";
import type { DistributionFit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { atOnce } from "../optimise/pausable.ts";
import { type ConfLevelOptions, confLevelOptions } from "../options/conf-level-options.ts";
import { untold } from "../options/long-work.ts";
import { readOptions } from "../options/read-options.ts";
import { type LinkFunction, linkFunction } from "../prediction/link-function.ts";
import type { ResponseMean } from "../prediction/response-mean.ts";
import { type MarginalCoefficients, projectedCoefficients } from "./marginal-coefficients.ts";

/** c² of the logistic curve. */
const LOGISTIC = ((16 * Math.sqrt(3)) / (15 * Math.PI)) ** 2;

/** The factor c² of a link that shrinks, 0 of one that does not. */
const shrinkage = (link: LinkFunction): number => (link.name === "logit" ? LOGISTIC : link.name === "probit" ? 1 : 0);

/** The population mean by the formula, with its derivatives. */
function attenuatedMean(link: LinkFunction): ResponseMean {
  const c = shrinkage(link);
  const shift = link.name === "log" ? 0.5 : 0;
  return {
    evaluate([eta], [variance], _phi, n, out) {
      for (let i = 0; i < n; i++) {
        const v = variance ? variance[i]! : 0;
        const root = 1 / Math.sqrt(1 + c * v);
        const marginal = eta![i]! * root + shift * v;
        const slope = link.slope(marginal);
        out.value[i] = link.mean(marginal);
        out.dEta[0]![i] = slope * root;
        out.dVariance[0]![i] = slope * (shift - 0.5 * c * eta![i]! * root * root * root);
      }
      for (const d of out.dPhi) d.fill(0, 0, n);
    },
  };
}

/**
 * Population-averaged coefficients by the attenuation formula, beside the exact ones of `marginalCoefficients`. With a random
 * intercept alone every coefficient shrinks by the same factor; where the variance differs between rows the attenuated predictors are
 * projected onto the design by least squares, as there. Errors by the delta method, or draw by draw.
 *
 * @throws DeclarationError for links without a formula (the inverse, complementary log-log, Cauchy and square root)
 * @example
 * attenuatedCoefficients(fit).rows; // [{ term: "(Intercept)", estimate: -1.31, std_error: 0.24, typical: -1.40, … }, …]
 */
export function attenuatedCoefficients(fit: DistributionFit, options?: ConfLevelOptions): MarginalCoefficients {
  requireFit(fit, "attenuatedCoefficients()");
  const { confLevel } = readOptions(confLevelOptions, options, { of: "attenuatedCoefficients()" });
  const { family } = fit.model;
  const known = ["identity", "log", "logit", "probit"];
  if (family.link === "custom" || !known.includes(family.link) || family.predictors.length > 1)
    throw declarationFault({
      code: "attenuation-link",
      path: ["family", "link"],
      message: attenuationNeedsLink(family.name, family.link),
    });
  const asked = { confLevel, response: attenuatedMean(linkFunction(family.link)) };
  return atOnce(projectedCoefficients(fit, asked, untold));
}
