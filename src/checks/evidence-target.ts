/** The integrated posterior of a fit on its unconstrained coordinates, normalised so that its integral is the evidence, and the fit's draws there. */

import { evidenceNeedsDeclaredPriors, evidenceNeedsProperPriors } from "../messages/checks.ts";
import { declarationFault } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { Pausable } from "../optimise/pausable.ts";
import { centredAt, coefficientCentring } from "../samplers/coefficient-centring.ts";
import { hyperOf } from "../samplers/hyper-draws.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { buildTarget, type Target, targetData } from "../samplers/target-data.ts";
import { reflections } from "./folded-proposal.ts";

export interface EvidenceTarget {
  readonly target: Target;
  readonly integral: IntegralMethod;
  readonly dim: number;
  /** Log density at a folded z (signed standard deviations not negative), all mirror images counted: its integral is the evidence. */
  logDensity(z: Float64Array): number;
  /** Coordinates of every draw, draws × dim, folded. */
  coordinates(): Float64Array;
}

/** @throws DeclarationError naming the parameters with flat priors */
export function* evidenceTarget(fit: Posterior, integral?: IntegralMethod): Pausable<EvidenceTarget> {
  const { model, resolvedPriors: priors } = fit;
  const draws = ownDraws(fit);
  if ("prior" in fit.sampler && fit.sampler.prior) throw declarationFault(evidenceNeedsDeclaredPriors);
  const correlations = priors.cor.filter((prior) => prior !== null);
  const flat = [...priors.fixed, ...priors.sd.flat(), ...correlations, ...priors.phi].filter(
    ({ distribution }) => distribution.name === "flat",
  );
  if (flat.length > 0)
    throw declarationFault(evidenceNeedsProperPriors(flat.map(({ class: c, name }) => `${c}:${name}`)));
  const method = integral ?? fit.integral ?? chooseIntegral(model, { kind: "finest" }).integral;
  // Coordinates in which the coefficients under a shrinkage prior are close to normal, as the proposals are.
  const centring = priors.shrinkage ? yield* coefficientCentring(model, priors, method) : null;
  const target = buildTarget(centredAt(targetData(model, "integrated", method, priors), centring?.centring ?? null));
  const { density, chart, standardisation } = target;
  const { dim } = density;
  const mirrored = reflections(chart).length * Math.LN2;
  const gradient = new Float64Array(dim);
  return {
    target,
    integral: method,
    dim,
    logDensity: (z) => density.evaluate(z, gradient) + mirrored,
    coordinates() {
      const total = draws.chains * draws.drawsPerChain;
      const all = new Float64Array(total * dim);
      const inner = new Float64Array(draws.size);
      const z = new Float64Array(dim);
      for (let d = 0; d < total; d++) {
        const x = draws.values.slice(d * draws.size, (d + 1) * draws.size);
        target.origin?.toMoved(x);
        standardisation.toStandardised(x, inner);
        if (chart.shrunken && draws.hyper) {
          // The slopes' coordinates depend on the hyperparameters, and those on sigma, which the first call sets.
          const { block, offset, logSigma } = chart.shrunken;
          chart.toUnconstrained(inner, z);
          block.scales.toUnconstrained(hyperOf(draws.hyper, d), logSigma(z), z, offset);
        }
        chart.toUnconstrained(inner, z);
        all.set(z, d * dim);
      }
      return all;
    },
  };
}
