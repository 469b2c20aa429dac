/**
 * The joint posterior of the parameters and the random effects: log prior(z) + log p(v | Λ, β) + Σ_i ℓ_i(η_i, φ) with η = offset + Xβ + Zb.
 * Coordinates [z | v by term, levels × q]; how b comes from v is the term's own (`effect-coordinates.ts`).
 */

import type { PosteriorChart } from "../charts/posterior-chart.ts";
import type { LevelPrecision } from "../covariance/level-precision.ts";
import { foldCoordinates } from "../covariance/term-transform.ts";
import type { RowScore } from "../marginal/correlated/correlated-score.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import { addFactorGradient, fillFactor } from "../model/parameter-layout.ts";
import type { LogPrior } from "../priors/prior-density.ts";
import {
  type Centre,
  centred,
  type EffectBlock,
  type EffectCoordinates,
  nonCentred,
  type Parameterisation,
} from "./effect-coordinates.ts";
import type { LogDensity } from "./log-density.ts";
import { relatedNonCentred } from "./related-effects.ts";

export interface JointPosterior {
  readonly density: LogDensity;
  /** b by term (levels × q), in the units of the data. */
  randomEffects(z: Float64Array, out: readonly Float64Array[]): void;
}

/** The coordinates of a term: `map` (q × coefficients) is P of a centred term whose v = b + Pβ, null where P is 0. */
export interface TermCoordinates {
  readonly kind: Parameterisation;
  readonly map: Float64Array | null;
}

/** The coordinates of a term, whose levels are independent or have a known covariance. */
function effectCoordinates(
  block: EffectBlock,
  kind: Parameterisation,
  centre: Centre | null,
  known: LevelPrecision | undefined,
): EffectCoordinates {
  if (kind === "centred") return centred(block, centre, known);
  return known ? relatedNonCentred(block, known) : nonCentred(block);
}

/** The terms with their coordinates, which follow those of the parameters, and room for their factors, effects and gradients. */
function termsOf(
  data: IntegralData,
  chart: PosteriorChart,
  coordinates: readonly TermCoordinates[],
  beta: Float64Array,
) {
  let dim = chart.size;
  return data.random.map((term, t) => {
    const { q } = term;
    const size = term.levels.length * q;
    const block = {
      q,
      levels: term.levels.length,
      offset: dim,
      factor: new Float64Array(q * q),
      b: new Float64Array(size),
    };
    dim += size;
    const { kind, map } = coordinates[t]!;
    const centre: Centre | null = map && { map, beta };
    return {
      ...term,
      ...block,
      size,
      slice: data.layout.terms[t]!,
      block: chart.terms[t]!,
      effects: effectCoordinates(block, kind, centre, term.known),
      dFactor: new Float64Array(q * q),
      db: new Float64Array(size),
    };
  });
}

type Term = ReturnType<typeof termsOf>[number];

/**
 * @param bound the log density of the rows of `data`
 * @param coordinates by term; the standard deviations of a centred term must have logarithms as coordinates in `chart`
 */
export function jointPosterior(
  data: IntegralData,
  bound: RowScore,
  chart: PosteriorChart,
  prior: LogPrior,
  coordinates: readonly TermCoordinates[],
): JointPosterior {
  const { n, layout } = data;
  const head = new Float64Array(chart.size);
  const dHead = new Float64Array(chart.size);
  const x = new Float64Array(layout.size);
  const dx = new Float64Array(layout.size);
  const beta = x.subarray(0, chart.coefficients);
  const phi = x.subarray(layout.phi.offset, layout.phi.offset + layout.phi.size);
  const terms = termsOf(data, chart, coordinates, beta);
  const dim = terms.reduce((sum, { size }) => sum + size, chart.size);
  const rows = linearPredictors(data, layout.beta);
  const b = terms.map((term) => term.b);
  const db = terms.map((term) => term.db);
  const flipped: boolean[] = [];
  const constant = -0.5 * (dim - chart.size) * Math.log(2 * Math.PI);

  /** Fills b of every term; returns the log density of the effects' coordinates. */
  const expand = (z: Float64Array): number => {
    let sum = 0;
    for (const { slice, factor, effects } of terms) {
      fillFactor(slice, x, factor);
      sum += effects.expand(z);
    }
    return sum;
  };

  /** Adds a term's part to the gradient of Λ and β (in dx), and writes that of its coordinates, from that of b. */
  const addTermGradient = ({ db, dFactor, slice, effects }: Term, z: Float64Array, gradient: Float64Array) => {
    effects.pullback(z, db, gradient, dFactor, dx);
    addFactorGradient(slice, x, dFactor, dx);
  };

  return {
    density: {
      dim,
      // Λ's columns change sign with s, so b = Λv is kept by changing the sign of v; a centred term has no signed s.
      fold(z, gradient) {
        for (const { block, q, offset, size } of terms) {
          foldCoordinates(block.chart, z, gradient, block.offset, flipped);
          for (let i = 0; i < size; i++)
            if (flipped[i % q]) {
              z[offset + i] = -z[offset + i]!;
              gradient[offset + i] = -gradient[offset + i]!;
            }
        }
      },
      evaluate(z, gradient) {
        for (let i = 0; i < chart.size; i++) head[i] = z[i]!;
        chart.toNatural(head, x);
        const effects = expand(z);
        rows.eta(x, b, bound.eta);
        bound.setParameters(phi);
        const logLik = bound.score(0, n);
        if (!Number.isFinite(logLik) || !Number.isFinite(effects)) {
          gradient.fill(0);
          return -Infinity;
        }
        dHead.fill(0);
        dx.fill(0);
        const value = constant + effects + logLik + prior.evaluate(head, dHead);
        for (const values of db) values.fill(0);
        rows.pullback(bound.d1, dx, db);
        for (const term of terms) addTermGradient(term, z, gradient);
        for (let g = 0; g < layout.phi.size; g++) dx[layout.phi.offset + g] = bound.dPhi[g]!;
        chart.pullback(head, dx, dHead);
        for (let i = 0; i < chart.size; i++) gradient[i] = dHead[i]!;
        return Number.isFinite(value) ? value : -Infinity;
      },
    },
    randomEffects(z, out) {
      for (let i = 0; i < chart.size; i++) head[i] = z[i]!;
      chart.toNatural(head, x);
      expand(z);
      terms.forEach(({ b }, t) => {
        out[t]!.set(b);
      });
    },
  };
}
