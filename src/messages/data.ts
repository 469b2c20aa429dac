/** Texts of the faults and warnings of tables and designs. Rows are counted from 1. */
import { listed, quoted } from "./lists.ts";

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

// Tables

export const notATable = (): string =>
  'A table is needed: an object of arrays as { y: [1, 2], g: ["a", "b"] }, an array of records, or a table of arquero or Arrow.';
export const notARecord = (row: number): string => `Row ${row} of the table is not a record such as { y: 1, g: "a" }.`;
export const notAnArray = (column: string): string =>
  `The column ${column} is not an array; give each column as an array with one value a row.`;
export const noColumns = (): string => "The table has no columns.";
export const noRows = (): string => "The table has no rows.";
export const duplicateColumn = (column: string): string =>
  `The table has two columns named ${column}; rename one of them.`;
export const ragged = (column: string, length: number, other: string, rows: number): string =>
  `The column ${column} has ${plural(length, "value")} but the column ${other} has ${rows}; all columns must be of one length.`;
export const dates = (column: string, row: number): string =>
  `The column ${column} holds a date in row ${row}; turn dates into numbers first, for example days since the first one, or into text if they name groups.`;
export const unreadableColumn = (column: string, reason: string): string =>
  `The column ${column} cannot be read from its table (${reason.replace(/\.$/, "")}); convert it first, whole numbers beyond 2^53 to BigInts or text.`;
export const unusableValue = (column: string, row: number): string =>
  `The column ${column} holds something in row ${row} that is neither a number, text, true or false, nor missing.`;

// Columns and rows of a design

export const noResponse = (): string =>
  'The model has no response: add .response("y"), or write it on the left of "~" in the formula.';
export const unknownColumn = (column: string, nearest: string | null, names: readonly string[]): string =>
  `The table has no column ${column}${nearest === null ? `; its columns are ${listed(names, 12)}` : `; did you mean ${nearest}?`}${nearest === null ? "." : ""}`;
export function textForNumbers(
  column: string,
  row: number,
  value: string,
  { share, mark }: { readonly share: "all" | "some" | "none"; readonly mark: "." | "," },
): string {
  const comma = mark === ",";
  if (share === "none") return `The column ${column} holds text (row ${row}: "${value}") where numbers are needed.`;
  if (share === "some")
    return `The column ${column} mixes numbers ${comma ? "with a decimal comma " : ""}and text: row ${row} holds "${value}" where a number is needed${comma ? '; correct it, and read the file with decimal: "," where that is its mark' : ""}.`;
  return comma
    ? `The column ${column} holds numbers with a decimal comma (row ${row}: "${value}"), but numbers are needed; read the file with decimal: ",", or write points.`
    : `The column ${column} holds its numbers as text (row ${row}: "${value}"), but numbers are needed; convert it first, or where it was read from a file, leave out what makes it text (decimal, types).`;
}
export const factorForNumbers = (column: string): string =>
  `The column ${column} is declared a factor, but numbers are needed of it here; leave out its .factor() or use another column.`;
export const infinite = (what: string, row: number, value: number): string =>
  `${what} is ${value > 0 ? "Infinity" : "-Infinity"} in row ${row}; correct the value or leave it out as missing.`;
export const outOfRange = (what: string, size: number): string =>
  `${what} has values of up to ${size.toPrecision(3)}, whose squares are beyond the range of double precision; give it in another unit.`;
export const undefinedValue = (what: string, row: number): string =>
  `${what} is not defined in row ${row} (its value is not a number); check the columns it is computed from.`;
export const allMissing = (column: string): string => `The column ${column} has no value that is not missing.`;
export const missingValues = (column: string, rows: readonly number[]): string =>
  `The column ${column} has ${plural(rows.length, "missing value")} (row${rows.length === 1 ? "" : "s"} ${listed(rows, 5)}); fill or remove them, or use .missing("omit").`;
export const noRowsLeft = (): string =>
  "No row is left once those with a missing value in a used column, or with a weight or trials of 0, are dropped.";
export const omittedRows = (count: number, columns: readonly string[]): string =>
  `${plural(count, "row")} with a missing value in ${listed(columns, 5)} ${count === 1 ? "was" : "were"} dropped.`;

// Expressions

export const severalColumns = (call: string): string =>
  `${call} makes several columns and must stand as a term of its own, not inside another function.`;
export const factorInArithmetic = (call: string): string => `${call} is a factor and cannot be used in arithmetic.`;
export const factorOfExpression = (call: string): string => `${call}: factor() takes the name of a column.`;
export const constantInArithmetic = (value: string): string =>
  `${value} is not a number and cannot be used in arithmetic.`;
export const tooFewDistinct = (call: string, degree: number): string =>
  `${call} needs more than ${degree} distinct values of its column; lower the degree.`;
export const noSpread = (call: string): string => `${call} cannot be scaled: its column does not vary.`;

