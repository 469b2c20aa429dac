/** Messages about averages, their weights, scales and contrasts, and about slopes. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed, listedWithOr, quoted } from "./lists.ts";

export const noLinkToAverage = (scale: string, family: string): Issue =>
  issue(
    "no-link",
    ["scale"],
    `scale: "${scale}" needs a link of the mean, and the ${family} family has none that averages could be taken on: leave scale out, for averages of the response.`,
  );

export const conditionalOfGrid = (weights: string): Issue =>
  issue(
    "conditional-of-grid",
    ["weights"],
    `weights: "${weights}" averages over a reference grid, which has no groups, and the estimand "conditional" is of the groups observed: ask for the population or a typical group, or leave weights out.`,
  );

export const weightsNotThese = (): Issue =>
  issue(
    "weights-without-frequencies",
    ["weights"],
    'weights: "frequency" counts rows by their frequency weights, and the model has none: declare them by .frequencyWeights("column"), or leave weights out.',
  );

export const weightsNeedRows = (weights: string): Issue =>
  issue(
    "weights-of-new-rows",
    ["weights"],
    `weights: "${weights}" counts the rows of the fit, and newdata has others: leave weights or newdata out.`,
  );

export const weightsNotBeside = (weights: string): Issue =>
  issue(
    "unused-option",
    ["counterfactual"],
    `counterfactual: false averages over the rows that have the values of a cell, and ${weights === "target" ? "a target population" : `weights: "${weights}"`} makes rows of its own: leave one of the two out.`,
  );

export const referenceGridTooLarge = (count: number, columns: readonly string[]): Issue =>
  issue(
    "grid-too-large",
    ["weights"],
    `The reference grid of ${listed(quoted(columns), 5)} has ${count.toPrecision(3)} combinations, more than a million: average over the rows of the data (leave weights out), or hold columns at values by at.`,
  );

export const targetTooLarge = (cells: number, rows: number, columns: readonly string[]): Issue =>
  issue(
    "grid-too-large",
    ["weights"],
    `The target's ${cells} cells times the ${rows} different rows of ${listed(quoted(columns), 5)} are more than two million: put these columns into the target table, or hold them at values by at.`,
  );

export const newRowsLeftOut = (count: number): FitWarning => ({
  code: "omitted-rows",
  message: `${count === 1 ? "One row" : `${count} rows`} of newdata ${count === 1 ? "misses" : "miss"} a value of a predictor and ${count === 1 ? "is" : "are"} left out of the averages.`,
});

export const targetColumnsMissing = (known: readonly string[]): Issue =>
  issue(
    "unknown-column",
    ["weights"],
    `The target table has no column of the model, so that its shares are of nothing: give it at least one of ${listed(quoted(known), 6)}.`,
  );

export const shareColumnUnclear = (numeric: readonly string[]): Issue =>
  issue(
    "unknown-column",
    ["weights", "share"],
    numeric.length === 0
      ? "The target table has no numeric column beside those of the model: add one with the share of the population in each row, or its count."
      : `The target table has several numeric columns beside those of the model (${listed(quoted(numeric), 5)}): say which has the shares, as weights: { table, share: "${numeric[0]}" } or --target-share ${numeric[0]}.`,
  );

export const shareColumnUnknown = (name: string, known: readonly string[]): Issue =>
  issue(
    "unknown-column",
    ["weights", "share"],
    `"${name}", the share of the target, is no column of its table: its columns are ${listed(quoted(known), 6)}.`,
  );

export const shareNotNumber = (name: string, row: number, value: string): Issue =>
  issue(
    "not-a-number",
    ["weights", name],
    `The share "${name}" of the target is ${value} in row ${row}: give a share or a count of at least 0 in each row.`,
  );

export const sharesAllZero = (name: string): Issue =>
  issue(
    "not-a-number",
    ["weights", name],
    `All shares "${name}" of the target are 0, so that there is nobody to average over: give the share or the count of the population in each row.`,
  );

export const targetLevelUnknown = (column: string, value: string, row: number, levels: readonly string[]): Issue =>
  issue(
    "unknown-level",
    ["weights", column],
    `"${value}" in row ${row} of the target is no level of the column "${column}": its levels are ${listed(quoted(levels), 6)}.`,
  );

export const emptyCells = (cells: readonly string[]): FitWarning => ({
  code: "not-estimable",
  message: `There are no rows to average over at ${listed(cells, 6)}, so that ${cells.length === 1 ? "its average" : "these averages"} and contrasts with ${cells.length === 1 ? "it" : "them"} are given as null.`,
});

export const nothingToContrast = (columns: readonly string[]): FitWarning => ({
  code: "nothing-to-contrast",
  message: `There is nothing to contrast: ${listed(quoted(columns), 4)} ${columns.length === 1 ? "has one value" : "have one value each"} in the grid. Give two or more values to compare, by at or by, or leave contrasts out.`,
});

export const referenceLevelUnknown = (value: string, column: string, levels: readonly (string | number)[]): Issue =>
  issue(
    "unknown-level",
    ["ref"],
    `ref: "${value}" is no value of "${column}" in the grid: its values are ${listed(quoted(levels), 6)}.`,
  );

export const referenceUnused = (): Issue =>
  issue(
    "unused-option",
    ["ref"],
    'ref is the level that others are compared with by contrasts: "reference": ask for those, or leave ref out.',
  );

export const measureNotOfThis = (measure: string, why: string, possible: readonly string[]): Issue =>
  issue(
    "measure",
    ["measure"],
    `measure: "${measure}" ${why}: choose ${listedWithOr(quoted(possible))}${possible.length === 1 ? " alone" : ""}.`,
  );

export const boundsNotOfMeasure = (
  measure: string,
  { lower, upper }: { readonly lower: number; readonly upper: number },
): Issue =>
  issue(
    "measure",
    ["equivalence"],
    `equivalence: { lower: ${lower}, upper: ${upper} } are no bounds of a ${measure}, which is greater than 0: give bounds in its unit, as { lower: 0.8, upper: 1.25 }, or measure: "difference".`,
  );

export const measureUnused = (): Issue =>
  issue(
    "unused-option",
    ["measure"],
    'measure is of contrasts, and contrasts is "none": say which, or leave measure out.',
  );

export const contrastCoefficients = (name: string, got: number, column: string, levels: number): Issue =>
  issue(
    "contrast-matrix",
    ["contrasts", name],
    `The contrast "${name}" has ${got} coefficient${got === 1 ? "" : "s"}, and "${column}" has ${levels} values in the grid: give one for each in their order, or coefficients by value.`,
  );

export const contrastLevelUnknown = (
  name: string,
  value: string,
  column: string,
  levels: readonly (string | number)[],
): Issue =>
  issue(
    "contrast-matrix",
    ["contrasts", name, value],
    `The contrast "${name}" has a coefficient for "${value}", which is no value of "${column}" in the grid: its values are ${listed(quoted(levels), 6)}.`,
  );

export const contrastAllZero = (name: string): Issue =>
  issue(
    "contrast-matrix",
    ["contrasts", name],
    `All coefficients of the contrast "${name}" are 0: it compares nothing.`,
  );

export const contrastKindsPerColumn = (kinds: number, columns: number): Issue =>
  issue(
    "contrasts-per-column",
    ["contrasts"],
    `contrasts lists ${kinds} kinds and ${columns === 1 ? "one column is" : `${columns} columns are`} contrasted: give one kind for all, or one for each column of contrastColumn.`,
  );

export const simpleBesideColumn = (): Issue =>
  issue(
    "unused-option",
    ["simple"],
    "simple contrasts each column of the grid within the others, and contrastColumn asks for one: leave one of the two out.",
  );

export const simpleOfNothing = (): Issue =>
  issue(
    "unused-option",
    ["simple"],
    'simple contrasts each column of the grid within the others, and contrasts is "none": say which, as contrasts: "pairwise".',
  );

export const summaryOfValues = (name: string, word: string, known: readonly string[]): Issue =>
  issue(
    "not-a-number",
    ["at", name],
    `The column "${name}" is numeric and at asks for "${word}": give numbers, or one of ${listedWithOr(quoted(known))}.`,
  );

export const summaryOfFactor = (name: string): Issue =>
  issue(
    "not-a-number",
    ["at", name],
    `The column "${name}" is a factor, and at has a function of its numbers: list levels of it.`,
  );

export const slopeOfUnknown = (name: string | null, known: readonly string[]): Issue =>
  issue(
    "unknown-column",
    name === null ? ["of"] : ["of", name],
    known.length === 0
      ? `${name === null ? "There are no slopes" : `There is no slope in "${name}"`}: the mean of the model depends on no numeric column that is not a factor. For levels use contrasts of averages.`
      : `There is no slope in "${name}": slopes are of the numeric columns of the mean that are no factors (${listed(quoted(known), 6)}). For levels use contrasts of averages.`,
  );

export const slopeThroughFactor = (name: string): Issue =>
  issue(
    "no-derivative",
    ["of", name],
    `The column "${name}" is a factor or a grouping column of the model, which has no derivative: use contrasts of populationAverage() at values of "${name}".`,
  );

export const noDerivativeAt = (label: string, column: string, row: number): string =>
  `${label} has no derivative in "${column}" at the value of row ${row}: take slopes at other values, by at, or use contrasts of populationAverage().`;

export const elasticityOnLink = (elasticity: string): Issue =>
  issue("unused-option", ["elasticity"], `elasticity: "${elasticity}" is of the response: leave scale out.`);
