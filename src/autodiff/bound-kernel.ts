/** A program met with data: buffers, data-only arrays, the distinct tuples behind the tables, and the row functions. */
import { missingColumn, PARAMETERS_NOT_SET, wrongColumnLength } from "../messages/families.ts";
import type { BoundKernel } from "../model/observation-kernel.ts";
import type { Bindings, RowFunctions } from "./generate.ts";
import { dataArrays, interpret } from "./interpret.ts";
import { SPECIAL_FUNCTIONS } from "./primitives.ts";
import type { Program } from "./program.ts";

/** Name of the column with precomputed row classes, for kernels that came as text and have no `classOf`. */
export const CLASS_COLUMN = "(class)";

/** Columns that are all ones when not given. */
const ONES = new Set(["weights", "trials"]);

/** The class of every row from the data columns; null with one class. */
export type Classify = (columns: readonly Float64Array[], rows: number) => Uint8Array;

/** Makes the row functions from the bindings: generated or interpreted. */
export type RowFunctionFactory = (bindings: Bindings) => RowFunctions;

/** Data columns in the order of the program, checked. */
function orderedColumns(
  names: readonly string[],
  columns: Readonly<Record<string, Float64Array>>,
  rows: number,
): Float64Array[] {
  return names.map((name) => {
    const given = columns[name];
    if (given === undefined) {
      if (ONES.has(name)) return new Float64Array(rows).fill(1);
      throw new Error(missingColumn(name));
    }
    if (given.length < rows) throw new Error(wrongColumnLength(name, given.length, rows));
    return given;
  });
}

/** Numbers the distinct tuples of some columns over the rows of a class: an entry for each row, a row for each entry. */
function distinctTuples(
  columns: readonly Float64Array[],
  rows: number,
  classOf: Uint8Array,
  klass: number,
): { index: Int32Array; representatives: Int32Array } {
  const index = new Int32Array(rows);
  const mine = (i: number) => classOf.length === 0 || classOf[i] === klass;
  let representatives: number[] = [];
  for (const column of columns) {
    const seen = new Map<number, Map<number, number>>();
    const found: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (!mine(i)) continue;
      let inner = seen.get(index[i]!);
      if (inner === undefined) seen.set(index[i]!, (inner = new Map()));
      let entry = inner.get(column[i]!);
      if (entry === undefined) {
        entry = found.length;
        inner.set(column[i]!, entry);
        found.push(i);
      }
      index[i] = entry;
    }
    representatives = found;
  }
  return { index, representatives: Int32Array.from(representatives) };
}

const arrays = (count: number, rows: number): Float64Array[] =>
  Array.from({ length: count }, () => new Float64Array(rows));

/** Turns the text of `generate` into row functions. */
export function generatedRowFunctions(source: string): RowFunctionFactory {
  const factory = new Function("S", "B", source) as (
    special: typeof SPECIAL_FUNCTIONS,
    bindings: Bindings,
  ) => RowFunctions;
  return (bindings) => factory(SPECIAL_FUNCTIONS, bindings);
}

/** Row functions by the interpreter. */
export function interpretedRowFunctions(program: Program): RowFunctionFactory {
  return (bindings) => interpret(program, bindings);
}

/** What depends on the columns alone; nothing writes into it. */
interface OfColumns {
  readonly classOf: Uint8Array;
  readonly tuples: readonly { readonly index: Int32Array; readonly representatives: Int32Array }[];
  readonly data: readonly Float64Array[];
}

/** What the last columns gave: a fit binds the same rows to several integrals, and what they give is dear, as log factorials are. */
const last = new WeakMap<
  Program,
  OfColumns & { readonly columns: readonly Float64Array[]; readonly classify: Classify }
>();
/** Of more rows nothing is kept, for it would outlive the fit. */
const MOST_ROWS_KEPT = 10_000;

function ofColumns(
  program: Program,
  classify: Classify,
  columns: readonly Float64Array[],
  rows: number,
  classes: Float64Array | undefined,
): OfColumns {
  const kept = last.get(program);
  if (kept && !classes && kept.classify === classify && isSame(kept.columns, columns, rows)) return kept;
  const classOf =
    program.classes.length === 1
      ? new Uint8Array(0)
      : classes !== undefined
        ? Uint8Array.from(classes)
        : classify(columns, rows);
  const tuples = program.tables.map((table, k) =>
    table.nodes.length === 0
      ? { index: new Int32Array(0), representatives: new Int32Array(0) }
      : distinctTuples(
          table.columns.map((c) => columns[c]!),
          rows,
          classOf,
          k,
        ),
  );
  const found = { classOf, tuples, data: dataArrays(program, columns, rows) };
  // copies, for who gave the columns may change them
  if (rows <= MOST_ROWS_KEPT && !classes)
    last.set(program, { ...found, classify, columns: columns.map((column) => column.slice(0, rows)) });
  return found;
}

/** Whether columns hold the same numbers, 0 and −0 told apart. */
function isSame(some: readonly Float64Array[], others: readonly Float64Array[], rows: number): boolean {
  for (let c = 0; c < others.length; c++) {
    const [a, b] = [some[c]!, others[c]!];
    if (a.length !== rows) return false;
    for (let i = 0; i < rows; i++) if (a[i] !== b[i] || (a[i] === 0 && !Object.is(a[i], b[i]))) return false;
  }
  return true;
}

export function bindProgram(
  program: Program,
  factory: RowFunctionFactory,
  classify: Classify,
  given: Readonly<Record<string, Float64Array>>,
  rows: number,
  multiplier: Float64Array | null,
): BoundKernel {
  const columns = orderedColumns(program.columns, given, rows);
  const { predictors: K, globals: G } = program;
  const { classOf, tuples, data } = ofColumns(program, classify, columns, rows, given[CLASS_COLUMN]);
  const shape = program.classes[0]!;
  const bindings: Bindings = {
    eta: arrays(K, rows),
    columns,
    data,
    scalars: new Float64Array(G + program.scalars.length),
    tables: program.tables.map((table, k) => arrays(table.nodes.length, tuples[k]!.representatives.length)),
    representatives: tuples.map((t) => t.representatives),
    index: tuples.map((t) => t.index),
    classOf,
    multiplier,
    d1: arrays(shape.d1.length, rows),
    d2: arrays(shape.d2.length, rows),
    d3: arrays(shape.d3.length, rows),
    dPhi: new Float64Array(G),
    d2Phi: shape.d2Phi.map((entries) => arrays(entries.length, rows)),
    d3Phi: shape.d3Phi.map((entries) => arrays(entries.length, rows)),
  };
  const { parameters, value, score, curvature, adjoint, byGroup } = factory(bindings);
  const { eta, d1, d2, d3, dPhi, d2Phi, d3Phi, scalars } = bindings;
  if (G === 0) parameters();
  return {
    rows,
    eta,
    d1,
    d2,
    d3,
    dPhi,
    d2Phi,
    d3Phi,
    setParameters(phi: Float64Array): void {
      if (phi.length < G) throw new Error(PARAMETERS_NOT_SET);
      for (let g = 0; g < G; g++) scalars[g] = phi[g]!;
      parameters();
    },
    value,
    score,
    curvature,
    adjoint,
    ...(byGroup && { byGroup }),
  };
}
