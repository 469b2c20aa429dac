/** Messages about random effects at places. */
import { listedWithAnd } from "./lists.ts";

const columnsWanted = (most: number): string =>
  most === 1 ? "one numeric column of times" : `one to ${most} numeric columns of coordinates`;

const example = (kind: string, most: number): string => `${kind}(0 + ${most === 1 ? "time" : "east + north"} | group)`;

export const placesNeeded = (term: string, kind: string, most: number): string =>
  `The random term ${term} has the structure ${kind}, of effects at places: give it ${columnsWanted(most)} without an intercept, as ${example(kind, most)}.`;

export const coordinateCount = (term: string, count: number, most: number): string =>
  `The random term ${term} has ${count} coordinates; give it ${columnsWanted(most)}.`;

export const levelIsNoPlace = (term: string, factor: string, level: string, most: number): string =>
  `The level "${level}" of ${factor} in the random term ${term} is no place: levels are read as numbers, "2.5"${most === 1 ? "" : ' or "(2.5,1)"'}; give ${columnsWanted(most)} instead.`;

export const tooManyPlaces = (term: string, count: number, most: number): string =>
  `The random term ${term} has ${count} places, whose covariance matrix is dense; at most ${most} are supported. Round the coordinates, or use a structure of another kind.`;

export const newPlace = (columns: readonly string[], place: readonly number[], row: number): string =>
  `Row ${row} is at ${listedWithAnd(columns.map((column, k) => `${column} = ${place[k]}`))}, where the fit has no effect; effects are predicted at places of the fit alone. Predict without random effects, or add rows at that place to the data before the fit.`;
