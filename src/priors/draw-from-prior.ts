/** Draws of all parameters from their priors. */
import { correlationFactor, correlationSize } from "../covariance/partial-correlations.ts";
import { DeclarationError } from "../messages/issue.ts";
import { drawFromFlatPrior } from "../messages/priors.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Rng } from "../random/rng.ts";
import { scalarPrior } from "./density.ts";
import { uniform } from "./distributions.ts";
import { drawLkjPartialCorrelations } from "./lkj.ts";
import { resolvePriors } from "./resolve.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";

/** Overwrites x (length layout.size, natural parameters in the user's units) with one draw from the prior. */
export type PriorSampler = (rng: Rng, x: Float64Array) => void;

const label = ({ class: priorClass, name }: ResolvedPrior): string => `${priorClass}:${name}`;

/** The interval a family parameter lies in; null where it is infinite. */
function boundsOf(support: ResolvedPriors["phiSupport"][number]): readonly [number, number] | null {
  if (typeof support === "object") return [support.lower, support.upper];
  return support === "unit" ? [0, 1] : null;
}

/** Flat priors on sets of infinite size: those on intervals and on correlation matrices are uniform distributions. */
function improper(priors: ResolvedPriors): string[] {
  const phi = priors.phi.filter((_, g) => !boundsOf(priors.phiSupport[g]!));
  return [...priors.fixed, ...priors.sd.flat(), ...phi]
    .filter(({ distribution }) => distribution.name === "flat")
    .map(label);
}

/**
 * Makes a sampler of the prior: coefficients, standard deviations and correlations of the random effects, and the family's parameters,
 * all independent, assembled to x = [β | Λ | φ].
 *
 * @param priors default those of the model
 * @throws DeclarationError when a prior is flat, for there is nothing to draw from then
 */
export function priorSampler(model: CompiledModel, priors: ResolvedPriors = resolvePriors(model)): PriorSampler {
  const flat = improper(priors);
  if (flat.length > 0) throw new DeclarationError([drawFromFlatPrior(flat)]);
  const { layout } = model;
  const fixed = priors.fixed.map(({ distribution }) => scalarPrior(distribution));
  const phi = priors.phi.map(({ distribution }, g) => {
    if (distribution.name !== "flat") return scalarPrior(distribution);
    return scalarPrior(uniform(...(boundsOf(priors.phiSupport[g]!) as [number, number])));
  });
  const terms = layout.terms.map((slice, t) => {
    const { q } = slice;
    const cor = priors.cor[t];
    return {
      ...slice,
      sd: priors.sd[t]!.map(({ distribution }) => scalarPrior(distribution)),
      // a flat prior of a correlation matrix is the uniform distribution, LKJ with eta 1
      eta: cor ? (cor.distribution.name === "lkj" ? cor.distribution.parameters[0]! : 1) : null,
      coordinates: new Float64Array(correlationSize(q)),
      factor: new Float64Array(q * q),
      sds: new Float64Array(q),
    };
  });
  return (rng, x) => {
    for (let j = 0; j < fixed.length; j++) x[j] = fixed[j]!.draw(rng);
    for (const { q, offset, covariance, sd, eta, coordinates, factor, sds } of terms) {
      for (let a = 0; a < q; a++) sds[a] = sd[a]!.draw(rng);
      if (covariance === "diag") {
        for (let a = 0; a < q; a++) x[offset + a] = sds[a]!;
        continue;
      }
      if (eta !== null) {
        drawLkjPartialCorrelations(rng, eta, q, coordinates);
        for (let i = 0; i < coordinates.length; i++) coordinates[i] = Math.atanh(coordinates[i]!);
      }
      correlationFactor(q, coordinates, 0, factor);
      let position = offset;
      for (let column = 0; column < q; column++)
        for (let row = column; row < q; row++) x[position++] = sds[row]! * factor[row * q + column]!;
    }
    phi.forEach((prior, g) => {
      x[layout.phi.offset + g] = prior.draw(rng);
    });
  };
}

/**
 * One draw of the natural parameters x = [β | Λ | φ] from the prior, in the user's units.
 *
 * @throws DeclarationError when a prior is flat
 * @example drawFromPrior(model(cbpp).formula("y ~ x + (1 | g)").compile(), createRng("prior"));
 */
export function drawFromPrior(model: CompiledModel, rng: Rng): Float64Array {
  const x = new Float64Array(model.layout.size);
  priorSampler(model)(rng, x);
  return x;
}
