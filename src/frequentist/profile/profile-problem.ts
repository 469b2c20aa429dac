/**
 * What a profile is taken of: −log L of a fit in the optimiser's coordinates, its minimum, and a metric there. A fit by restricted maximum likelihood is
 * fitted again by maximum likelihood, which alone is a likelihood of all parameters.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { usesFitted } from "../../dsl/residual-spec.ts";
import { DeclarationError } from "../../messages/issue.ts";
import * as messages from "../../messages/profile.ts";
import { boundaryEntries } from "../../model/parameter-layout.ts";
import { hessian } from "../../optimise/hessian.ts";
import type { Objective } from "../../optimise/objective.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import type { MaximumLikelihood } from "../maximum-likelihood.ts";
import { penalised, penaltyOf } from "../penalty.ts";
import { workingCoordinates } from "../working-coordinates.ts";
import type { Quantity } from "./constrained-minimum.ts";

export interface ProfileProblem {
  /** The fit that was maximised: the given one, or of a restricted fit its maximum-likelihood one. */
  readonly fit: MaximumLikelihood;
  /** −log L, plus the penalty's where the fit is penalised. */
  readonly objective: Objective;
  readonly w: Float64Array;
  /** At w. */
  readonly value: number;
  /** The inverse Hessian, positive definite: directions without curvature have a little. */
  readonly metric: Float64Array;
  /** Positions that are at a boundary of a covariance at w, where −log L is stationary whether or not it is a minimum. */
  readonly boundary: readonly number[];
  readonly evaluations: number;
  /** A function of the natural parameters in the user's units as a function of w. @param gradient overwrites `out` with ∂/∂x */
  quantity(value: (x: Float64Array) => number, gradient: (x: Float64Array, out: Float64Array) => void): Quantity;
  toNatural(w: Float64Array): Float64Array;
}

/** Parameters at infinity are begun from here, on their natural scale. */
const NEARLY_INFINITE = 1e6;
/** Share of the largest curvature, in units of the diagonal, that counts as none. */
const FLAT = 1e-8;

/** @throws DeclarationError where the fit maximised no likelihood of its parameters */
export function* profileProblem(given: MaximumLikelihood): Pausable<ProfileProblem> {
  if (given.working) throw new DeclarationError([messages.profileNeedsLikelihood(given.method)]);
  if (usesFitted(given.model.spec.residual)) throw new DeclarationError([messages.profileOfFixedPoint()]);
  const fit = given.unrestricted();
  const { model } = fit;
  const { layout, standardisation, family } = model;
  const coordinates = workingCoordinates(layout, family.parameters);
  const marginal = model.standardisedMarginal(fit.integral);
  const target = fit.penalised ? penalised(marginal, penaltyOf(model), standardisation) : marginal;
  const objective = coordinates.objective(target);
  const d = layout.size;
  const x = fit.estimate.map((value) => (value === Infinity ? NEARLY_INFINITE : value));
  const standardised = new Float64Array(d);
  const toNatural = (w: Float64Array): Float64Array => {
    coordinates.toNatural(w, standardised);
    const out = new Float64Array(d);
    standardisation.toOriginal(standardised, out);
    return out;
  };
  standardisation.toStandardised(x, standardised);
  const w = new Float64Array(d);
  coordinates.toWorking(standardised, w);
  const value = objective(w, new Float64Array(d));
  if (!Number.isFinite(value)) throw new DeclarationError([messages.profileWithoutMaximum(fit.verdict.code)]);
  const all = Array.from({ length: d }, (_, i) => i);
  const H = yield* hessian(objective, w, all);
  const dNatural = new Float64Array(d);
  const dStandardised = new Float64Array(d);
  return {
    fit,
    objective,
    w,
    value,
    metric: positiveInverse(H, d),
    boundary: layout.terms.flatMap((term) => boundaryEntries(term, w)),
    evaluations: (fit === given ? 0 : fit.evaluations) + 2 * d + 1,
    toNatural,
    quantity: (of, gradient) => ({
      value: (at) => of(toNatural(at)),
      gradient(at, out) {
        gradient(toNatural(at), dNatural);
        standardisation.pullbackToStandardised(dNatural, dStandardised);
        coordinates.pullback(at, dStandardised, out);
      },
    }),
  };
}

/** The inverse of a symmetric matrix with its eigenvalues made positive. */
function positiveInverse(H: Float64Array, d: number): Float64Array {
  const scale = Float64Array.from({ length: d }, (_, i) => Math.sqrt(Math.abs(H[i * d + i]!)) || 1);
  const scaled = Matrix.zeros(d, d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      const entry = H[i * d + j]! / (scale[i]! * scale[j]!);
      scaled.set(i, j, Number.isFinite(entry) ? entry : i === j ? 1 : 0);
    }
  const evd = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  const largest = Math.max(...evd.realEigenvalues.map(Math.abs));
  const out = new Float64Array(d * d);
  evd.realEigenvalues.forEach((eigenvalue, k) => {
    const vector = evd.eigenvectorMatrix.getColumn(k);
    const curvature = Math.max(Math.abs(eigenvalue), FLAT * largest);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) out[i * d + j]! += (vector[i]! * vector[j]!) / (curvature * scale[i]! * scale[j]!);
  });
  return out;
}
