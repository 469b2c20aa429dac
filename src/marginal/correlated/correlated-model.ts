/**
 * A nonlinear mean with random effects and correlated rows, laid out for Laplace's approximation. Notation: row i has an effect b_c for each
 * column c of Z over all terms, which acts on the parameter θ_r(c): η_ir = fixed part + Σ_c z_ic b_c, b = Λu, f_i = f(η_i). Derivatives of f_i in
 * b are g_ic = f_r z_ic and D_icd = f_rs z_ic z_id; with e, p, s and τ of `correlated-response.ts`
 *
 *   h(u) = ½u'Pu − log p(y | f(u)),   ∇h = Pu − τ Λ' Σ_i s_i p_i g_i,   H = P + τΛ'MΛ,   M = Σ_ij C⁻¹_ij s_i s_j g_i g_j' − Σ_i s_i p_i D_i.
 *
 * M has a block where the levels of two rows meet that are neighbours in C⁻¹. Everything is in the order of the correlation structure, Λ in the
 * blocks relative to σ. Dropping D gives the matrix of Gauss and Newton, which is never indefinite: it takes over where H is.
 */
import { predictorOfColumn } from "../../data/design.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { type FactorBlocks, factorBlocks } from "../gaussian/factor-blocks.ts";
import { type Grouping, groupTerms } from "../gaussian/grouping.ts";
import { groupingPrecision } from "../gaussian/grouping-precision.ts";
import { type PairedCrossproduct, pairedCrossproduct } from "../gaussian/paired-crossproduct.ts";
import type { IntegralData } from "../integral-data.ts";
import { type DerivativeIndex, derivativeIndex } from "../laplace/derivative-index.ts";
import type { ModeProblem } from "../laplace/newton-mode.ts";
import { type OrderedRows, orderRows, setFixedPart } from "../laplace/ordered-rows.ts";
import { type PriorPrecision, priorProduct } from "../prior-precision.ts";
import { type CorrelatedResponse, correlatedResponse } from "./correlated-response.ts";

/** One effect that every row has. */
export interface RowColumn {
  readonly predictor: number;
  /** z of each row. */
  readonly z: Float64Array;
  /** Where in u the effect of each row is. */
  readonly position: Int32Array;
}

export interface CorrelatedModel {
  readonly rows: OrderedRows;
  readonly response: CorrelatedResponse;
  readonly grouping: Grouping;
  readonly factors: FactorBlocks;
  /** Where in x the entries of Λ begin. */
  readonly lambdaAt: number;
  readonly crossed: PairedCrossproduct;
  readonly columns: readonly RowColumn[];
  /** s_i g_i at the u last assembled: n × columns, row-major. */
  readonly slopes: Float64Array;
  /** Numbers of second and third derivatives of the kernel. */
  readonly index: DerivativeIndex;
  readonly prior: PriorPrecision;
  /** out ← Pu. */
  readonly multiplyPrior: (u: Float64Array, out: Float64Array) => void;
  /** Sets β, Λ and φ; false where the density is not defined there. */
  set(x: Float64Array): boolean;
  /** log p(y | f(u)) at the parameters last set; leaves the kernel's first and second derivatives behind. */
  logDensity(u: Float64Array): number;
}

