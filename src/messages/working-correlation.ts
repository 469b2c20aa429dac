/** Texts about working correlations as they are declared. */
import { shown } from "./options.ts";

export const badLags = (lags: unknown): string =>
  `mDependent(${shown(lags)}): the number of lags must be a whole number of at least 1.`;

export const badCorrelationMatrix = (): string =>
  "A fixed working correlation must be a square symmetric matrix with ones on its diagonal and no entry beyond ±1; pass it as an array of rows.";
