/** The log prior density of the coefficients' coordinates, independent or with scales of their own. */
import type { ShrunkenCoefficients } from "../charts/shrunken-coefficients.ts";
import { scalarPrior } from "./density.ts";
import type { LogPrior, PriorUnits } from "./prior-density.ts";
import type { ResolvedPriors } from "./resolved.ts";

/** Independent priors of β = Tβ̃, as a density of β̃. */
export function coefficientPrior(
  { fixed: priors }: ResolvedPriors,
  { coefficientMap: T, logDeterminant }: PriorUnits,
): LogPrior {
  const p = priors.length;
  const fixed = priors.map(({ distribution }) => scalarPrior(distribution));
  const isFlat = priors.map(({ distribution }) => distribution.name === "flat");
  return {
    evaluate(z, dz) {
      let sum = logDeterminant;
      for (let j = 0; j < p; j++) {
        if (isFlat[j]) continue;
        let beta = 0;
        for (let k = 0; k < p; k++) beta += T[j * p + k]! * z[k]!;
        sum += fixed[j]!.logDensity(beta);
        const d = fixed[j]!.derivative(beta);
        for (let k = 0; k < p; k++) dz[k]! += T[j * p + k]! * d;
      }
      return sum;
    },
  };
}

/** Coefficients under a shrinkage prior with its hyperparameters, the others with priors of their own. */
export function shrunkenCoefficientPrior(chart: ShrunkenCoefficients, { fixed: priors }: ResolvedPriors): LogPrior {
  const p = priors.length;
  const own = priors.map(({ distribution }, j) => (chart.isShrunken[j] ? null : scalarPrior(distribution)));
  const dBeta = new Float64Array(p);
  const independent = own.some((prior) => prior !== null);
  return {
    evaluate(z, dz) {
      let sum = chart.logDeterminant + chart.logDensity(z, dz);
      if (!independent) return sum;
      const beta = chart.coefficients(z);
      for (let j = 0; j < p; j++) {
        const prior = own[j];
        if (!prior) continue;
        sum += prior.logDensity(beta[j]!);
        dBeta[j] = prior.derivative(beta[j]!);
      }
      chart.pullback(z, null, dBeta, dz);
      return sum;
    },
  };
}
