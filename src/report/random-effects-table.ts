/** The standard deviations and correlations of a fit as tables of text, by group. */

import type { TidyRow } from "../model/fit.ts";
import { correlationTerm, effectOfSd, RESIDUAL_GROUP } from "../model/term-names.ts";
import { formatRows, ownDecimals, rowDecimals } from "./row-decimals.ts";
import { type Style, type TextColumn, textTable } from "./text-table.ts";
import { coefficientTable, numberColumns } from "./tidy-text.ts";

/** The group of a row, with the parameter whose effects they are where that is not the mean. */
const groupText = ({ group, component }: TidyRow): string =>
  component === "cond" ? (group ?? "") : `${group} (${component})`;

/** The groups of rows, each named where it begins. */
const groupColumn = (groups: readonly string[]): TextColumn => ({
  header: "group",
  cells: groups.map((group, k) => (k > 0 && groups[k - 1] === group ? "" : group)),
  align: "left",
});

/** Standard deviations and correlations as they were sampled: a row each, with its error, interval and diagnostics. */
export const sampledTable = (rows: readonly TidyRow[], style: Style): string[] =>
  textTable(
    [
      groupColumn(rows.map(groupText)),
      { header: "", cells: rows.map(({ term }) => term), align: "left" },
      ...numberColumns(rows),
    ],
    style,
  );

/** Groups, names, standard deviations, variances, and correlations with the effects before. */
export function randomTable(rows: readonly TidyRow[], sds: readonly TidyRow[], style: Style): string[] {
  const names = sds.map((row) => effectOfSd(row)!);
  const groups = sds.map(groupText);
  const places = new Map<string, number>();
  const shown = new Set<TidyRow>();
  const correlations = sds.map(({ group, component }, k) => {
    const place = places.get(groups[k]!) ?? 0;
    places.set(groups[k]!, place + 1);
    const before = names.slice(k - place, k);
    return before.map((earlier) => {
      const row = rows.find(
        (r) => r.group === group && r.component === component && r.term === correlationTerm(earlier, names[k]!),
      );
      if (row) shown.add(row);
      return row ? row.estimate.toFixed(2) : "";
    });
  });
  // those of effects of two parameters of the distribution have no place in either's rows
  const others = rows.filter(
    (row) => row.effect === "ran_pars" && row.group !== RESIDUAL_GROUP && effectOfSd(row) === null && !shown.has(row),
  );
  const widest = Math.max(0, ...correlations.map((list) => list.findLastIndex((text) => text !== "") + 1));
  const decimals = rowDecimals(
    sds.map(({ estimate }) => ({ estimate })),
    5,
  );
  // a small variance has digits of its own
  const ofVariance = sds.map(({ estimate }, k) =>
    Math.max(decimals[k]!, estimate * estimate < 0.1 ? (ownDecimals(estimate * estimate, 2) ?? 0) : 0),
  );
  const table = textTable(
    [
      groupColumn(groups),
      { header: "name", cells: sds.map(({ group }, k) => (group === "Residual" ? "" : names[k]!)), align: "left" },
      {
        header: "variance",
        cells: formatRows(
          sds.map(({ estimate }) => estimate * estimate),
          ofVariance,
        ),
      },
      {
        header: "sd",
        cells: formatRows(
          sds.map(({ estimate }) => estimate),
          decimals,
        ),
      },
      ...Array.from({ length: widest }, (_, c) => ({
        header: c === 0 ? "corr" : "",
        cells: correlations.map((list) => list[c] ?? ""),
      })),
    ],
    style,
  );
  return others.length === 0 ? table : [...table, "", ...coefficientTable(others, style)];
}

/** Intervals of standard deviations and correlations, of which an end may be open. */
export const profiledTable = (rows: readonly TidyRow[], style: Style): string[] =>
  textTable(
    [
      groupColumn(rows.map(groupText)),
      { header: "", cells: rows.map(({ term }) => term), align: "left" },
      ...numberColumns(rows, ["estimate", "conf_low", "conf_high"]),
    ],
    style,
  );
