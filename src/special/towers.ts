/** The special functions that traced densities may call, gathered by kind. Towers take the order of the derivative first. */
import { exp, log1pUnit } from "./exponential.ts";
import { lgammaCorrection, lgammaDelta, logRising, polygamma } from "./gamma.ts";
import { cauchyCdf, logCloglog } from "./links.ts";
import { log1mExp, logRatio, reciprocalExpm1, sigmoid, sigmoidDelta, softplus, softplusExcess } from "./logistic.ts";
import { erf, logNdtr, ndtr } from "./normal.ts";
import { logNdtrInterval } from "./normal-interval.ts";

export const exponentialFunctions = { exp, log1pUnit };
export const gammaFunctions = { polygamma, lgammaCorrection, lgammaDelta, logRising };
export const normalFunctions = { erf, ndtr, logNdtr, logNdtrInterval };
export const tailFunctions = { sigmoid, softplus, log1mExp, reciprocalExpm1, logCloglog, cauchyCdf };
export const differenceFunctions = { softplusExcess, sigmoidDelta, logRatio };