// Factors

export const unlistedLevel = (column: string, level: string, row: number, levels: readonly string[]): string =>
  `The column ${column} holds "${level}" in row ${row}, which is not among its declared levels ${listed(levels, 12)}.`;
export const unusedLevels = (column: string, levels: readonly string[]): string =>
  `The declared level${levels.length === 1 ? "" : "s"} ${listed(levels, 5)} of ${column} ${levels.length === 1 ? "does" : "do"} not occur in the used rows and ${levels.length === 1 ? "was" : "were"} dropped.`;
export const oneLevel = (column: string, level: string): string =>
  `The factor ${column} has only one level in the used rows ("${level}"); leave it out of the model.`;
export const oneLevelKept = (column: string, level: string): string =>
  `The factor ${column} has only one level in the used rows ("${level}"), so there is no contrast of it in the model.`;
export const unusedLevelsKept = (column: string, levels: readonly string[]): string =>
  `The declared level${levels.length === 1 ? "" : "s"} ${listed(levels, 5)} of ${column} ${levels.length === 1 ? "does" : "do"} not occur in the used rows: what is said of ${levels.length === 1 ? "it" : "them"} is the prior's alone.`;
export const unusedLevelsInOrder = (column: string, levels: readonly string[]): string =>
  `The declared level${levels.length === 1 ? "" : "s"} ${listed(levels, 5)} of ${column} ${levels.length === 1 ? "does" : "do"} not occur in the used rows and ${levels.length === 1 ? "keeps its" : "keep their"} place between the others where covariances depend on their order.`;
export const levelsNeeded = (term: string, kind: string, numeric: string | null): string =>
  `The random term ${term} has the structure ${kind}, of the levels of one factor in their order: write ${kind}(0 + time | group), with a factor and without an intercept${numeric === null ? "" : `; ${numeric} is numeric: make it a factor with .factor("${numeric}", levels) or factor(${numeric}) in the formula`}.`;
export const unevenLevels = (term: string, levels: readonly string[]): string =>
  `The random term ${term} takes the levels ${listed(levels, 8)} as one step from each other, though as numbers they are not; declare the levels between them too with .factor(column, levels), if they are times.`;
export const oneGroup = (group: string, level: string): string =>
  `The grouping factor ${group} has only one level in the used rows ("${level}"); a random term needs at least two groups.`;
export const tooManyEffects = (term: string, effects: number, rows: number): string =>
  `The random term ${term} has ${effects} random effects for ${plural(rows, "row")}; with a Gaussian response they cannot be told from the residual. Use a simpler term.`;
export const contrastsOfNumbers = (column: string): string =>
  `Contrasts are declared for ${column}, which is numeric; make it a factor with .factor("${column}", levels) or factor(${column}) in the formula.`;
export const contrastsUnused = (column: string): string =>
  `Contrasts are declared for ${column}, which is not a factor of the fixed effects; they have no effect.`;
export const oneNumber = (column: string, numbers: readonly (readonly string[])[]): string =>
  `The column ${column} holds one number written in different ways (${listed(
    numbers.map((texts) => quoted(texts).join(" and ")),
    3,
  )}); as levels of a factor they were taken as different ones. Where they are meant to be the same, read the column as numbers: types: { ${JSON.stringify(column)}: "number" } of readTable, or --number ${column}.`;
export const unsafeLevels = (column: string, value: number): string =>
  `The column ${column} holds numbers beyond 2⁵³ (${value}), where neighbouring whole numbers are one number of JavaScript, so that levels may have become one; give them as texts or BigInts.`;
export const trimmedLevels = (column: string, levels: readonly string[]): string =>
  `The column ${column} holds ${listed(
    quoted(levels),
    5,
  )} with and without blanks around ${levels.length === 1 ? "it" : "them"}: the blanks were trimmed, and ${levels.length === 1 ? "it is one level" : "each is one level"}. Put the fields in quotes to keep blanks.`;
export const mergedFractions = (column: string, [a, b]: readonly [number, number]): string =>
  `The column ${column} holds fractions that agree to 15 digits (${a} and ${b}); as levels of a factor they were taken as one, as R does. Give them as text where they are meant to differ.`;
export const rewrittenLevels = (column: string, levels: readonly (readonly [string, string])[]): string =>
  `The column ${column} of the new rows writes levels of the fit in another way (${listed(
    levels.map(([given, known]) => `"${given}" for "${known}"`),
    3,
  )}); each was taken for the level that is the same number.`;
export const newLevel = (column: string, level: string, row: number, levels: readonly string[]): string =>
  `The column ${column} holds "${level}" in row ${row}, a level that the fitted data did not have; the levels are ${listed(levels, 12)}.`;
export const nearlyNumeric = (column: string, row: number, value: string, levels: number): string =>
  `The column ${column} is text because of row ${row} ("${value}"); nearly all its other values are numbers. It was used as a factor with ${levels} levels.`;

