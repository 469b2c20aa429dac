/** The traced mean of a family, E[Y | η, φ], with first derivatives, and its variance: what predictions and population averages need. */
import type { Family } from "../families/family.ts";
import { noVariance } from "../messages/families.ts";
import { refusal } from "../messages/issue.ts";
import { bindProgram, generatedRowFunctions, interpretedRowFunctions } from "./bound-kernel.ts";
import { type CompileOptions, canGenerate } from "./compile-kernel.ts";
import { generate } from "./generate.ts";
import { Graph, lower } from "./graph.ts";
import { type Program, schedule } from "./program.ts";
import { record } from "./recorder.ts";
import { operations } from "./tensor-operations.ts";
import { differentiate, trace } from "./trace.ts";

export interface MeanBuffers {
  /** E[Y | η, φ] a point. */
  readonly value: Float64Array;
  /** ∂E/∂η_r a point, by predictor. */
  readonly dEta?: readonly Float64Array[];
  /** ∂E/∂φ_g a point, by global parameter. */
  readonly dPhi?: readonly Float64Array[];
}

/** Data columns by name, a value a point; `weights` and `trials` default to ones. */
export type MeanColumns = Readonly<Record<string, Float64Array>>;

export interface MeanKernel {
  readonly predictors: number;
  readonly globals: number;
  /** Whether the family states a variance. */
  readonly hasVariance: boolean;
  /**
   * Mean and derivatives at the first n points. For binomial: of one trial.
   *
   * @param phi global parameters, natural scale
   */
  evaluate(eta: readonly Float64Array[], phi: Float64Array, n: number, out: MeanBuffers, columns?: MeanColumns): void;
  /** Var[Y | η, φ] at the first n points. For binomial: of the count. Throws when the family states none. */
  variance(eta: readonly Float64Array[], phi: Float64Array, n: number, out: Float64Array, columns?: MeanColumns): void;
  /** Both in one loop, which shares what they have in common: mean and derivatives into `out`, the variance into `variance`. */
  evaluateWithVariance(
    eta: readonly Float64Array[],
    phi: Float64Array,
    n: number,
    out: MeanBuffers,
    variance: Float64Array,
    columns?: MeanColumns,
  ): void;
}

const BLOCK = 256;

/**
 * The program of a mean: predictors and data columns alike are its inputs by point; its first outputs are the mean and its derivatives, its
 * second ones the variance.
 */
export function programOfMean(family: Family): Program {
  const K = family.predictors.length;
  const graph = new Graph();
  const nodes = record(graph, (recording) => {
    const eta = family.predictors.map((_, r) => graph.input("eta", r));
    const phi = family.parameters.map((_, g) => graph.input("phi", g));
    const row = () => ({
      eta: eta.map((node) => recording.tensor(node)),
      parameter: Object.fromEntries(family.parameters.map((p, g) => [p.name, recording.tensor(phi[g]!)])),
      column: Object.fromEntries(family.columns.map((name, c) => [name, recording.tensor(graph.input("eta", K + c))])),
    });
    const mean = trace(recording, `The mean of family '${family.name}'`, () => family.mean(operations, row()));
    const first = [mean, ...differentiate(recording, mean, [...eta, ...phi])];
    const variance = family.variance
      ? [trace(recording, `The variance of family '${family.name}'`, () => family.variance!(operations, row()))]
      : [];
    return { first, variance };
  });
  const lowered = lower(graph, [graph.constant(0), ...nodes.first, ...nodes.variance]);
  const [value, ...rest] = lowered.outputs;
  const outputs = {
    value: value!,
    d1: rest.slice(0, nodes.first.length),
    d2: rest.slice(nodes.first.length),
    d3: [],
    dPhi: family.parameters.map(() => value!),
    d2Phi: family.parameters.map(() => []),
    d3Phi: family.parameters.map(() => []),
  };
  return schedule(
    lowered.graph,
    { predictors: K + family.columns.length, globals: family.parameters.length, columns: [] },
    [outputs],
  );
}

/**
 * Compiles the mean of a family.
 *
 * @example
 * const mean = compileMean(poisson());
 * mean.evaluate([eta], new Float64Array(0), eta.length, { value, dEta: [slope] });
 */
export function compileMean(family: Family, options: CompileOptions = {}): MeanKernel {
  const program = programOfMean(family);
  const generated = (options.backend ?? (canGenerate() ? "generated" : "interpreted")) === "generated";
  const factory = generated ? generatedRowFunctions(generate(program, false)) : interpretedRowFunctions(program);
  const bound = bindProgram(program, factory, () => new Uint8Array(0), {}, BLOCK, null);
  const K = family.predictors.length;
  const G = family.parameters.length;

  const copy = (source: Float64Array, start: number, end: number, input: Float64Array) => {
    for (let i = start; i < end; i++) input[i - start] = source[i]!;
  };
  /** By data column: whether its input holds ones. */
  const ones = family.columns.map(() => false);
  const load = (eta: readonly Float64Array[], columns: MeanColumns, start: number, end: number) => {
    for (let r = 0; r < K; r++) copy(eta[r]!, start, end, bound.eta[r]!);
    for (let c = 0; c < family.columns.length; c++) {
      const column = columns[family.columns[c]!];
      const input = bound.eta[K + c]!;
      if (column === undefined) {
        if (!ones[c]) input.fill(1);
        ones[c] = true;
        continue;
      }
      ones[c] = false;
      copy(column, start, end, input);
    }
  };
  const store = (source: Float64Array, out: Float64Array, start: number, end: number) => {
    for (let i = start; i < end; i++) out[i] = source[i - start]!;
  };
  const storeMean = (out: MeanBuffers, start: number, end: number) => {
    store(bound.d1[0]!, out.value, start, end);
    if (out.dEta) for (let r = 0; r < K; r++) store(bound.d1[1 + r]!, out.dEta[r]!, start, end);
    if (out.dPhi) for (let g = 0; g < G; g++) store(bound.d1[1 + K + g]!, out.dPhi[g]!, start, end);
  };
  const requireVariance = () => {
    if (family.variance === undefined) throw refusal("no-variance", ["family", family.name], noVariance(family.name));
  };
  const NONE: MeanColumns = {};
  return {
    predictors: K,
    globals: G,
    hasVariance: family.variance !== undefined,
    evaluate(eta, phi, n, out, columns = NONE) {
      bound.setParameters(phi);
      for (let start = 0; start < n; start += BLOCK) {
        const end = Math.min(n, start + BLOCK);
        load(eta, columns, start, end);
        bound.score(0, end - start);
        storeMean(out, start, end);
      }
    },
    variance(eta, phi, n, out, columns = NONE) {
      requireVariance();
      bound.setParameters(phi);
      for (let start = 0; start < n; start += BLOCK) {
        const end = Math.min(n, start + BLOCK);
        load(eta, columns, start, end);
        bound.curvature(0, end - start);
        store(bound.d2[0]!, out, start, end);
      }
    },
    evaluateWithVariance(eta, phi, n, out, variance, columns = NONE) {
      requireVariance();
      bound.setParameters(phi);
      for (let start = 0; start < n; start += BLOCK) {
        const end = Math.min(n, start + BLOCK);
        load(eta, columns, start, end);
        bound.adjoint(0, end - start);
        storeMean(out, start, end);
        store(bound.d2[0]!, variance, start, end);
      }
    },
  };
}
