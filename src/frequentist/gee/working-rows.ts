/**
 * The rows of a GEE in the order of their clusters, in the standardised coordinates of the model: residuals and derivatives of the mean, both
 * divided by the root of the variance, at given coefficients. A block of rows at a time goes through linear predictor, mean, derivative
 * and variance, so that nothing but the two results is stored.
 */

import type { MeanColumns, MeanKernel } from "../../autodiff/compile-mean.ts";
import { ofMean } from "../../families/of-mean.ts";
import { BLOCK_ROWS, type RowBlock } from "../../linalg/cross-products.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { meanKernel, varianceKernel } from "../../prediction/response-mean.ts";
import type { Clusters } from "./clusters.ts";
import { type RoughCoefficients, roughCoefficients } from "./rough-coefficients.ts";

export interface WorkingRows {
  /** Number of coefficients. */
  readonly p: number;
  /** (y − μ)/√v at the last coefficients, φ = 1. */
  readonly residual: Float64Array;
  /** What a row's precision is multiplied by beside the family's variance function: trials, weights or both; null where all are 1. */
  readonly weights: Float64Array | null;
  /** Coefficients under independence to start from. */
  start(): RoughCoefficients;
  /** Residuals and derivatives at β; false where they are not defined. */
  evaluate(beta: Float64Array): boolean;
  /** Puts [∂μ/∂β' | y − μ]/√v of the rows from ≤ i < to at the head of a block of p + 1 columns. */
  load(from: number, to: number, block: RowBlock): void;
  /** c by row with ∂e/∂β = c·x for the residual e of the last evaluation, which was at β: −(∂μ/∂η)/√v − ½ e ∂log v/∂η. */
  residualSlopes(beta: Float64Array): Float64Array;
  /** Standardised covariates, n × p. */
  readonly X: Float64Array;
}

/** Rows in the order of `order`, or as they are. */
function gather(values: Float64Array, { order, sorted }: Clusters, width = 1): Float64Array {
  if (sorted) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; i++) {
    const from = order[i]! * width;
    for (let a = 0; a < width; a++) out[i * width + a] = values[from + a]!;
  }
  return out;
}

/** Null where every value is `neutral`. */
function unlessAll(values: Float64Array | null, neutral: number): Float64Array | null {
  if (values !== null) for (let i = 0; i < values.length; i++) if (values[i] !== neutral) return values;
  return null;
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly columns: MeanColumns;
}

/** The rows by cluster, and room for a block of them. */
interface Rows {
  readonly model: CompiledModel;
  readonly phi: Float64Array;
  readonly p: number;
  readonly X: Float64Array;
  readonly offset: Float64Array | null;
  readonly y: Float64Array;
  readonly trials: Float64Array | null;
  readonly dividing: Float64Array | null;
  readonly kernel: MeanKernel;
  readonly residual: Float64Array;
  readonly slope: Float64Array;
  readonly blocks: Block[];
  readonly eta: Float64Array;
  readonly mean: Float64Array;
  readonly derivative: Float64Array;
  readonly variance: Float64Array;
  readonly predictors: Float64Array[];
  readonly out: { value: Float64Array; dEta: Float64Array[] };
}

/** From η of the rows of a block to their residuals and derivatives. */
function evaluateBlock(s: Rows, { from, to, columns: own }: Block): boolean {
  const { phi, y, trials, dividing, kernel, residual, slope, mean, derivative, variance, predictors, out } = s;
  kernel.evaluateWithVariance(predictors, phi, to - from, out, variance, own);
  let sound = true;
  for (let i = from; i < to; i++) {
    const size = trials === null ? 1 : trials[i]!;
    const v = dividing === null ? variance[i - from]! : variance[i - from]! / dividing[i]!;
    const precision = 1 / Math.sqrt(v);
    const e = (y[i]! - size * mean[i - from]!) * precision;
    const s = size * derivative[i - from]! * precision;
    residual[i] = e;
    slope[i] = s;
    sound &&= v > 0 && e - e === 0 && s - s === 0;
  }
  return sound;
}

function predict(s: Rows, { from, to }: Block, beta: Float64Array): void {
  const { p, X, offset, eta } = s;
  const size = to - from;
  if (offset === null) eta.fill(0);
  else for (let i = 0; i < size; i++) eta[i] = offset[from + i]!;
  let a = 0;
  for (; a + 4 <= p; a += 4) {
    const b0 = beta[a]!;
    const b1 = beta[a + 1]!;
    const b2 = beta[a + 2]!;
    const b3 = beta[a + 3]!;
    for (let i = 0, at = from * p + a; i < size; i++, at += p)
      eta[i]! += b0 * X[at]! + b1 * X[at + 1]! + b2 * X[at + 2]! + b3 * X[at + 3]!;
  }
  for (; a < p; a++) {
    const b = beta[a]!;
    for (let i = 0, at = from * p + a; i < size; i++, at += p) eta[i]! += b * X[at]!;
  }
}

