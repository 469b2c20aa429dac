/**
 * Compiles a family's log density: traced once a row class, differentiated three times, scheduled, and turned into row functions.
 */
import type { Family } from "../families/family.ts";
import { classesMissing } from "../messages/families.ts";
import type { ObservationKernel } from "../model/observation-kernel.ts";
import {
  bindProgram,
  CLASS_COLUMN,
  type Classify,
  generatedRowFunctions,
  interpretedRowFunctions,
} from "./bound-kernel.ts";
import { generate } from "./generate.ts";
import { Graph, lower } from "./graph.ts";
import type { Tensor } from "./operations.ts";
import { type ClassOutputs, outputsOf, type Program, schedule } from "./program.ts";
import { type Recording, record } from "./recorder.ts";
import { operations } from "./tensor-operations.ts";
import { differentiate, trace } from "./trace.ts";

export interface CompileOptions {
  /** `generated` JavaScript (the default where `new Function` is allowed), or the `interpreted` graph. */
  readonly backend?: "generated" | "interpreted";
}

/** A kernel together with what it was compiled to. */
export interface CompiledKernel extends ObservationKernel {
  readonly backend: "generated" | "interpreted";
  readonly program: Program;
  /** Texts without and with a row multiplier; null when interpreted. */
  readonly sources: { readonly plain: string; readonly weighted: string } | null;
  /** The class of every row, as numbers: what a kernel made from text needs in its column `(class)`. Null with one class. */
  classes(columns: Readonly<Record<string, Float64Array>>, rows: number): Float64Array | null;
}

/** Whether this realm lets code be made from text (a page's content security policy may forbid it). */
export function canGenerate(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}

/** Tensors of a row for a family: predictors, parameters and columns by name. */
function rowTensors(recording: Recording, family: Family) {
  const tensorOf = (kind: "eta" | "phi" | "column", index: number): Tensor =>
    recording.tensor(recording.graph.input(kind, index));
  return {
    eta: family.predictors.map((_, r) => tensorOf("eta", r)),
    parameter: Object.fromEntries(family.parameters.map((p, g) => [p.name, tensorOf("phi", g)])),
    column: Object.fromEntries(family.columns.map((name, c) => [name, tensorOf("column", c)])),
  };
}

/** Traces and differentiates the log density of one row class. Nodes are of `recording.graph`. */
function traceClass(recording: Recording, family: Family, rowClass: number): ClassOutputs {
  const { graph } = recording;
  const eta = family.predictors.map((_, r) => graph.input("eta", r));
  const phi = family.parameters.map((_, g) => graph.input("phi", g));
  const value = trace(recording, `The log density of family '${family.name}'`, () =>
    family.logDensity(operations, rowTensors(recording, family), rowClass),
  );
  const first = differentiate(recording, value, [...eta, ...phi]);
  const K = eta.length;
  const d1 = first.slice(0, K);
  const dPhi = first.slice(K);
  const d2: number[] = [];
  const d3: number[] = [];
  const d2Phi: number[][] = phi.map(() => []);
  const d3Phi: number[][] = phi.map(() => []);
  for (let r = 0; r < K; r++) {
    const second = differentiate(recording, d1[r]!, [...eta.slice(r), ...phi]);
    for (let g = 0; g < phi.length; g++) d2Phi[g]!.push(second[K - r + g]!);
    for (let s = r; s < K; s++) {
      const pair = second[s - r]!;
      d2.push(pair);
      const third = differentiate(recording, pair, [...eta.slice(s), ...phi]);
      d3.push(...third.slice(0, K - s));
      for (let g = 0; g < phi.length; g++) d3Phi[g]!.push(third[K - s + g]!);
    }
  }
  return { value, d1, d2, d3, dPhi, d2Phi, d3Phi };
}