// Terms

export const responseAsPredictor = (term: string): string =>
  `The response ${term} is also a predictor; remove it from one side.`;
export const duplicateTerm = (term: string): string => `The term ${term} is in the model twice.`;
export const repeatedEffect = (group: string, effect: string): string =>
  `The effect ${effect} of ${group} is in two random terms; their variances cannot be told apart.`;
export const aliased = (
  role: string,
  columns: readonly string[],
  estimation: "likelihood" | "posterior" = "likelihood",
): string =>
  `The column${columns.length === 1 ? "" : "s"} ${listed(columns, 12)} of the fixed effects${role === "mu" ? "" : ` (${role})`} ${columns.length === 1 ? "is a linear combination" : "are linear combinations"} of the others and ${columns.length === 1 ? "was" : "were"} dropped.${estimation === "posterior" ? ` A proper prior in place of the flat one, as normal(0, 2.5), keeps ${columns.length === 1 ? "it" : "them"}.` : ""}`;
export const aliasedKept = (role: string, columns: readonly string[]): string =>
  `The column${columns.length === 1 ? "" : "s"} ${listed(columns, 12)} of the fixed effects${role === "mu" ? "" : ` (${role})`} ${columns.length === 1 ? "is a linear combination" : "are linear combinations"} of the others: the data tell such coefficients apart no further than their priors do.`;

export const tooManyColumns = (term: string, width: number, columns: number, rows: number): string =>
  `The term ${term} has ${width} columns${columns > width ? `, all terms together ${columns}` : ""}, which with ${rows} rows is more than memory holds; make the factor a random effect, as in (1 | ${term}), or merge levels.`;

// Response, trials, weights

export const constantResponse = (response: string): string =>
  `The response ${response} has the same value in every used row.`;
export const trialsOfFamily = (family: string): string =>
  `trials belong to a binomial response, but the family is ${family}; use .family(binomial()) or leave out the trials.`;
export const manyLevels = (column: string, levels: readonly string[]): string =>
  `The binomial response ${column} has ${levels.length} levels (${listed(levels, 5)}); it must have two, failure first and success second.`;
export const fewLevels = (column: string, level: string): string =>
  `The binomial response ${column} has only one level ("${level}"); it must have two. Declare both, failure first, as .factor("${column}", ["no", "yes"]).`;
export const proportionsWithoutTrials = (response: string, row: number, value: number): string =>
  `The binomial response ${response} is ${value} in row ${row}: a proportion needs its number of trials, as "successes | trials(n)" or .weights("n").`;
export const notBinary = (response: string, row: number, value: number): string =>
  `The binomial response ${response} is ${value} in row ${row}: without trials it must be 0 or 1. Counts need "y | trials(n)"; two codes for failure and success need .factor(column, [failure, success]).`;
export const negativeSuccesses = (what: string, row: number, value: number): string =>
  `${what} is ${value} in row ${row}; counts cannot be negative.`;
export const fractionalCount = (what: string, row: number, value: number): string =>
  `${what} is ${value} in row ${row}; it must be a whole number.`;
export const aboveTrials = (response: string, row: number, successes: number, trials: number): string =>
  `The response ${response} is ${successes} in row ${row}, above its ${plural(trials, "trial")}.`;
export const proportionOutside = (response: string, row: number, value: number): string =>
  `The response ${response} is ${value} in row ${row}; a proportion lies between 0 and 1.`;
export const fractionalSuccesses = (response: string, weights: string, row: number, value: number): string =>
  `The proportion ${response} times its trials ${weights} is ${value} in row ${row}, not a whole number of successes; give the counts instead, as "successes | trials(${weights})".`;
export const weightsAreTrials = (response: string, weights: string): string =>
  `The response ${response} is a proportion, so its weights ${weights} were taken as numbers of trials, as R does.`;
export const negativeWeight = (column: string, row: number, value: number): string =>
  `The weights ${column} are ${value} in row ${row}; weights cannot be negative.`;
export const weightOfNewRow = (column: string, row: number, value: number): string =>
  `The weights ${column} are ${value} in row ${row}; the weight of a new response must be above 0, for its variance is divided by it.`;
export const noPrediction = (column: string, rows: readonly number[]): string =>
  `The column ${column} is missing in row${rows.length === 1 ? "" : "s"} ${listed(rows, 5)} of the new rows, for which nothing can be predicted; ${rows.length === 1 ? "its" : "their"} numbers are null.`;
export const zeroWeights = (column: string, count: number): string =>
  `${plural(count, "row")} with a weight of 0 in ${column} ${count === 1 ? "was" : "were"} dropped.`;
export const zeroTrials = (count: number): string =>
  `${plural(count, "row")} with 0 trials ${count === 1 ? "says" : "say"} nothing and ${count === 1 ? "was" : "were"} dropped.`;

// Grids
