/**
 * A term's covariance given its spherical effects u (the non-centred, or ancillary, form): b = Λu moves with Λ, so the data speak for it.
 * Alternated with the draw given b, it moves variances near 0 where that one sticks (ancillarity-sufficiency interweaving:
 * Yu & Meng 2011, "To center or not to center: that is not the question", JCGS 20).
 */
import { choleskyFactor, choleskyInverse, choleskySolve, symmetrise } from "../../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Block } from "./block.ts";
import type { CovarianceCoordinates } from "./covariance-prior.ts";
import { covarianceLogPrior } from "./covariance-prior.ts";
import type { CovariancePrior } from "./gibbs-data.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import { effectsFromSpherical } from "./state.ts";

/** The log likelihood of a term's Λ with everything else fixed, up to a constant. */
export interface FactorLikelihood {
  /** Fixes everything else at the current state. */
  prepare(): void;
  /** Called with Λ (q × q row-major) of the term; b = Λu. */
  evaluate(lambda: Float64Array): number;
  /** Called when Λ and b of the state have been set. */
  settle(): void;
}

/** Slice sampling of the coordinates of Λ given u. */
export function covarianceGivenSpherical(
  state: GibbsState,
  t: number,
  prior: CovariancePrior,
  coordinates: CovarianceCoordinates,
  likelihood: FactorLikelihood,
  label: string,
): Block {
  const { q } = coordinates;
  const lambda = state.lambda[t]!;
  const logPrior = covarianceLogPrior(prior, coordinates, state.mixing[t]!);
  const z = new Float64Array(coordinates.chart.size);
  const width = 3 / Math.sqrt(state.u[t]!.length / q + 1);
  const density = () => {
    coordinates.toFactor(z, lambda);
    const value = logPrior(z) + likelihood.evaluate(lambda);
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return {
    name: `covariance of ${label} given its spherical effects`,
    draw(rng) {
      likelihood.prepare();
      coordinates.fromFactor(lambda, z);
      for (let i = 0; i < z.length; i++)
        z[i] = sliceUpdate(rng, z[i]!, width, (value) => {
          z[i] = value;
          return density();
        });
      coordinates.toFactor(z, lambda);
      effectsFromSpherical(state, t);
      likelihood.settle();
    },
    logConditional() {
      likelihood.prepare();
      coordinates.fromFactor(lambda, z);
      return density(); // density of the coordinates z
    },
  };
}

/** The quadratic log likelihood −½ α'Mα + α'm of α in b_j = diag(α) ξ_j, ξ = b/α fixed. */
export interface ExpansionLikelihood {
  /** Fills M (q × q) and m at the current state. */
  quadratic(xi: Float64Array, M: Float64Array, m: Float64Array): void;
}

/**
 * α of a parameter-expanded covariance given ξ = b/α: normal, because the working model is linear in α
 * (Gelman, van Dyk, Huang & Boscardin 2008, "Using redundant parameterizations to fit hierarchical models", JCGS 17).
 */
export function expansionBlock(
  state: GibbsState,
  t: number,
  prior: CovariancePrior & { kind: "expanded" },
  likelihood: ExpansionLikelihood,
  label: string,
): Block {
  const alpha = state.mixing[t]!;
  const q = alpha.length;
  const lambda = state.lambda[t]!;
  const b = state.b[t]!;
  const xi = new Float64Array(b.length);
  const M = new Float64Array(q * q);
  const m = new Float64Array(q);
  const precision = Float64Array.from(prior.alphaCovariance);
  choleskyFactor(precision, q);
  choleskyInverse(precision, q);
  symmetrise(precision, q);
  const prepare = () => {
    for (let i = 0; i < b.length; i++) xi[i] = b[i]! / alpha[i % q]!;
    likelihood.quadratic(xi, M, m);
    for (let a = 0; a < q; a++)
      for (let c = 0; c < q; c++) {
        M[a * q + c]! += precision[a * q + c]!;
        m[a]! += precision[a * q + c]! * prior.alphaMean[c]!;
      }
  };
  return {
    name: `expansion of ${label}`,
    draw(rng) {
      prepare();
      choleskyFactor(M, q);
      choleskySolve(M, q, m);
      const draw = Float64Array.from({ length: q }, () => rng.normal());
      solveLowerTransposed(M, 0, q, q, draw, 0, 1);
      for (let a = 0; a < q; a++) {
        const next = m[a]! + draw[a]!;
        for (let c = 0; c <= a; c++) lambda[a * q + c]! *= next / alpha[a]!;
        alpha[a] = next;
      }
      effectsFromSpherical(state, t);
    },
    logConditional() {
      prepare();
      let sum = 0;
      for (let a = 0; a < q; a++) {
        sum += alpha[a]! * m[a]!;
        for (let c = 0; c < q; c++) sum -= 0.5 * alpha[a]! * M[a * q + c]! * alpha[c]!;
      }
      return sum;
    },
  };
}
