/**
 * What a profile is taken of: −log L of a fit in the optimiser's coordinates, its minimum, and a metric there. A fit by restricted maximum likelihood has
 * two: its own, of which the coefficients of the mean are no coordinates, and that of the fit by maximum likelihood, which alone is a likelihood of all
 * parameters.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { usesFitted } from "../../dsl/residual-spec.ts";
import { ofMean } from "../../families/of-mean.ts";
import { restrictedLikelihood } from "../../marginal/gaussian/restricted-likelihood.ts";
import type { MarginalLikelihood } from "../../marginal/marginal-likelihood.ts";
import { DeclarationError } from "../../messages/issue.ts";
import * as messages from "../../messages/profile.ts";
import { boundaryEntries } from "../../model/parameter-layout.ts";
import { hessian } from "../../optimise/hessian.ts";
import type { Objective } from "../../optimise/objective.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import { isExactFit } from "../exact-verdict.ts";
import type { MaximumLikelihood } from "../maximum-likelihood.ts";
import { penalised, penaltyOf } from "../penalty.ts";
import { workingCoordinates } from "../working-coordinates.ts";
import type { Quantity } from "./constrained-minimum.ts";

/** `ml`: of a fit by REML that of the fit by maximum likelihood; `restricted`: that of a fit by REML. */
export type ProfiledLikelihood = "ml" | "restricted";

export interface ProfileProblem {
  /** The fit that was maximised: the given one, or of the likelihood of a restricted fit its maximum-likelihood one. */
  readonly fit: MaximumLikelihood;
  /** By coordinate its position in the fit's natural parameters. */
  readonly positions: readonly number[];
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
  /** The coordinates of natural parameters; of a restricted likelihood coefficients are no coordinates and are left out. */
  fromNatural(x: Float64Array): Float64Array;
}

/** Parameters at infinity are begun from here, on their natural scale. */
const NEARLY_INFINITE = 1e6;
/** Share of the largest curvature, in units of the diagonal, that counts as none. */
const FLAT = 1e-8;

/** @throws DeclarationError where the fit maximised no likelihood of its parameters */
export function* profileProblem(given: MaximumLikelihood, likelihood: ProfiledLikelihood): Pausable<ProfileProblem> {
  if (given.working) throw new DeclarationError([messages.profileNeedsLikelihood(given.method)]);
  if (usesFitted(given.model.spec.residual)) throw new DeclarationError([messages.profileOfFixedPoint()]);
  if (isExactFit(given)) throw new DeclarationError([messages.profileOfExactFit()]);
  const fit = likelihood === "restricted" ? given : given.unrestricted();
  const { model } = fit;
  const { layout, standardisation, family } = model;
  const coordinates = workingCoordinates(layout, family.parameters);
  const d = layout.size;
  const x = fit.estimate.map((value) => (value === Infinity ? NEARLY_INFINITE : value));
  const standardised = new Float64Array(d);
  const whole = new Float64Array(d);
  const toNatural = (w: Float64Array): Float64Array => {
    positions.forEach((position, i) => {
      whole[position] = w[i]!;
    });
    coordinates.toNatural(whole, standardised);
    const out = new Float64Array(d);
    standardisation.toOriginal(standardised, out);
    return out;
  };
  const toWhole = (natural: Float64Array, out: Float64Array): void => {
    standardisation.toStandardised(natural, standardised);
    coordinates.toWorking(standardised, out);
  };
  toWhole(x, whole);
  const target = targetOf(fit, likelihood, standardised);
  const { offset, size } = ofMean(layout.beta);
  const ofTheMean = (i: number) => i >= offset && i < offset + size;
  const positions = Array.from({ length: d }, (_, i) => i).filter((i) => likelihood === "ml" || !ofTheMean(i));
  const m = positions.length;
  const objective = onPositions(coordinates.objective(target), whole.slice(), positions);
  const w = Float64Array.from(positions, (position) => whole[position]!);
  const value = objective(w, new Float64Array(m));
  if (!Number.isFinite(value)) throw new DeclarationError([messages.profileWithoutMaximum(fit.verdict.code)]);
  const H = yield* hessian(
    objective,
    w,
    positions.map((_, i) => i),
  );
  const dNatural = new Float64Array(d);
  const dStandardised = new Float64Array(d);
  const dWorking = new Float64Array(d);
  const boundary = new Set(layout.terms.flatMap((term) => boundaryEntries(term, whole)));
  return {
    fit,
    objective,
    w,
    value,
    positions,
    metric: positiveInverse(H, m),
    boundary: positions.flatMap((position, i) => (boundary.has(position) ? [i] : [])),
    evaluations: (fit === given ? 0 : fit.evaluations) + 2 * m + 1,
    toNatural,
    fromNatural(natural) {
      const out = new Float64Array(d);
      toWhole(natural, out);
      return Float64Array.from(positions, (position) => out[position]!);
    },
    quantity: (of, gradient) => ({
      value: (at) => of(toNatural(at)),
      gradient(at, out) {
        gradient(toNatural(at), dNatural);
        standardisation.pullbackToStandardised(dNatural, dStandardised);
        coordinates.pullback(whole, dStandardised, dWorking);
        positions.forEach((position, i) => {
          out[i] = dWorking[position]!;
        });
      },
    }),
  };
}

/** The log-likelihood to be profiled, in standardised parameters, with the constant that the fit's has. */
function targetOf(
  { model, integral, penalised: hasPenalty }: MaximumLikelihood,
  likelihood: ProfiledLikelihood,
  at: Float64Array,
): Pick<MarginalLikelihood, "evaluate"> {
  const { standardisation } = model;
  if (likelihood === "restricted") {
    const { evaluate } = restrictedLikelihood(standardisation.data, at);
    return { evaluate: (x, gradient) => evaluate(x, gradient) + standardisation.logDeterminant };
  }
  const marginal = model.standardisedMarginal(integral);
  return hasPenalty ? penalised(marginal, penaltyOf(model), standardisation) : marginal;
}

/** A function of some coordinates, the others as they are in `point`. */
function onPositions(objective: Objective, point: Float64Array, positions: readonly number[]): Objective {
  if (positions.length === point.length) return objective;
  const full = new Float64Array(point.length);
  return (w, gradient) => {
    positions.forEach((position, i) => {
      point[position] = w[i]!;
    });
    const value = objective(point, full);
    positions.forEach((position, i) => {
      gradient[i] = full[position]!;
    });
    return value;
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
