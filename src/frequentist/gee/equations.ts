/**
 * The estimating equations of a GEE on sorted rows (Liang & Zeger 1986, eq. 6): Σ_i D_i'V_i⁻¹(y_i − μ_i) = 0 with
 * V_i = φ A_i^½ R(α) A_i^½. Works in the standardised coordinates of the model. After the arrays are laid out nothing is allocated;
 * clusters of equal pattern share R⁻¹.
 */
import type { MeanKernel } from "../../autodiff/compile-mean.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { meanKernel } from "../../prediction/response-mean.ts";
import type { Clusters } from "./clusters.ts";
import { type CorrelationParameters, correlationParameters } from "./correlation-parameters.ts";
import type { GeeMethod } from "./method.ts";
import { type WorkingInverse, workingInverses } from "./working-inverse.ts";

/** Information G_i = D_i'V_i⁻¹D_i and score u_i = D_i'V_i⁻¹(y_i − μ_i) of one cluster, both at φ = 1. */
export type ClusterVisitor = (c: number, G: Float64Array, u: Float64Array) => void;

export interface Equations {
  readonly clusters: Clusters;
  readonly correlation: CorrelationParameters;
  /** Number of coefficients. */
  readonly p: number;
  /** Σ G_i (lower triangle) and Σ u_i after `assemble`, p × p and p. */
  readonly information: Float64Array;
  readonly score: Float64Array;
  /** One step of weighted least squares from the family's rough guess of η: fills information and score, whose solution is a β. */
  start(): boolean;
  /** Means and variances at β; false where they are not defined. */
  evaluate(beta: Float64Array): boolean;
  /** Moment estimates at the last β: returns φ (or the fixed one) and fills α. `excluded`: a cluster left out, −1 for none. */
  moments(alpha: Float64Array, excluded?: number): number;
  /** Fills information and score at the last β and this α, at φ = 1; false where R is singular. */
  assemble(alpha: Float64Array, excluded?: number): boolean;
  /** Visits every cluster at the last β and α. The arrays are overwritten by the next. */
  visit(visitor: ClusterVisitor): void;
  /** Pearson residuals (y − μ)/√(v/w) by row of the design, at φ = 1. */
  pearson(): Float64Array;
  /** Patterns whose R is not positive definite at the last α. */
  indefinite(): number;
}

/** Rows in the order of `order`, or as they are. */
function gather(values: Float64Array, order: Int32Array, sorted: boolean, width = 1): Float64Array {
  if (sorted) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; i++) {
    const from = order[i]! * width;
    for (let a = 0; a < width; a++) out[i * width + a] = values[from + a]!;
  }
  return out;
}

/** What multiplies the precision of a row beside the family's variance function: trials, weights or both; null where all are 1. */
function precisions(model: CompiledModel): Float64Array | null {
  const { trials, weights } = model.design;
  if (trials === null || trials.every((value) => value === 1)) return weights;
  return weights === null ? trials : trials.map((value, i) => value * weights[i]!);
}

/** By pattern: one over its number of pairs of each slot. */
function weightsWithin(slotOf: readonly Int32Array[], slots: number): Float64Array[] {
  return slotOf.map((slotOfPair) => {
    const weights = new Float64Array(slots);
    for (const slot of slotOfPair) if (slot >= 0) weights[slot]!++;
    return weights.map((pairs) => (pairs > 0 ? 1 / pairs : 0));
  });
}

