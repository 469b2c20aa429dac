/** What generates the data of a study: a declaration, a table of covariates and the true parameters. */

import type { Column, Table } from "../data/table.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import { compileModel } from "../model/compile.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Compiler, Model } from "../model-builder.ts";
import { drawTermEffects } from "../prediction/new-levels.ts";
import { rowSimulator } from "../prediction/simulate-rows.ts";
import type { Rng } from "../random/rng.ts";
import { missingness } from "./missingness.ts";
import { responseColumn, withColumn, withPlaceholder } from "./placeholder-response.ts";
import type { DataGeneratingMechanism } from "./scenario.ts";
import { trueParameters } from "./true-parameters.ts";

/** A mechanism as the generator needs it. */
export type GeneratorInput = Pick<DataGeneratingMechanism, "model" | "parameters" | "missing">;

export interface Generator {
  readonly model: CompiledModel;
  /** The true parameters, x = [β | Λ | φ]. */
  readonly x: Float64Array;
  /** A response a row of the design: for binomial the successes, of an ordered response the number of its category; NaN where it is missing. */
  responses(rng: Rng): Float64Array;
  /** The declaration on a table with these responses. Fits of it, and of declarations made of it, share what does not depend on them. */
  declared(y: Float64Array): Model;
}

/**
 * A generator of responses from a declaration on a table of covariates; the table needs no response, and one that is there does not count.
 *
 * @throws DeclarationError with the faults of declaration, table and parameters
 * @example generatorOf({ model: model(rows).formula("y ~ x + (1 | g)"), parameters: { "(Intercept)": 0, x: 0.5, "sd:g.(Intercept)": 1, sigma: 1 } })
 */
export function generatorOf({ model: declared, parameters, missing }: GeneratorInput): Generator {
  const compiled = compiledCovariates(declared as Model);
  const x = trueParameters(compiled.model, parameters);
  const drawn = responseDrawer(compiled.model);
  const loses = missing && missingness(compiled.model, compiled.name, missing);
  return {
    model: compiled.model,
    x,
    responses(rng) {
      const y = drawn(rng, x);
      requireFinite(compiled.model, y);
      if (loses) loses(rng, y);
      return y;
    },
    declared: compiled.declared,
  };
}

/** A declaration compiled on its covariates. */
export interface CompiledCovariates {
  readonly model: CompiledModel;
  /** The column of the response. */
  readonly name: string;
  /** The declaration on the table with these responses. */
  declared(y: Float64Array): Model;
}

/** Compiles a declaration on a table that needs no response. @throws DeclarationError with the faults of declaration and table */
export function compiledCovariates(declaration: Model): CompiledCovariates {
  const kind = familyOf(declaration).response;
  const table = withPlaceholder(declaration.spec, kind, declaration.table());
  const model = declaration.on(table).compile("posterior");
  const name = responseColumn(declaration.spec);
  const compiler = compilerOnce(model.design.rows);
  return {
    model,
    name,
    declared: (y) => declaration.compiledBy(withColumn(table, name, responses(model, y, table.rows)), compiler),
  };
}

/** Draws a response a row of the design, random effects anew; responses that are no finite numbers are left so. */
export function responseDrawer(model: CompiledModel): (rng: Rng, x: Float64Array) => Float64Array {
  const { design, layout } = model;
  const simulateRows = rowSimulator(model, design);
  return (rng, x) => {
    const effects = design.random.map((term, t) => {
      const b = new Float64Array(term.levels.length * term.q);
      drawTermEffects(rng, x, layout.terms[t]!, term, b);
      return b;
    });
    const y = new Float64Array(design.n);
    simulateRows(rng, x, effects, y);
    return y;
  };
}

/** @throws DeclarationError naming the first row whose response is no finite number */
function requireFinite({ design }: CompiledModel, y: Float64Array): void {
  const at = y.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new DeclarationError([messages.responseOverflows(design.rows[at]! + 1, y[at]!)]);
}

/** The family of a declaration, without its data. */
function familyOf(declaration: Model): CompiledModel["family"] {
  let found: CompiledModel["family"] | undefined;
  const reading: Compiler = (_, __, family) => {
    found = family;
    return undefined as never;
  };
  declaration.compiledBy(declaration.table(), reading).compile();
  return found!;
}

/** The responses as a column of the table: labels of an ordered one, missing in rows that the design has not. */
function responses({ design, family }: CompiledModel, y: Float64Array, rows: number): Column {
  const { categories } = family;
  if (categories) {
    const values = new Array<string | null>(rows).fill(null);
    design.rows.forEach((row, i) => {
      values[row] = categories[y[i]! - 1] ?? null;
    });
    return { kind: "text", values, levels: categories };
  }
  const values = new Float64Array(rows).fill(Number.NaN);
  design.rows.forEach((row, i) => {
    values[row] = y[i]!;
  });
  return { kind: "numeric", values };
}

/**
 * Compiles each declaration once: for another response of the same rows it changes the response alone. Ordered responses are compiled each time, for they may
 * lack categories.
 *
 * @param rows those that the design of the declaration has
 */
function compilerOnce(rows: ArrayLike<number>): Compiler {
  const compiled = new Map<string, CompiledModel>();
  return (spec, table, family, estimation) => {
    if (family.response === "ordered") return compileModel(spec, table, family, estimation);
    const key = JSON.stringify([spec, estimation ?? null]);
    const base = compiled.get(key);
    const y = base && responseOf(base, table);
    if (base && y) return base.withResponse(y, table);
    const made = compileModel(spec, table, family, estimation);
    if (!base && made.design.n === rows.length) compiled.set(key, made);
    return made;
  };
}

/** The response of the design's rows; null where it is computed, or a row misses it. */
function responseOf({ design }: CompiledModel, table: Table): Float64Array | null {
  const { response } = design.spec;
  if (!response || response.kind === "successesFailures" || response.expression.kind !== "column") return null;
  const column = table.column(response.expression.name);
  if (column?.kind !== "numeric") return null;
  const { rows, n } = design;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const value = column.values[rows[i]!]!;
    if (Number.isNaN(value)) return null;
    y[i] = value;
  }
  return y;
}
