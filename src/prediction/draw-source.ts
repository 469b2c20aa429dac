/**
 * Draws of parameters and random effects that predictions are made of: those of a posterior, or for a maximum-likelihood fit draws from the
 * normal approximation of the coefficients and the random effects at the estimated variances.
 */

import { semidefiniteCholesky } from "../linalg/semidefinite-cholesky.ts";
import { addDeviation } from "../marginal/effects-covariance.ts";
import type { DistributionFit, MaximumLikelihoodFit, PosteriorFit } from "../model/fit.ts";
import { ownDraws, ownRandomEffects, ownRandomEffectsOf } from "../model/own-numbers.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { createRng, type Rng } from "../random/rng.ts";
import { effectsCovariance, modeSensitivity } from "./mode-sensitivity.ts";

export interface Draw {
  /** Natural parameters [β | Λ | φ]. */
  readonly x: Float64Array;
  /** Random effects of the fit's own groups by term, levels × q; null where they were not asked for. */
  readonly effects: readonly Float64Array[] | null;
}

export interface DrawSource {
  readonly count: number;
  /** Calls `visit` with every draw in turn, the same ones each time. The arrays are valid during the call only. */
  each(visit: (draw: Draw, d: number) => void): Pausable<void>;
}

/** Random effects of draw d, by term (levels × q): views, good until the next call. */
export function effectsByDraw(fit: PosteriorFit): (d: number) => readonly Float64Array[] {
  const each = ownRandomEffectsOf(fit);
  if (each) return each;
  const all = ownRandomEffects(fit);
  const sizes = fit.model.design.random.map(({ levels, q }) => levels.length * q);
  return (d) => all.map((values, t) => values.subarray(d * sizes[t]!, (d + 1) * sizes[t]!));
}

function posteriorDraws(fit: PosteriorFit, withEffects: boolean): DrawSource {
  const { chains, drawsPerChain, size, values } = ownDraws(fit);
  const count = chains * drawsPerChain;
  const effects = withEffects ? effectsByDraw(fit) : null;
  return {
    count,
    *each(visit) {
      for (let d = 0; d < count; d++) {
        visit({ x: values.subarray(d * size, (d + 1) * size), effects: effects ? effects(d) : null }, d);
        if (pauseDue()) yield;
      }
    },
  };
}

/** Adds a draw of N(0, C) to the effects by term: level by level where those are independent given the data, else all at once. */
function effectsDeviation(fit: MaximumLikelihoodFit): (rng: Rng, effects: readonly Float64Array[]) => void {
  const { random } = fit.model.design;
  const joint = effectsCovariance(fit);
  if (!joint)
    return (_, effects) => {
      for (const b of effects) b.fill(Number.NaN);
    };
  if (random.length > 1 || !joint.independentLevels) {
    const z = new Float64Array(joint.size);
    return (rng, effects) => {
      for (let k = 0; k < z.length; k++) z[k] = rng.normal();
      addDeviation(joint, z, effects);
    };
  }
  const roots = fit.modeCovariances.map((values) => values.slice());
  random.forEach(({ q, levels }, t) => {
    for (let level = 0; level < levels.length; level++)
      semidefiniteCholesky(roots[t]!.subarray(level * q * q, (level + 1) * q * q), q);
  });
  const z = new Float64Array(Math.max(0, ...random.map(({ q }) => q)));
  return (rng, effects) => {
    random.forEach(({ q, levels }, t) => {
      const b = effects[t]!;
      for (let level = 0; level < levels.length; level++) {
        for (let a = 0; a < q; a++) z[a] = rng.normal();
        for (let a = 0; a < q; a++)
          for (let c = 0; c <= a; c++) b[level * q + a]! += roots[t]![(level * q + a) * q + c]! * z[c]!;
      }
    });
  };
}

/**
 * β ~ N(β̂, V_ββ) and b = b̂ + (∂b̂/∂β)(β − β̂) + e, e ~ N(0, C) jointly over all terms, with Λ and φ at their estimates: for a Gaussian model the
 * exact distribution at known variances. The uncertainty of the variances is left out.
 */
function approximateDraws(fit: MaximumLikelihoodFit, count: number, seed: string, withEffects: boolean): DrawSource {
  const { estimate, covariance, modes, model } = fit;
  const size = estimate.length;
  const p = model.layout.beta.reduce((sum, slice) => sum + slice.size, 0);
  const root = new Float64Array(p * p);
  for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) root[i * p + j] = covariance[i * size + j]!;
  semidefiniteCholesky(root, p);
  const sensitivity = withEffects ? modeSensitivity(fit) : [];
  const deviate = withEffects ? effectsDeviation(fit) : null;
  const x = estimate.slice();
  const z = new Float64Array(p);
  const effects = withEffects ? modes.map((values) => values.slice()) : null;
  return {
    count,
    *each(visit) {
      const rng = createRng(seed);
      for (let d = 0; d < count; d++) {
        for (let j = 0; j < p; j++) z[j] = rng.normal();
        for (let i = 0; i < p; i++) {
          let sum = estimate[i]!;
          for (let j = 0; j <= i; j++) sum += root[i * p + j]! * z[j]!;
          x[i] = sum;
        }
        effects?.forEach((b, t) => {
          b.set(modes[t]!);
          for (let j = 0; j < p; j++) {
            const derivative = sensitivity[j]?.[t];
            const change = x[j]! - estimate[j]!;
            if (derivative) for (let k = 0; k < b.length; k++) b[k]! += derivative[k]! * change;
          }
        });
        if (effects) deviate!(rng, effects);
        visit({ x, effects }, d);
        if (pauseDue()) yield;
      }
    },
  };
}

/**
 * The draws of a fit.
 *
 * @param count number of draws made of a maximum-likelihood fit; a posterior gives those it has
 * @param withEffects whether random effects of the fit's groups are wanted
 */
export function drawSource(
  fit: DistributionFit,
  { count, seed, withEffects }: { count: number; seed: string | number; withEffects: boolean },
): DrawSource {
  return fit.kind === "posterior"
    ? posteriorDraws(fit, withEffects)
    : approximateDraws(fit, count, `${seed}/draws`, withEffects);
}
