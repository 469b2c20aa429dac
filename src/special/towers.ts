/** The special functions that traced densities may call, gathered by kind. Towers take the order of the derivative first. */
import { exp, expm1, log1p, log1pUnit } from "./exponential.ts";
import { lgammaCorrection, lgammaDelta, logRising, polygamma } from "./gamma.ts";
import { cauchyCdf, logCloglog } from "./links.ts";
import { log1mExp, logRatio, reciprocalExpm1, sigmoid, softplus } from "./logistic.ts";
import { erf, logNdtr, ndtr } from "./normal.ts";
import { logNdtrInterval } from "./normal-interval.ts";
import { oddsCurvature, oddsDeviance, oddsRest, oddsScore, oddsShare, oddsSizeScore } from "./odds.ts";

export const exponentialFunctions = { exp, expm1, log1p, log1pUnit };
export const gammaFunctions = { polygamma, lgammaCorrection, lgammaDelta, logRising };
export const normalFunctions = { erf, ndtr, logNdtr, logNdtrInterval };
export const tailFunctions = { sigmoid, softplus, log1mExp, reciprocalExpm1, logCloglog, cauchyCdf };
export const differenceFunctions = {
  logRatio,
  oddsDeviance,
  oddsScore,
  oddsSizeScore,
  oddsCurvature,
  oddsShare,
  oddsRest,
};