/** The program of a family's log density. */
export function programOf(family: Family): Program {
  const traced = new Graph();
  const classes = record(traced, (recording) =>
    Array.from({ length: family.classes ?? 1 }, (_, k) => traceClass(recording, family, k)),
  );
  const flat = classes.flatMap((c) => outputsOf(c, "adjoint"));
  const lowered = lower(traced, flat);
  const image = new Map(flat.map((node, i) => [node, lowered.outputs[i]!]));
  const at = (nodes: readonly number[]) => nodes.map((node) => image.get(node)!);
  return schedule(
    lowered.graph,
    { predictors: family.predictors.length, globals: family.parameters.length, columns: [...family.columns] },
    classes.map((c) => ({
      value: image.get(c.value)!,
      d1: at(c.d1),
      d2: at(c.d2),
      d3: at(c.d3),
      dPhi: at(c.dPhi),
      d2Phi: c.d2Phi.map(at),
      d3Phi: c.d3Phi.map(at),
    })),
  );
}

/** A kernel from its program and, where generated, its texts. */
export function kernelOf(
  program: Program,
  sources: CompiledKernel["sources"],
  classify: Classify | null,
): CompiledKernel {
  const needsColumn: Classify = () => {
    throw new Error(classesMissing(CLASS_COLUMN));
  };
  const classifyRows = classify ?? needsColumn;
  let plain: ReturnType<typeof generatedRowFunctions> | null = null;
  let weighted: ReturnType<typeof generatedRowFunctions> | null = null;
  const factory = (isWeighted: boolean) => {
    if (sources === null) return interpretedRowFunctions(program);
    if (isWeighted) return (weighted ??= generatedRowFunctions(sources.weighted));
    return (plain ??= generatedRowFunctions(sources.plain));
  };
  return {
    predictors: program.predictors,
    globals: program.globals,
    columns: classify === null && program.classes.length > 1 ? [...program.columns, CLASS_COLUMN] : program.columns,
    source: sources?.plain ?? null,
    backend: sources === null ? "interpreted" : "generated",
    program,
    sources,
    bind: (columns, rows, multiplier) =>
      bindProgram(program, factory(multiplier !== null), classifyRows, columns, rows, multiplier),
    classes(columns, rows) {
      if (program.classes.length === 1) return null;
      const ordered = program.columns.map((name) => columns[name] ?? new Float64Array(rows).fill(1));
      return Float64Array.from(classifyRows(ordered, rows));
    },
  };
}

/** The class of each row by the family's predicate. */
function classifier(family: Family): Classify {
  return (columns, rows) => {
    const out = new Uint8Array(rows);
    const row: Record<string, number> = {};
    for (let i = 0; i < rows; i++) {
      family.columns.forEach((name, c) => {
        row[name] = columns[c]![i]!;
      });
      out[i] = family.classOf!(row);
    }
    return out;
  };
}

/**
 * Compiles the log density of a family into an observation kernel: value and all derivatives to third order, those with the
 * global parameters included, in double precision.
 *
 * Synchronous. The program's own tfjs backend is put back afterwards and no tensor is left behind.
 *
 * @throws Error with a whole sentence when the density cannot be traced (single-precision constants, operations without
 * derivatives, reads of a tensor's numbers).
 * @example
 * const bound = compileKernel(poisson()).bind({ y }, y.length, null);
 * const [eta] = bound.eta;
 * eta.set(values);
 * bound.setParameters(new Float64Array(0));
 * const logLik = bound.score(0, y.length); // and bound.d1[0]
 */
export function compileKernel(family: Family, options: CompileOptions = {}): CompiledKernel {
  const backend = options.backend ?? (canGenerate() ? "generated" : "interpreted");
  const known = compiled[backend].get(family);
  if (known) return known;
  const program = programOf(family);
  const sources =
    backend === "generated" ? { plain: generate(program, false), weighted: generate(program, true) } : null;
  const kernel = kernelOf(program, sources, classifier(family));
  compiled[backend].set(family, kernel);
  return kernel;
}

/** Kernels by family record: a family is compiled once in a program. */
const compiled = {
  generated: new WeakMap<Family, CompiledKernel>(),
  interpreted: new WeakMap<Family, CompiledKernel>(),
};
