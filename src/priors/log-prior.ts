/** The log prior density of the posterior's coordinates, Jacobian included, in standardised units. */
import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { correlationLogDensity } from "../covariance/partial-correlations.ts";
import { scalarPrior } from "./density.ts";
import { lkjLogNormaliser } from "./lkj.ts";
import type { ResolvedPriors } from "./resolved.ts";

/** The linear maps from standardised to the user's units that priors are stated in. */
export interface PriorUnits {
  /** β = T β̃, coefficients × coefficients, row-major. */
  readonly coefficientMap: Float64Array;
  /** log|det T|. */
  readonly logDeterminant: number;
  /** By term and effect: sd = s̃d / scale. */
  readonly scales: readonly Float64Array[];
}

export interface LogPrior {
  /** log p(z) of the coordinates of `chart` (β̃, signed or log sds, partial correlations, φ); adds its gradient to dz. */
  evaluate(z: Float64Array, dz: Float64Array): number;
}

/** Evaluates to a normalised density of z wherever no prior is flat. */
export function logPrior(chart: PosteriorChart, priors: ResolvedPriors, units: PriorUnits): LogPrior {
  const p = chart.coefficients;
  const T = units.coefficientMap;
  const fixed = priors.fixed.map(({ distribution }) => scalarPrior(distribution));
  const isFlat = priors.fixed.map(({ distribution }) => distribution.name === "flat");
  const sd = priors.sd.map((term) => term.map(({ distribution }) => scalarPrior(distribution)));
  const phi = priors.phi.map(({ distribution }) => scalarPrior(distribution));
  const eta = priors.cor.map((prior) =>
    prior && prior.distribution.name === "lkj" ? prior.distribution.parameters[0]! : null,
  );
  let constant = units.logDeterminant;
  chart.terms.forEach(({ chart: term }, t) => {
    if (eta[t] !== null && term.correlated) constant += lkjLogNormaliser(eta[t]!, term.q);
    for (let a = 0; a < term.q; a++) constant -= Math.log(units.scales[t]![a]!) + (term.signed[a] ? Math.LN2 : 0);
  });
  const phiPoint = new Float64Array(1);
  const phiZ = new Float64Array(1);
  const dPhi = new Float64Array(1);
  const dPhiZ = new Float64Array(1);

  return {
    evaluate(z, dz) {
      let sum = constant + chart.logJacobian(z, dz);
      for (let j = 0; j < p; j++) {
        if (isFlat[j]) continue;
        let beta = 0;
        for (let k = 0; k < p; k++) beta += T[j * p + k]! * z[k]!;
        sum += fixed[j]!.logDensity(beta);
        const d = fixed[j]!.derivative(beta);
        for (let k = 0; k < p; k++) dz[k]! += T[j * p + k]! * d;
      }
      for (let t = 0; t < chart.terms.length; t++) {
        const { chart: term, offset } = chart.terms[t]!;
        const scales = units.scales[t]!;
        for (let a = 0; a < term.q; a++) {
          const s = z[offset + a]!;
          const value = (term.signed[a] ? Math.abs(s) : Math.exp(s)) / scales[a]!;
          sum += sd[t]![a]!.logDensity(value);
          const d = sd[t]![a]!.derivative(value);
          dz[offset + a]! += d * (term.signed[a] ? Math.sign(s) / scales[a]! : value);
        }
        if (term.correlated && eta[t] !== null)
          sum += correlationLogDensity(term.q, z, offset + term.q, eta[t]! - 1, false, dz);
      }
      for (let g = 0; g < phi.length; g++) {
        const { chart: scalar, offset } = chart.phi[g]!;
        phiZ[0] = z[offset]!;
        scalar.toNatural(phiZ, phiPoint);
        sum += phi[g]!.logDensity(phiPoint[0]!);
        dPhi[0] = phi[g]!.derivative(phiPoint[0]!);
        dPhiZ[0] = 0;
        scalar.pullback(phiZ, dPhi, dPhiZ);
        dz[offset]! += dPhiZ[0]!;
      }
      return sum;
    },
  };
}
