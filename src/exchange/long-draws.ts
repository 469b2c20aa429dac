/** Draws as named columns, wide or long, as tidybayes has them: what table libraries take. */

import { optional } from "valibot";
import { ownDraws, ownRandomEffects } from "../model/own-numbers.ts";
import { choice, flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { indexColumns } from "./draw-columns.ts";
import type { NamedDraws, PosteriorDraws } from "./named-draws.ts";
import { checkDraws, namedDrawsEntries, toNamedDraws } from "./named-draws.ts";

export type Columns = Record<string, ArrayLike<unknown>>;

const drawsTableOptions = optionsSchema({
  ...namedDrawsEntries,
  /**
   * `wide`: one row a draw, one column a variable (tidybayes' `spread_draws`); `long`: one row a draw and variable, in the columns
   * `.variable` and `.value` (`gather_draws`). Default `wide`.
   */
  shape: optional(choice(["wide", "long"]), "wide"),
  /** Whether `lp__`, `divergent__` and the like are among the variables; default false. */
  statistics: optional(flag, false),
});

export type DrawsTableOptions = OptionsOf<typeof drawsTableOptions>;

/**
 * The draws as columns, ready for arquero's `table()`:  `.chain`, `.iteration`, `.draw` (counted from 1), then the variables under brms's names.
 *
 * @example
 * table(drawsColumns(fit)).rollup({ p: (d) => op.mean(d.b_Days > 10) });
 */
export function drawsColumns(draws: PosteriorDraws | NamedDraws, options?: DrawsTableOptions): Columns {
  const { shape, statistics, randomEffects } = readOptions(drawsTableOptions, options, { of: "drawsColumns()" });
  const named = toNamedDraws(draws, { randomEffects }, "drawsColumns()");
  const variables = statistics ? [...named.variables, ...named.statistics] : named.variables;
  const index = indexColumns(named);
  if (shape !== "long") return Object.fromEntries([...index, ...variables].map(({ name, values }) => [name, values]));
  const count = named.chains * named.drawsPerChain;
  const value = new Float64Array(count * variables.length);
  const variable: string[] = [];
  variables.forEach(({ name, values }, v) => {
    value.set(values, v * count);
    for (let d = 0; d < count; d++) variable.push(name);
  });
  const repeated = index.map(({ name, values }): [string, ArrayLike<unknown>] => [
    name,
    Int32Array.from({ length: value.length }, (_, i) => values[i % count]!),
  ]);
  return { ...Object.fromEntries(repeated), ".variable": variable, ".value": value };
}

/**
 * Draws of the random effects in long form: `.chain`, `.iteration`, `.draw`, `group`, `level`, `term`, `.value`, as
 * `spread_draws(r_Subject[level, term])` gives them.
 *
 * @example table(effectDrawsColumns(fit)).filter((d) => d.level === "308");
 */
export function effectDrawsColumns(fit: PosteriorDraws): Columns {
  checkDraws(fit, "effectDrawsColumns()");
  const { model } = fit;
  const draws = ownDraws(fit);
  const effects = ownRandomEffects(fit);
  const index = indexColumns(draws);
  const count = draws.chains * draws.drawsPerChain;
  const cells = model.design.random.flatMap(({ group, levels, names, q }, t) =>
    levels.flatMap((level, l) =>
      names.map((term, a) => ({ group, level, term, at: l * q + a, width: levels.length * q, values: effects[t]! })),
    ),
  );
  const length = cells.length * count;
  const value = new Float64Array(length);
  cells.forEach(({ at, width, values }, c) => {
    for (let d = 0; d < count; d++) value[c * count + d] = values[d * width + at]!;
  });
  const text = (of: (cell: (typeof cells)[number]) => string): string[] =>
    Array.from({ length }, (_, i) => of(cells[Math.floor(i / count)]!));
  const columns: [string, ArrayLike<unknown>][] = [
    ...index.map(({ name, values }): [string, ArrayLike<unknown>] => [
      name,
      Int32Array.from({ length }, (_, i) => values[i % count]!),
    ]),
    ["group", text(({ group }) => group)],
    ["level", text(({ level }) => level)],
    ["term", text(({ term }) => term)],
    [".value", value],
  ];
  return Object.fromEntries(columns);
}