/** Lays out the equations of a model for a method. */
export function estimatingEquations(
  model: CompiledModel,
  method: GeeMethod,
  clusters: Clusters,
  phi: Float64Array,
): Equations {
  const { design, family, standardisation } = model;
  const { n } = design;
  const { order, sorted, start, patternOf, count } = clusters;
  const place = (values: Float64Array | null) => (values === null ? null : gather(values, order, sorted));
  const predictor = standardisation.data.predictors[0]!;
  const p = predictor.names.length;
  const X = gather(predictor.X, order, sorted, p);
  const offset = place(predictor.offset)!;
  const y = place(design.y)!;
  const trials = place(design.trials);
  const weights = place(design.weights);
  // a weight the family's variance does not know divides it
  const dividing = family.columns.includes("weights") ? null : weights;
  const w = place(precisions(model));
  const own = Object.entries(design.columns ?? {}).map(([name, values]) => [name, place(values)!] as const);
  const columns: Record<string, Float64Array> = {
    ...Object.fromEntries(own),
    y,
    ...(trials && { trials }),
    ...(weights && { weights }),
  };
  const kernel: MeanKernel = meanKernel(family);
  const correlation = correlationParameters(method, clusters);
  const inverses: WorkingInverse[] = workingInverses(method.correlation, clusters, correlation);

  const eta = new Float64Array(n);
  const mean = new Float64Array(n);
  const slope = new Float64Array(n);
  const variance = new Float64Array(n);
  const e = new Float64Array(n);
  const q = p + 1;
  const Z = new Float64Array(clusters.largest * q);
  const B = new Float64Array(clusters.largest * q);
  const information = new Float64Array(p * p);
  const score = new Float64Array(p);
  const out = { value: mean, dEta: [slope] };

  /** From η: e = (y − μ)/√v, and `slope` becomes (dμ/dη)/√v. */
  const residuals = (): boolean => {
    kernel.evaluate([eta], phi, n, out, columns);
    kernel.variance([eta], phi, n, variance, columns);
    let sound = true;
    for (let i = 0; i < n; i++) {
      const size = trials === null ? 1 : trials[i]!;
      const v = dividing === null ? variance[i]! : variance[i]! / dividing[i]!;
      const root = Math.sqrt(v);
      e[i] = (y[i]! - size * mean[i]!) / root;
      slope[i] = (size * slope[i]!) / root;
      sound &&= v > 0 && e[i]! - e[i]! === 0 && slope[i]! - slope[i]! === 0;
    }
    return sound;
  };

  /** Z = [D | y − μ] of cluster c, both divided by √v, and B = R⁻¹Z. */
  const load = (c: number): number => {
    const from = start[c]!;
    const m = start[c + 1]! - from;
    for (let j = 0; j < m; j++) {
      const s = slope[from + j]!;
      const row = (from + j) * p;
      for (let a = 0; a < p; a++) Z[j * q + a] = s * X[row + a]!;
      Z[j * q + p] = e[from + j]!;
    }
    inverses[patternOf[c]!]!.apply(Z, q, B);
    return m;
  };

  const addCluster = (m: number, G: Float64Array, u: Float64Array) => {
    for (let j = 0; j < m; j++) {
      const row = j * q;
      const residual = B[row + p]!;
      for (let a = 0; a < p; a++) {
        const z = Z[row + a]!;
        const to = a * p;
        for (let b = 0; b <= a; b++) G[to + b]! += z * B[row + b]!;
        u[a]! += z * residual;
      }
    }
  };

  const { slotOf, slots } = correlation;
  const products = new Float64Array(slots);
  const divisors = new Float64Array(slots);
  const corrected = method.divisor === "N-p";
  const plain = w === null || corrected;
  // package gee averages the products of one lag within each cluster first
  const slotWeights = corrected && slotOf !== null && correlation.lags.length > 0 ? weightsWithin(slotOf, slots) : null;

  /** Adds sign times the pairs of cluster c: Σ√(w_j w_k) e_j e_k, or Σ w_j w_k where `counting`. */
  const addPairs = (c: number, counting: boolean, into: Float64Array, sign = 1) => {
    const from = start[c]!;
    const m = start[c + 1]! - from;
    const value = (i: number) => (counting ? (plain ? 1 : w![i]!) : plain ? e[i]! : Math.sqrt(w![i]!) * e[i]!);
    if (slotOf === null) {
      let sum = 0;
      let square = 0;
      for (let i = from; i < from + m; i++) {
        const x = value(i);
        sum += x;
        square += x * x;
      }
      into[0]! += (sign * (sum * sum - square)) / 2;
      return;
    }
    const slot = slotOf[patternOf[c]!]!;
    const weight = slotWeights === null ? null : slotWeights[patternOf[c]!]!;
    let pair = 0;
    for (let j = 0; j < m; j++) {
      const x = sign * value(from + j);
      for (let k = j + 1; k < m; k++) {
        const s = slot[pair++]!;
        if (s >= 0) into[s]! += (weight === null ? x : x * weight[s]!) * value(from + k);
      }
    }
  };
  const allDivisors = new Float64Array(slots);
  if (slots > 0) for (let c = 0; c < count; c++) addPairs(c, true, allDivisors);

  return {
    clusters,
    correlation,
    p,
    information,
    score,
    start() {
      for (let i = 0; i < n; i++) eta[i] = family.startEta(y[i]!, trials === null ? 1 : trials[i]!);
      if (!residuals()) return false;
      information.fill(0);
      score.fill(0);
      for (let i = 0; i < n; i++) {
        const s = slope[i]!;
        const target = s * (eta[i]! - offset[i]!) + e[i]!;
        for (let a = 0; a < p; a++) {
          const z = s * X[i * p + a]!;
          for (let b = 0; b <= a; b++) information[a * p + b]! += z * s * X[i * p + b]!;
          score[a]! += z * target;
        }
      }
      return true;
    },
    evaluate(beta) {
      for (let i = 0; i < n; i++) {
        let s = offset[i]!;
        for (let a = 0; a < p; a++) s += X[i * p + a]! * beta[a]!;
        eta[i] = s;
      }
      return residuals();
    },
    moments(alpha, excluded = -1) {
      let square = 0;
      let total = 0;
      let rows = 0;
      let average = 0;
      let used = 0;
      products.fill(0);
      divisors.set(allDivisors);
      for (let c = 0; c < count; c++) {
        if (c === excluded) continue;
        const to = start[c + 1]!;
        const size = to - start[c]!;
        let own = 0;
        for (let i = start[c]!; i < to; i++) {
          own += e[i]! * e[i]!;
          total += w === null ? 1 : w[i]!;
        }
        square += own;
        average += own / size;
        rows += size;
        used++;
        if (slots > 0) addPairs(c, false, products);
      }
      if (excluded >= 0 && slots > 0) addPairs(excluded, true, divisors, -1);
      const estimated = square / (corrected ? rows - p : rows);
      const scale = method.scale ?? estimated;
      // package gee standardises by the estimate even where the scale is fixed; geepack weights products of residuals by w_j w_k, and so the square
      // they are standardised by
      const standard =
        slotWeights !== null ? average / used : corrected ? estimated : plain ? scale : (scale * rows) / total;
      const share = 1 - p / rows;
      for (let s = 0; s < slots; s++) {
        products[s]! /= standard;
        if (corrected && slotWeights === null) divisors[s] = slotOf === null ? divisors[s]! - p : divisors[s]! * share;
      }
      correlation.estimate(products, divisors, alpha);
      return scale;
    },
    assemble(alpha, excluded = -1) {
      for (const inverse of inverses) if (!inverse.update(alpha)) return false;
      information.fill(0);
      score.fill(0);
      for (let c = 0; c < count; c++) if (c !== excluded) addCluster(load(c), information, score);
      return true;
    },
    visit(visitor) {
      const G = new Float64Array(p * p);
      const u = new Float64Array(p);
      for (let c = 0; c < count; c++) {
        G.fill(0);
        u.fill(0);
        addCluster(load(c), G, u);
        for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) G[b * p + a] = G[a * p + b]!;
        visitor(c, G, u);
      }
    },
    pearson() {
      const byRow = new Float64Array(n);
      for (let i = 0; i < n; i++) byRow[order[i]!] = e[i]!;
      return byRow;
    },
    indefinite: () => inverses.reduce((sum, inverse) => sum + (inverse.definite ? 0 : 1), 0),
  };
}