function load(s: Rows, from: number, to: number, { values, stride }: RowBlock): void {
  const { p, X, residual, slope } = s;
  let a = 0;
  // four columns at a time read each stretch of X once
  for (; a + 4 <= p; a += 4) {
    const c0 = a * stride - from;
    const c1 = c0 + stride;
    const c2 = c1 + stride;
    const c3 = c2 + stride;
    for (let i = from, at = from * p + a; i < to; i++, at += p) {
      const s = slope[i]!;
      values[c0 + i] = s * X[at]!;
      values[c1 + i] = s * X[at + 1]!;
      values[c2 + i] = s * X[at + 2]!;
      values[c3 + i] = s * X[at + 3]!;
    }
  }
  for (; a < p; a++) {
    const column = a * stride - from;
    for (let i = from, at = from * p + a; i < to; i++, at += p) values[column + i] = slope[i]! * X[at]!;
  }
  const column = p * stride - from;
  for (let i = from; i < to; i++) values[column + i] = residual[i]!;
}

function residualSlopes(s: Rows, beta: Float64Array): Float64Array {
  const { model, phi, residual, slope, blocks, derivative, variance, predictors } = s;
  const { design, family } = model;
  const { n } = design;
  const slopes = new Float64Array(n);
  const byEta = varianceKernel(family);
  const derivatives = { value: variance, dEta: [derivative] };
  for (const block of blocks) {
    const { from, to, columns: own } = block;
    predict(s, block, beta);
    byEta.evaluate(predictors, phi, to - from, derivatives, own);
    for (let i = from; i < to; i++)
      slopes[i] = -slope[i]! - (0.5 * residual[i]! * derivative[i - from]!) / variance[i - from]!;
  }
  return slopes;
}

/** Lays out the rows of a model; φ: the family's parameters at which variances are taken. */
export function workingRows(model: CompiledModel, clusters: Clusters, phi: Float64Array): WorkingRows {
  const { design, family, standardisation } = model;
  const { n } = design;
  const place = (values: Float64Array | null) => (values === null ? null : gather(values, clusters));
  const predictor = ofMean(standardisation.data.predictors);
  const p = predictor.names.length;
  const X = gather(predictor.X, clusters, p);
  const offset = place(unlessAll(predictor.offset, 0));
  const y = gather(design.y, clusters);
  const trials = place(unlessAll(design.trials, 1));
  const weights = place(unlessAll(design.weights, 1));
  // a weight the family's variance does not know divides it
  const dividing = family.columns.includes("weights") ? null : weights;
  const kernel = meanKernel(family);
  const residual = new Float64Array(n);
  const slope = new Float64Array(n);

  const read = Object.entries(design.columns ?? {}).map(([name, values]) => [name, gather(values, clusters)] as const);
  const given: Readonly<Record<string, Float64Array | null>> = { ...Object.fromEntries(read), trials, weights };
  const columns = family.columns.flatMap((name) => (given[name] ? [[name, given[name]] as const] : []));
  const blocks: Block[] = [];
  for (let from = 0; from < n; from += BLOCK_ROWS) {
    const to = Math.min(n, from + BLOCK_ROWS);
    blocks.push({
      from,
      to,
      columns: Object.fromEntries(columns.map(([name, values]) => [name, values.subarray(from, to)])),
    });
  }
  const eta = new Float64Array(BLOCK_ROWS);
  const mean = new Float64Array(BLOCK_ROWS);
  const derivative = new Float64Array(BLOCK_ROWS);
  const variance = new Float64Array(BLOCK_ROWS);
  const predictors = [eta];
  const out = { value: mean, dEta: [derivative] };
  const s: Rows = {
    model,
    phi,
    p,
    X,
    offset,
    y,
    trials,
    dividing,
    kernel,
    residual,
    slope,
    blocks,
    eta,
    mean,
    derivative,
    variance,
    predictors,
    out,
  };

  return {
    p,
    residual,
    weights: trials === null || weights === null ? (weights ?? trials) : trials.map((value, i) => value * weights[i]!),
    start: () =>
      roughCoefficients({
        p,
        blocks: blocks.length,
        rows: BLOCK_ROWS,
        sizeOf: (b) => blocks[b]!.to - blocks[b]!.from,
        evaluate(b, beta, Z) {
          const block = blocks[b]!;
          const { from, to } = block;
          if (beta) predict(s, block, beta);
          else for (let i = from; i < to; i++) eta[i - from] = family.startEta(y[i]!, trials === null ? 1 : trials[i]!);
          const sound = evaluateBlock(s, block);
          load(s, from, to, Z);
          const last = p * Z.stride - from;
          if (!beta)
            for (let i = from; i < to; i++)
              Z.values[last + i]! += slope[i]! * (eta[i - from]! - (offset === null ? 0 : offset[i]!));
          return sound;
        },
      }),
    evaluate(beta) {
      let sound = true;
      for (const block of blocks) {
        predict(s, block, beta);
        sound = evaluateBlock(s, block) && sound;
      }
      return sound;
    },
    load: (from, to, block) => load(s, from, to, block),
    X,
    residualSlopes: (beta) => residualSlopes(s, beta),
  };
}
