/**
 * Coordinates of a term's covariance, z = [log sd_1 … log sd_q | partial correlations through tanh], and the log prior density of z for
 * every prior a Gibbs block knows.
 */

import type { BoundStructure } from "../../covariance/covariance-structure.ts";
import type { TermTransform } from "../../covariance/term-transform.ts";
import { solveLower } from "../../linalg/triangular.ts";
import { scalarPrior } from "../../priors/density.ts";
import type { CovariancePrior } from "./gibbs-data.ts";

export interface CovarianceCoordinates {
  readonly q: number;
  readonly chart: TermTransform;
  /** z of Λ, q × q row-major. */
  fromFactor(lambda: Float64Array, z: Float64Array): void;
  /** Λ of z. */
  toFactor(z: Float64Array, lambda: Float64Array): void;
}

export function covarianceCoordinates(structure: BoundStructure): CovarianceCoordinates {
  const { q } = structure;
  const chart = structure.transform(new Array<boolean>(structure.sds).fill(false));
  const x = new Float64Array(chart.naturalSize);
  return {
    q,
    chart,
    fromFactor(lambda, z) {
      structure.fromFactor(lambda, x, 0);
      chart.toUnconstrained(x, z);
    },
    toFactor(z, lambda) {
      chart.toNatural(z, x);
      structure.fill(x, 0, lambda);
    },
  };
}

/** log p(z), Jacobian included. `mixing` holds Huang and Wand's a_k, which the density is conditional on. */
export function covarianceLogPrior(
  prior: CovariancePrior,
  { q, chart, toFactor }: CovarianceCoordinates,
  mixing: Float64Array,
): (z: Float64Array) => number {
  if (prior.kind === "separate") {
    const sd = prior.sd.map(scalarPrior);
    const correlations = chart.structure.prior;
    return (z) => {
      let sum = chart.logJacobian(z);
      for (let a = 0; a < sd.length; a++) sum += sd[a]!.logDensity(Math.exp(z[a]!));
      return correlations ? sum + correlations.logDensity(z, sd.length, prior.eta - 1, false) : sum;
    };
  }
  if (prior.kind === "expanded") throw new Error("A parameter-expanded covariance has coordinates of its own.");
  const lambda = new Float64Array(q * q);
  const column = new Float64Array(q * q);
  const scale = new Float64Array(q * q);
  const df = prior.kind === "huang-wand" ? prior.df + q - 1 : prior.df;
  return (z) => {
    toFactor(z, lambda);
    if (prior.kind === "huang-wand") for (let a = 0; a < q; a++) scale[a * q + a] = (2 * prior.df) / mixing[a]!;
    else scale.set(prior.scale);
    // Σ → (sd, R) has Jacobian 2^q Π sd^q.
    let sum = chart.logJacobian(z);
    for (let a = 0; a < q; a++) sum += q * z[a]! - (df + q + 1) * Math.log(lambda[a * q + a]!);
    return sum - 0.5 * traceOfQuotient(lambda, scale, q, column);
  };
}

/** tr(Λ⁻¹SΛ⁻ᵀ) of a symmetric S, by columns of Λ⁻¹S; `work` is q × q. */
export function traceOfQuotient(lambda: Float64Array, S: Float64Array, q: number, work: Float64Array): number {
  if (q === 1) return S[0]! / (lambda[0]! * lambda[0]!);
  work.set(S);
  solveLower(lambda, 0, q, q, work, 0, q);
  // tr(Λ⁻¹SΛ⁻ᵀ) = tr(Λ⁻¹(Λ⁻¹S)'): transpose in place and solve again.
  for (let a = 0; a < q; a++)
    for (let b = 0; b < a; b++) {
      const upper = work[b * q + a]!;
      work[b * q + a] = work[a * q + b]!;
      work[a * q + b] = upper;
    }
  solveLower(lambda, 0, q, q, work, 0, q);
  let trace = 0;
  for (let a = 0; a < q; a++) trace += work[a * q + a]!;
  return trace;
}
