/** The rows of a fit with what the fit says of each, in broom.mixed's columns. */

import { columnsUsed } from "../dsl/columns-used.ts";
import { ofMean } from "../families/of-mean.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { EstimatingEquationsFit, Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { cooksDistance, leverage } from "../prediction/leverage.ts";
import { fitted, predict } from "../prediction/predict.ts";
import { residuals } from "../prediction/residuals.ts";
import { rowMeans } from "../prediction/row-means.ts";
import { type Printable, printable } from "../report/printable.ts";
import { rowsText } from "../report/table-of.ts";

/** A row of the fit: the columns that the model reads, and broom.mixed's. */
export interface AugmentedRow {
  /** The row of the table, from 1. */
  readonly row: number;
  /** The linear predictor with the random effects at their modes, offset included; of a posterior its mean. Of a nonlinear mean, the mean. */
  readonly ".fitted"?: number;
  /** The same with random effects of 0. */
  readonly ".fixed"?: number;
  /** The mean: binomial: of the share of successes; absent for ordered responses. */
  readonly ".mu"?: number;
  /** Deviance residuals, those of the response for Gaussian ones and families without deviance; absent for ordered responses. */
  readonly ".resid"?: number;
  /** Leverage; absent where there is none: posteriors, estimating equations, correlated residuals, nonlinear means. */
  readonly ".hat"?: number;
  /** Cook's distance; absent as the leverage. */
  readonly ".cooksd"?: number;
  readonly [column: string]: unknown;
}

export interface Augmented extends Printable {
  readonly rows: readonly AugmentedRow[];
}

/** Linear predictors of the rows at the estimate. */
function linear(fit: MaximumLikelihoodFit | EstimatingEquationsFit, estimand: "conditional" | "typical"): Float64Array {
  const { family, layout, design } = fit.model;
  const means = rowMeans(family, layout, design, estimand);
  means.evaluatePredictors(fit.estimate, fit.kind === "ml" && estimand === "conditional" ? fit.modes : null);
  return ofMean(means.eta);
}

/** Predictions a row where they are one a row. */
const predicted = (fit: Fit, estimand: "conditional" | "typical", type: "link" | "response"): ArrayLike<number> =>
  predict(fit, { estimand, type }).rows.map(({ estimate }) => estimate ?? Number.NaN);

/** What a fit has none of is left out. */
function ifThere(values: () => ArrayLike<number>): ArrayLike<number> | null {
  try {
    return values();
  } catch (error) {
    if (error instanceof DeclarationError) return null;
    throw error;
  }
}

function numbersOf(fit: Fit): Readonly<Record<string, ArrayLike<number> | null>> {
  const { family } = fit.model;
  const ordered = family.response === "ordered";
  const curve = family.curve !== undefined;
  const random = fit.kind !== "gee";
  const one = (estimand: "conditional" | "typical") =>
    curve
      ? () => predicted(fit, estimand, "response")
      : fit.kind === "posterior"
        ? () => predicted(fit, estimand, "link")
        : () => linear(fit, estimand);
  const resid = family.normal ? "response" : "deviance";
  return {
    ".fitted": ifThere(one("conditional")),
    ".fixed": random ? ifThere(one("typical")) : null,
    ".mu": ordered ? null : fitted(fit),
    ".resid": ordered
      ? null
      : (ifThere(() => residuals(fit, { type: resid })) ?? ifThere(() => residuals(fit, { type: "response" }))),
    ".hat": ifThere(() => leverage(fit)),
    ".cooksd": ifThere(() => cooksDistance(fit)),
  };
}

/**
 * The rows that were fitted, with fitted values, residuals, leverages and Cook's distances, in the columns of broom.mixed's `augment()`.
 *
 * @throws DeclarationError for what is no fit
 * @example
 * augment(fit).rows.filter((row) => row[".cooksd"] > 0.1);
 * writeFileSync("rows.csv", augment(fit).toCSV());
 */
export function augment(fit: Fit): Augmented;
export function augment(fit: Fit, ...surplus: readonly unknown[]): Augmented {
  requireFit(fit, "augment()");
  refuseOptions(surplus, "augment()");
  const { table, design, spec } = fit.model;
  const columns = columnsUsed(spec).flatMap((name) => {
    const column = table.column(name);
    return column ? [[name, (column.kind === "numeric" && column.texts) || column.values] as const] : [];
  });
  const numbers = Object.entries(numbersOf(fit)).filter(
    (entry): entry is [string, ArrayLike<number>] => entry[1] !== null,
  );
  const rows = Array.from(design.rows, (position, i): AugmentedRow => {
    const given = columns.map(([name, values]) => [name, values[position]] as const);
    return Object.fromEntries([["row", position + 1], ...given, ...numbers.map(([name, values]) => [name, values[i]])]);
  });
  return printable({ rows }, (style) => rowsText(rows, style).join("\n"));
}