export function correlatedModel(data: IntegralData, kernel: ObservationKernel): CorrelatedModel {
  const { n, random, layout } = data;
  const response = correlatedResponse(data, true);
  const { order, correlation } = response;
  const named = Object.fromEntries(kernel.columns.map((name) => [name, data.columns[name]!]));
  const rows = orderRows({ ...data, columns: named }, kernel, order);
  const { K } = rows;
  rows.kernel.eta[K]!.fill(1);
  const grouping = groupTerms(random, layout);
  const { size } = grouping;
  const factors = factorBlocks(grouping);
  const F = grouping.factors.length;
  const position = new Int32Array(n * F);
  const columns: RowColumn[] = [];
  grouping.factors.forEach(({ base, q, index, terms }, f) => {
    const first = Int32Array.from(order, (i) => base + index[i]! * q);
    for (let i = 0; i < n; i++) position[i * F + f] = first[i]!;
    for (const { term, at, q: own } of terms)
      for (let a = 0; a < own; a++)
        columns.push({
          predictor: predictorOfColumn(random[term]!, a),
          z: Float64Array.from(order, (i) => random[term]!.Z[i * own + a]!),
          position: first.map((start) => start + at + a),
        });
  });
  const prior = groupingPrecision(grouping);
  const b = new Float64Array(size);
  const lambdaAt = layout.terms[0]!.offset;

  return {
    rows,
    response,
    grouping,
    factors,
    lambdaAt,
    crossed: pairedCrossproduct(grouping, position, correlation.pairs!),
    columns,
    slopes: new Float64Array(n * columns.length),
    index: derivativeIndex(K + 1),
    prior,
    multiplyPrior: priorProduct(prior),
    set(x) {
      setFixedPart(rows, x);
      if (!response.set(rows.phi)) return false;
      factors.fill(x, lambdaAt, Math.sqrt(response.precision()));
      return true;
    },
    logDensity(u) {
      const { kernel: bound, fixedPart } = rows;
      const sigma = 1 / Math.sqrt(response.precision());
      factors.multiplyFactor(u, b, 1);
      for (let r = 0; r < K; r++) bound.eta[r]!.set(fixedPart[r]!);
      for (const { predictor, z, position: at } of columns) {
        const eta = bound.eta[predictor]!;
        for (let i = 0; i < n; i++) eta[i]! += sigma * z[i]! * b[at[i]!]!;
      }
      bound.curvature(0, n);
      return response.evaluate(bound.d1[K]!);
    },
  };
}

/** The search for the mode of u. */
export function correlatedMode(model: CorrelatedModel): ModeProblem {
  const { rows, response, grouping, factors, crossed, columns, slopes, index, prior, multiplyPrior } = model;
  const { n, K, kernel } = rows;
  const { size } = grouping;
  const width = columns.length;
  const { scale, p } = response;
  const second = new Float64Array(n * width * width);
  const effects = new Float64Array(size);
  const scratch = new Float64Array(size);
  const gradient = new Float64Array(size);
  return {
    u: new Float64Array(size),
    gradient,
    step: new Float64Array(size),
    trial: new Float64Array(size),
    iterations: 0,
    ...(prior.blocks.length > 0 && {
      penalty(u: Float64Array) {
        multiplyPrior(u, scratch);
        let sum = 0;
        for (let a = 0; a < size; a++) sum += u[a]! * scratch[a]!;
        return sum;
      },
    }),
    negativeLogLikelihood: (u) => -model.logDensity(u),
    assemble(u) {
      effects.fill(0);
      columns.forEach(({ predictor, z, position }, c) => {
        const slope = kernel.d1[predictor]!;
        for (let i = 0; i < n; i++) {
          const value = scale[i]! * slope[i]! * z[i]!;
          slopes[i * width + c] = value;
          effects[position[i]!]! += value * p[i]!;
        }
        for (let d = 0; d <= c; d++) {
          const { predictor: other, z: w } = columns[d]!;
          const curvature = kernel.d2[index.pair[predictor * (K + 1) + other]!]!;
          for (let i = 0; i < n; i++) {
            const entry = -scale[i]! * p[i]! * curvature[i]! * z[i]! * w[i]!;
            second[(i * width + c) * width + d] = second[(i * width + d) * width + c] = entry;
          }
        }
      });
      factors.multiplyFactorTransposed(effects, 1);
      multiplyPrior(u, gradient);
      // Λ is relative to σ: σ times it, times τ
      const root = Math.sqrt(response.precision());
      for (let a = 0; a < size; a++) gradient[a]! -= root * effects[a]!;
    },
    factorise(ridge) {
      crossed.update(slopes, ridge === 0 ? second : undefined);
      return crossed.system.factorise(factors.lambda);
    },
    largest: () => 1,
    solve(x) {
      crossed.system.halfSolve(x, 1);
      crossed.system.halfSolveTransposed(x, 1);
    },
  };
}
