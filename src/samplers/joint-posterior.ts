/**
 * The joint posterior of the parameters and the standardised random effects u ~ N(0, I), b = Λu (non-centred):
 * log prior(z) − ½u'u + Σ_i ℓ_i(η_i, φ) with η = offset + Xβ + ZΛu. Coordinates [z | u by term, levels × q].
 */

import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { foldCoordinates } from "../charts/random-term.ts";
import { predictorOfColumn } from "../data/design.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { ObservationKernel } from "../model/observation-kernel.ts";
import { addFactorGradient, fillFactor } from "../model/parameter-layout.ts";
import type { LogPrior } from "../priors/log-prior.ts";
import type { LogDensity } from "./log-density.ts";

export interface JointPosterior {
  readonly density: LogDensity;
  /** b = Λu by term (levels × q), in the units of the data. */
  randomEffects(z: Float64Array, out: readonly Float64Array[]): void;
}

export function jointPosterior(
  data: IntegralData,
  kernel: ObservationKernel,
  chart: PosteriorChart,
  prior: LogPrior,
): JointPosterior {
  const { n, layout, predictors, random } = data;
  const bound = kernel.bind(data.columns, n, data.multiplier);
  let dim = chart.size;
  const terms = random.map((term, t) => {
    const offset = dim;
    dim += term.levels.length * term.q;
    return {
      ...term,
      slice: layout.terms[t]!,
      block: chart.terms[t]!,
      offset,
      size: term.levels.length * term.q,
      factor: new Float64Array(term.q * term.q),
      dFactor: new Float64Array(term.q * term.q),
      b: new Float64Array(term.levels.length * term.q),
      db: new Float64Array(term.levels.length * term.q),
    };
  });
  type Term = (typeof terms)[number];
  const head = new Float64Array(chart.size);
  const dHead = new Float64Array(chart.size);
  const x = new Float64Array(layout.size);
  const dx = new Float64Array(layout.size);
  const phi = x.subarray(layout.phi.offset, layout.phi.offset + layout.phi.size);
  const flipped: boolean[] = [];
  const constant = -0.5 * (dim - chart.size) * Math.log(2 * Math.PI);

  /** b = Λu of a term. */
  const expand = ({ q, size, factor, slice, offset, b }: Term, z: Float64Array) => {
    fillFactor(slice, x, factor);
    for (let base = 0; base < size; base += q)
      for (let a = 0; a < q; a++) {
        let sum = 0;
        for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * z[offset + base + c]!;
        b[base + a] = sum;
      }
  };

  const fillEta = () => {
    predictors.forEach(({ X, names, offset }, r) => {
      const eta = bound.eta[r]!;
      const p = names.length;
      const start = layout.beta[r]!.offset;
      for (let i = 0; i < n; i++) {
        let sum = offset[i]!;
        for (let j = 0; j < p; j++) sum += X[i * p + j]! * x[start + j]!;
        eta[i] = sum;
      }
    });
    for (const { predictor, predictors: spanned, index, q, Z, b } of terms) {
      if (spanned) {
        spanned.forEach((r, a) => {
          const eta = bound.eta[r]!;
          for (let i = 0; i < n; i++) eta[i]! += Z[i * q + a]! * b[index[i]! * q + a]!;
        });
        continue;
      }
      const eta = bound.eta[predictor]!;
      for (let i = 0; i < n; i++) {
        const base = index[i]! * q;
        let sum = 0;
        for (let a = 0; a < q; a++) sum += Z[i * q + a]! * b[base + a]!;
        eta[i]! += sum;
      }
    }
  };

  const addCoefficientGradient = () => {
    predictors.forEach(({ X, names }, r) => {
      const d1 = bound.d1[r]!;
      const p = names.length;
      const start = layout.beta[r]!.offset;
      for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) dx[start + j]! += X[i * p + j]! * d1[i]!;
    });
  };

  /** Adds a term's part: to dΛ (in dx) and to the gradient of u. */
  const addTermGradient = (term: Term, z: Float64Array, gradient: Float64Array) => {
    const { index, q, Z, db, dFactor, factor, offset, size, slice } = term;
    db.fill(0);
    for (let a = 0; a < q; a++) {
      const d1 = bound.d1[predictorOfColumn(term, a)]!;
      for (let i = 0; i < n; i++) db[index[i]! * q + a]! += Z[i * q + a]! * d1[i]!;
    }
    dFactor.fill(0);
    for (let base = 0; base < size; base += q)
      for (let c = 0; c < q; c++) {
        const u = z[offset + base + c]!;
        let sum = -u;
        for (let a = c; a < q; a++) {
          sum += factor[a * q + c]! * db[base + a]!;
          dFactor[a * q + c]! += db[base + a]! * u;
        }
        gradient[offset + base + c] = sum;
      }
    addFactorGradient(slice, dFactor, dx);
  };

  return {
    density: {
      dim,
      // Λ's columns change sign with s, so b = Λu is kept by changing the sign of u.
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
        let square = 0;
        for (let i = chart.size; i < dim; i++) square += z[i]! * z[i]!;
        for (const term of terms) expand(term, z);
        fillEta();
        bound.setParameters(phi);
        const logLik = bound.score(0, n);
        if (!Number.isFinite(logLik) || !Number.isFinite(square)) {
          gradient.fill(0);
          return -Infinity;
        }
        dHead.fill(0);
        dx.fill(0);
        const value = constant - 0.5 * square + logLik + prior.evaluate(head, dHead);
        addCoefficientGradient();
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
      terms.forEach((term, t) => {
        expand(term, z);
        out[t]!.set(term.b);
      });
    },
  };
}
