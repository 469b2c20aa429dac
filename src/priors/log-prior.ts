/** The log prior density of the posterior's coordinates, Jacobian included, in standardised units. */

import type { ChartBlock, PosteriorChart } from "../charts/posterior-chart.ts";
import { coefficientPrior, shrunkenCoefficientPrior } from "./coefficient-log-prior.ts";
import { covarianceDensity } from "./covariance-density.ts";
import { scalarPrior } from "./density.ts";
import { increasingPrior } from "./increasing-log-prior.ts";
import { jointNormalPrior } from "./joint-normal.ts";
import type { LogPrior, PriorUnits } from "./prior-density.ts";
import type { ResolvedPriors } from "./resolved.ts";

/** Evaluates to a normalised density of z wherever no prior is flat. */
export function logPrior(chart: PosteriorChart, priors: ResolvedPriors, units: PriorUnits): LogPrior {
  const { shrunken } = chart;
  const { jointNormal } = priors;
  const independent = () => (jointNormal ? jointNormalPrior(jointNormal, units) : coefficientPrior(priors, units));
  const coefficients = shrunken ? shrunkenCoefficientPrior(shrunken, priors) : independent();
  const matrices = chart.terms.map((block, t) => {
    const own = priors.covariances?.[t];
    return own ? covarianceDensity(own, block, units.scales[t]!) : null;
  });
  const sd = priors.sd.map((term) => term.map(({ distribution }) => scalarPrior(distribution)));
  const phi = priors.phi.map(({ distribution }) => scalarPrior(distribution));
  const from = chart.phi[0]?.naturalOffset ?? 0;
  const isThreshold = ({ naturalOffset }: ChartBlock) => priors.phi[naturalOffset - from]!.class === "threshold";
  const scalars = chart.phi.filter((block) => block.chart.size === 1 && !isThreshold(block));
  const sequences = chart.phi
    .filter((block) => !scalars.includes(block))
    .map((block) => {
      const first = block.naturalOffset - from;
      const own = priors.phi.slice(first, first + block.chart.size);
      return increasingPrior(chart, block, own, isThreshold(block) ? units.thresholdLevel : new Float64Array(0));
    });
  const eta = priors.cor.map((prior) =>
    prior && prior.distribution.name === "lkj" ? prior.distribution.parameters[0]! : null,
  );
  let constant = 0;
  chart.terms.forEach(({ chart: term }, t) => {
    if (matrices[t]) return;
    if (eta[t] !== null) constant += term.structure.prior!.logNormaliser(eta[t]!);
    for (let a = 0; a < term.signed.length; a++)
      constant -= Math.log(units.scales[t]![a]!) + (term.signed[a] ? Math.LN2 : 0);
  });
  const phiPoint = new Float64Array(1);
  const phiZ = new Float64Array(1);
  const dPhi = new Float64Array(1);
  const dPhiZ = new Float64Array(1);

  return {
    evaluate(z, dz) {
      let sum = constant + chart.logJacobian(z, dz) + coefficients.evaluate(z, dz);
      for (let t = 0; t < chart.terms.length; t++) {
        const matrix = matrices[t];
        if (matrix) {
          sum += matrix.evaluate(z, dz);
          continue;
        }
        const { chart: term, offset } = chart.terms[t]!;
        const scales = units.scales[t]!;
        for (let a = 0; a < term.signed.length; a++) {
          const s = z[offset + a]!;
          const signed = term.sds[a]!.value(s);
          const value = Math.abs(signed) / scales[a]!;
          sum += sd[t]![a]!.logDensity(value);
          const d = sd[t]![a]!.derivative(value);
          dz[offset + a]! += d * ((Math.sign(signed) * term.sds[a]!.slope(s)) / scales[a]!);
        }
        if (eta[t] !== null)
          sum += term.structure.prior!.logDensity(z, offset + term.signed.length, eta[t]! - 1, false, dz);
      }
      for (const part of sequences) sum += part.evaluate(z, dz);
      for (let k = 0; k < scalars.length; k++) {
        const { chart: scalar, offset, naturalOffset } = scalars[k]!;
        const prior = phi[naturalOffset - from]!;
        phiZ[0] = z[offset]!;
        scalar.toNatural(phiZ, phiPoint);
        sum += prior.logDensity(phiPoint[0]!);
        dPhi[0] = prior.derivative(phiPoint[0]!);
        dPhiZ[0] = 0;
        scalar.pullback(phiZ, dPhi, dPhiZ);
        dz[offset]! += dPhiZ[0]!;
      }
      return sum;
    },
  };
}
