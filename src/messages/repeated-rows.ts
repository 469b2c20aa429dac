/** Messages about rows that count several times. */
import type { FitWarning, Issue } from "./issue.ts";

export const frequencyNotWhole = (what: string, row: number, weight: number): Issue => ({
  code: "frequency-not-whole",
  path: ["frequencyWeights"],
  message: `${what} has as many responses of a row as its frequency weight says, and that of row ${row} is ${weight}, no whole number: weights of precision are declared by .weights().`,
});

export const tooManyRepeated = (rows: number, total: number): FitWarning => ({
  code: "rows-counted-once",
  message: `The frequency weights add up to ${total} responses, more than are written out a draw, so that each of the ${rows} rows has one response here: means are as they should be, and the spread between draws is that of ${rows} responses.`,
});

export const rowsSimulatedOnce = (what: string, column: string): Issue => ({
  code: "frequency-simulated",
  path: ["frequencyWeights"],
  message: `${what} would draw one response or row and count it as often as the frequency weights ${JSON.stringify(column)} say, where each of those counted is drawn for itself: write the rows out as often as they count, or fit without .frequencyWeights().`,
});
