/** Draws of all parameters from their priors. */
import { parameterBlocks } from "../charts/family-parameters.ts";
import { boundStructure } from "../covariance/structures.ts";
import { DeclarationError } from "../messages/issue.ts";
import { drawFromFlatPrior } from "../messages/priors.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Rng } from "../random/rng.ts";
import { scalarPrior } from "./density.ts";
import { uniform } from "./distributions.ts";
import { drawOrdered } from "./ordered.ts";
import { originMap } from "./origin-map.ts";
import { resolvePriors } from "./resolve.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";
import type { ResolvedShrinkage } from "./shrinkage.ts";
import { shrinkageLaw } from "./shrinkage-scales.ts";

/**
 * Overwrites x (length layout.size, natural parameters in the user's units) with one draw from the prior, and `hyper` with the
 * hyperparameters of its shrinkage prior where there is one.
 */
export type PriorSampler = (rng: Rng, x: Float64Array, hyper?: Float64Array) => void;

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
 * all independent but slopes under a shrinkage prior, assembled to x = [β | Λ | φ].
 *
 * @param priors default those of the model
 * @throws DeclarationError when a prior is flat, for there is nothing to draw from then
 */
export function priorSampler(model: CompiledModel, priors: ResolvedPriors = resolvePriors(model)): PriorSampler {
  const flat = improper(priors);
  if (flat.length > 0) throw new DeclarationError([drawFromFlatPrior(flat)]);
  const { layout } = model;
  const shrunken = new Set(priors.shrinkage?.coefficients);
  const fixed = priors.fixed.map(({ distribution }, j) => (shrunken.has(j) ? null : scalarPrior(distribution)));
  const drawSlopes = priors.shrinkage && slopeSampler(priors.shrinkage, layout.phi.offset);
  const phi = priors.phi.map(({ distribution }, g) => {
    if (distribution.name !== "flat") return scalarPrior(distribution);
    return scalarPrior(uniform(...(boundsOf(priors.phiSupport[g]!) as [number, number])));
  });
  const blocks = parameterBlocks(priors.phiSupport);
  const ofPrior = ({ distribution }: ResolvedPrior) => distribution;
  const terms = layout.terms.map((term, t) => {
    const { offset, size } = term;
    const structure = boundStructure(term);
    const cor = priors.cor[t];
    const sd = priors.sd[t]!.map(({ distribution }) => scalarPrior(distribution));
    return {
      sd,
      // a flat prior of a correlation matrix is the uniform distribution, LKJ with eta 1
      eta: cor ? (cor.distribution.name === "lkj" ? cor.distribution.parameters[0]! : 1) : null,
      correlations: structure.prior,
      chart: structure.transform(sd.map(() => true)),
      coordinates: new Float64Array(sd.length + (structure.prior?.size ?? 0)),
      entries: (x: Float64Array) => x.subarray(offset, offset + size),
    };
  });
  const origin = priors.origin && originMap(priors.origin, layout, model.data.thresholds ?? 0);
  return (rng, x, hyper) => {
    for (let j = 0; j < fixed.length; j++) x[j] = fixed[j]?.draw(rng) ?? 0;
    for (const { sd, eta, correlations, chart, coordinates, entries } of terms) {
      for (let a = 0; a < sd.length; a++) coordinates[a] = sd[a]!.draw(rng);
      if (eta !== null) correlations?.draw(rng, eta, coordinates, sd.length);
      chart.toNatural(coordinates, entries(x));
    }
    for (const { chart, from, ordered } of blocks) {
      const at = layout.phi.offset + from;
      if (ordered) drawOrdered(rng, priors.phi.slice(from, from + chart.size).map(ofPrior), x, at);
      else x[at] = phi[from]!.draw(rng);
    }
    drawSlopes?.(rng, x, hyper);
    origin?.toUser(x);
  };
}

/** Draws the slopes of a shrinkage prior by way of their scales, given φ in x. */
function slopeSampler(shrinkage: ResolvedShrinkage, phiOffset: number): PriorSampler {
  const law = shrinkageLaw(shrinkage);
  const z = new Float64Array(law.size);
  const logScales = new Float64Array(law.count);
  return (rng, x, hyper) => {
    const logSigma = shrinkage.sigma === null ? 0 : Math.log(x[phiOffset + shrinkage.sigma]!);
    law.draw(rng, z, 0);
    law.logScales(z, 0, logSigma, logScales);
    shrinkage.coefficients.forEach((position, j) => {
      x[position] = Math.exp(logScales[j]!) * rng.normal();
    });
    if (hyper) law.toNatural(z, 0, logSigma, hyper);
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
