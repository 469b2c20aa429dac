/** A table with responses that a family can have, for a declaration whose responses are still to be simulated. */
import { type Column, type Table, tableOf } from "../data/table.ts";
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import type { ResponseKind } from "../families/family.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";

/** Two values that a response of the kind can have. */
const POSSIBLE: Readonly<Record<Exclude<ResponseKind, "ordered">, readonly [number, number]>> = {
  real: [0, 1],
  positive: [1, 2],
  unit: [0.4, 0.6],
  count: [1, 2],
  trials: [0, 1],
};

/**
 * The column that simulated responses are written to.
 *
 * @throws DeclarationError where the response is not declared, is no column, or has trials that are not known without it
 */
export function responseColumn({ response }: ModelSpec): string {
  if (response === null) throw new DeclarationError([messages.noResponseDeclared()]);
  if (response.kind === "successesFailures")
    throw new DeclarationError([messages.trialsUnknown(deparse(response.successes))]);
  const name = columnIn(response.expression);
  if (name === null) throw new DeclarationError([messages.responseNotAColumn(deparse(response.expression))]);
  return name;
}

/** The column, of `y` or `factor(y)`. */
function columnIn(expression: Expression): string | null {
  const inner = expression.kind === "call" && expression.name === "factor" ? expression.arguments[0]! : expression;
  return inner.kind === "column" ? inner.name : null;
}

/** The table with another column of this name, in its place or after the others. */
export function withColumn(table: Table, name: string, column: Column): Table {
  const columns = new Map<string, Column>();
  for (const own of table.names) {
    const found = own === name ? column : table.column(own);
    if (found) columns.set(own, found);
  }
  columns.set(name, column);
  const faults = new Map([...(table.faults ?? [])].filter(([own]) => own !== name));
  return tableOf(columns, table.rows, faults.size > 0 ? faults : undefined);
}

/**
 * The table with a response that can be, whatever it has there: of an ordered one the declared categories in turn, or its own values.
 *
 * @throws DeclarationError as `responseColumn`, and for categories that nothing says
 */
export function withPlaceholder(spec: ModelSpec, kind: ResponseKind, table: Table): Table {
  const name = responseColumn(spec);
  if (kind === "ordered") {
    const levels = Object.hasOwn(spec.factors, name) ? spec.factors[name] : undefined;
    if (!levels) {
      if (table.column(name)) return table;
      throw new DeclarationError([messages.categoriesUnknown(name)]);
    }
    const values = Array.from({ length: table.rows }, (_, i) => levels[i % levels.length]!);
    return withColumn(table, name, { kind: "text", values });
  }
  const [first, second] = spec.response!.kind === "trials" ? ([0, 0] as const) : POSSIBLE[kind];
  const values = Float64Array.from({ length: table.rows }, (_, i) => (i % 2 === 0 ? first : second));
  return withColumn(table, name, { kind: "numeric", values });
}
