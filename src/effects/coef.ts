/** Coefficients of each level of each grouping factor: fixed effects plus random effects, as R's `coef()`. */
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { Fit, RanefRow, TidyRow } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visible } from "../report/visible-text.ts";

/** The coefficient of one level; broom.mixed's `ran_coefs`. */
export interface CoefRow {
  readonly component: string;
  /** Null where the fit has no random effects: then the row is a fixed effect. */
  readonly group: string | null;
  readonly level: string | null;
  readonly term: string;
  readonly estimate: number;
}

export interface Coefficients extends Printable {
  readonly rows: readonly CoefRow[];
}

/**
 * The coefficients of each level of each grouping factor: the fixed effects plus the level's conditional modes (posterior means), as lme4's `coef()`. A
 * level has every fixed effect of the predictor, and random effects without a fixed one as they are. Of a fit without random effects the fixed ones.
 *
 * @throws DeclarationError for what is no fit
 * @example
 * coef(fit).print();
 * coef(fit).rows.filter(({ group, term }) => group === "Subject" && term === "Days");
 */
export function coef(fit: Fit): Coefficients;
export function coef(fit: Fit, ...surplus: readonly unknown[]): Coefficients {
  requireFit(fit, "coef()");
  refuseOptions(surplus, "coef()");
  const fixed = fit.tidy({ effects: ["fixed"] }).filter(({ coef_type }) => coef_type !== "intercept");
  const effects = fit.kind === "gee" ? [] : fit.ranef();
  const rows = effects.length === 0 ? fixed.map(fixedRow) : byLevel(fixed, effects);
  return printable({ rows }, (style) => text(rows, style));
}

const fixedRow = ({ component, term, estimate }: TidyRow): CoefRow => ({
  component,
  group: null,
  level: null,
  term,
  estimate,
});

/** Entries by key, in the order of their first. */
function grouped<T>(entries: readonly T[], keyOf: (entry: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()];
}

const componentOf = ({ component = MEAN_COMPONENT }: RanefRow): string => component;

function byLevel(fixed: readonly TidyRow[], effects: readonly RanefRow[]): CoefRow[] {
  // terms of one grouping factor, as (1 | g) + (0 + x | g), are one table
  const tables = grouped(effects, (row) => JSON.stringify([componentOf(row), row.group]));
  return tables.flatMap((table) => {
    const component = componentOf(table[0]!);
    const own = fixed.filter((row) => row.component === component);
    const names = [...new Set([...own.map(({ term }) => term), ...table.map(({ term }) => term)])];
    const base = new Map(own.map(({ term, estimate }) => [term, estimate]));
    return grouped(table, ({ level }) => level).flatMap((level) => {
      const deviations = new Map<string, number>();
      for (const { term, estimate } of level) deviations.set(term, (deviations.get(term) ?? 0) + estimate);
      return names.map((term) => ({
        component,
        group: table[0]!.group,
        level: level[0]!.level,
        term,
        estimate: (base.get(term) ?? 0) + (deviations.get(term) ?? 0),
      }));
    });
  });
}

/** A table a grouping factor: a line a level, a column a coefficient. */
function text(rows: readonly CoefRow[], style: Style): string {
  return grouped(rows, ({ component, group }) => JSON.stringify([component, group]))
    .map((table) => {
      const { component, group } = table[0]!;
      const of = component === MEAN_COMPONENT ? "" : ` (${visible(component)})`;
      const title = group === null ? `Coefficients${of}` : `Coefficients by ${visible(group)}${of}`;
      const columns = grouped(table, ({ term }) => term);
      return [
        style(title, "title"),
        ...textTable(
          [
            ...(group === null
              ? []
              : [{ header: group, cells: columns[0]!.map(({ level }) => level ?? ""), align: "left" as const }]),
            ...columns.map((column) => ({
              header: column[0]!.term,
              cells: formatRows(
                column.map(({ estimate }) => estimate),
                sharedDecimals(column),
              ),
            })),
          ],
          style,
        ),
      ].join("\n");
    })
    .join("\n\n");
}

/** Decimals that the typical coefficient of a column has. */
function sharedDecimals(column: readonly CoefRow[]): number[] {
  const decimals = rowDecimals(column);
  const middle = [...decimals].sort((a, b) => a - b)[decimals.length >> 1] ?? 0;
  return decimals.map(() => middle);
}
