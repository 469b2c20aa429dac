/** Penalised likelihood: the declared priors' log densities of coefficients, sds, correlations and family parameters, without a Jacobian. */
import { boundStructure } from "../covariance/structures.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import { DeclarationError } from "../messages/issue.ts";
import { shrinkageNotPenalised } from "../messages/priors.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { TermLayout } from "../model/parameter-layout.ts";
import { addFactorGradient, fillFactor } from "../model/parameter-layout.ts";
import { type ReportedParameter, reportedParameters } from "../model/reported-parameters.ts";
import type { Standardisation } from "../model/standardise.ts";
import { scalarPrior } from "../priors/density.ts";
import { describePrior } from "../priors/distributions.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPrior } from "../priors/resolved.ts";

export interface Penalty {
  /** Log prior density at natural parameters in the user's units; overwrites `gradient` when given. */
  evaluate(x: Float64Array, gradient?: Float64Array): number;
}

/** log LKJ density of the correlation matrix of ΛΛ' (Lewandowski, Kurowicka & Joe 2009), (η − 1) log|R| + constant, and its gradient. */
function lkjPenalty(layout: TermLayout, eta: number): Penalty {
  const { q } = layout;
  const L = new Float64Array(q * q);
  const dL = new Float64Array(q * q);
  const constant = boundStructure(layout).prior!.logNormaliser(eta);
  return {
    evaluate(x, gradient) {
      fillFactor(layout, x, L);
      dL.fill(0);
      let logDeterminant = 0;
      for (let a = 0; a < q; a++) {
        let square = 0;
        for (let k = 0; k <= a; k++) square += L[a * q + k]! ** 2;
        logDeterminant += 2 * Math.log(Math.abs(L[a * q + a]!)) - Math.log(square);
        dL[a * q + a]! += 2 / L[a * q + a]!;
        for (let k = 0; k <= a; k++) dL[a * q + k]! -= (2 * L[a * q + k]!) / square;
      }
      for (let i = 0; i < q * q; i++) dL[i]! *= eta - 1;
      if (gradient) addFactorGradient(layout, x, dL, gradient);
      return constant + (eta - 1) * logDeterminant;
    },
  };
}

/**
 * The penalty of a model's declared priors. Parameters without one contribute nothing.
 *
 * @throws DeclarationError for a shrinkage prior, whose density has no largest value
 */
export function penaltyOf(model: CompiledModel): Penalty {
  const priors = resolvePriors(model);
  if (priors.shrinkage)
    throw new DeclarationError([shrinkageNotPenalised(describePrior(priors.shrinkage.distribution))]);
  const { layout } = model;
  const scalar: ResolvedPrior[] = [...priors.fixed];
  const matrices: Penalty[] = [];
  // priors of φ are on the parameters themselves, of which tables may report functions (coefficients of partial autocorrelations)
  const all = reportedParameters(model).filter(({ kind }) => kind !== "cor");
  const coefficients = all.filter(({ effect, coef_type }) => effect === "fixed" && coef_type !== "intercept");
  const reported: Pick<ReportedParameter, "value" | "gradient">[] = all.slice(0, coefficients.length);
  let next = coefficients.length;
  for (const term of layout.terms) {
    // effects with one standard deviation in common have one prior
    reported.push(...all.slice(next, next + boundStructure(term).sds));
    next += term.q;
  }
  for (let g = 0; g < layout.phi.size; g++)
    reported.push({
      value: (x) => x[layout.phi.offset + g]!,
      gradient(_, out) {
        out.fill(0);
        out[layout.phi.offset + g] = 1;
      },
    });
  priors.sd.forEach((term, t) => {
    scalar.push(...term);
    const cor = priors.cor[t];
    if (cor?.source === "declared") matrices.push(lkjPenalty(layout.terms[t]!, cor.distribution.parameters[0]!));
  });
  scalar.push(...priors.phi);
  const parts = reported.flatMap((parameter, i) =>
    scalar[i]!.source === "declared" ? [{ parameter, density: scalarPrior(scalar[i]!.distribution) }] : [],
  );
  const slope = new Float64Array(layout.size);
  return {
    evaluate(x, gradient) {
      gradient?.fill(0);
      let sum = 0;
      for (const { parameter, density } of parts) {
        const value = parameter.value(x);
        sum += density.logDensity(value);
        if (!gradient) continue;
        parameter.gradient(x, slope);
        const d = density.derivative(value);
        // an sd of exactly 0 has no gradient; a prior that is flat there pulls in no direction
        for (let i = 0; i < layout.size; i++) if (!Number.isNaN(slope[i]!)) gradient[i]! += d * slope[i]!;
      }
      for (const matrix of matrices) sum += matrix.evaluate(x, gradient);
      return sum;
    },
  };
}

/** A standardised marginal likelihood plus a penalty stated in the user's units. */
export function penalised(marginal: MarginalLikelihood, penalty: Penalty, map: Standardisation): MarginalLikelihood {
  const { size } = marginal.layout;
  const x = new Float64Array(size);
  const dx = new Float64Array(size);
  const added = new Float64Array(size);
  return {
    ...marginal,
    evaluate(standardised, gradient) {
      const value = marginal.evaluate(standardised, gradient);
      map.toOriginal(standardised, x);
      const extra = penalty.evaluate(x, gradient && dx);
      if (gradient) {
        map.pullbackToStandardised(dx, added);
        for (let i = 0; i < size; i++) gradient[i]! += added[i]!;
      }
      const total = value + extra;
      return Number.isNaN(total) ? Number.NEGATIVE_INFINITY : total;
    },
  };
}
