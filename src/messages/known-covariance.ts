/** Texts of the faults and warnings of known covariances across levels and of pedigrees. Levels are named, positions counted from 1. */

import { excerpt } from "./formula.ts";
import type { Issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";
import { shown } from "./options.ts";

// The matrix

export const notAMatrix = (): string =>
  "A known covariance is given as { levels, values } with a row of values a level, or as { levels, precision: { rows, columns, values } }, the non-zero entries of its inverse.";
export const noLevels = (): string =>
  "A known covariance needs at least two levels; name one for each row of the matrix in `levels`.";
export const repeatedLevel = (level: string): string =>
  `The level "${level}" stands twice among the levels of the known covariance; give each level one row.`;
export const wrongSize = (levels: number, entries: number): string =>
  `The known covariance has ${levels} levels but ${entries} values; it needs ${levels} × ${levels}.`;
export const wrongRow = (level: string, length: number, levels: number): string =>
  `The row of level "${level}" of the known covariance has ${length} values; it needs one for each of the ${levels} levels.`;
export const notFinite = (row: string, column: string, value: unknown): string =>
  `The known covariance holds ${shown(value)} for "${row}" and "${column}"; every entry has to be a finite number.`;
export const notSymmetric = (row: string, column: string, value: number, mirrored: number): string =>
  `The known covariance is not symmetric: it has ${value} for "${row}" and "${column}" but ${mirrored} for "${column}" and "${row}".`;
export const unequalTriplets = (rows: number, columns: number, values: number): string =>
  `The entries of the precision have ${rows} rows, ${columns} columns and ${values} values; give one of each for every entry.`;
export const positionOutside = (position: number, value: unknown, levels: number): string =>
  `Entry ${position} of the precision is at row or column ${shown(value)}; rows and columns are whole numbers from 0 to ${levels - 1}.`;
export const repeatedEntry = (row: string, column: string): string =>
  `The precision has two entries for "${row}" and "${column}"; give each pair of levels once, or once in each triangle with the same value.`;
export const notPositiveDefinite = (name: string, level: string, precision: boolean): string =>
  precision
    ? `The precision matrix ${name} is not positive definite: given the levels before it, "${level}" has no positive precision left. Check its entries; a singular precision (such as that of an intrinsic autoregression) has no covariance.`
    : `The known covariance ${name} is not positive definite: the effect of "${level}" is determined by those of the levels before it. Check its entries, or leave that level out if it repeats another.`;

// The declaration

export const unknownMatrix = (term: string, name: string, known: readonly string[]): string =>
  known.length === 0
    ? `The term ${term} takes the covariance across its levels from ${name}, but no such matrix was given: add .knownCovariance("${name}", …), on the command line --known-covariance ${name}=FILE.csv.`
    : `The term ${term} takes the covariance across its levels from ${name}, but no such matrix was given; those given are ${known.join(", ")}.`;
export const unusedMatrix = (name: string): string =>
  `The known covariance ${name} belongs to no random term: write (1 | gr(group, cov = ${name})), or give it the name of a grouping factor declared before.`;
export const emptyMatrixName = (): string =>
  'A known covariance needs a name, that by which gr(group, cov = …) refers to it: .knownCovariance("A", …).';
export const levelsNotInMatrix = (group: string, name: string, levels: readonly string[]): string =>
  `The grouping factor ${group} has ${levels.length === 1 ? "the level" : "levels"} ${listed(quoted(levels), 5)} that the known covariance ${name} lacks; add ${levels.length === 1 ? "it" : "them"} to the matrix or leave out ${levels.length === 1 ? "its" : "their"} rows.`;
export const levelsWrittenOtherwise = (
  group: string,
  name: string,
  levels: readonly (readonly [string, string])[],
): string =>
  `The levels of ${group} are written in another way in the known covariance ${name} (${levels
    .slice(0, 3)
    .map(([own, known]) => `"${own}" is "${known}"`)
    .join(", ")}); each was taken for the level that is the same number.`;
export const scaleOfMatrix = (group: string, name: string, mean: number): string =>
  `The diagonal of the known covariance ${name} of ${group} averages ${mean.toPrecision(3)}: sd__ is that of a level whose entry is 1, the one that population averages and new levels have. Divide the matrix by its diagonal to make it a correlation matrix.`;
export const grArguments = (text: string, position: number): string =>
  `gr() takes one grouping factor and cov = NAME, the name of a known covariance across its levels, as (1 | gr(animal, cov = A)).${excerpt(text, position)}`;

// What cannot be done with it

export const quadratureAcrossLevels = (group: string, nodes: number): Issue => ({
  code: "quadrature-across-levels",
  path: ["method"],
  message: `Adaptive Gauss-Hermite quadrature with ${nodes} nodes needs independent levels, but those of ${group} have a known covariance; use Laplace's approximation, laplace().`,
});
export const acrossParametersKnown = (group: string): string =>
  `The random effects of ${group} correlate across parameters, which a known covariance across levels does not go with; give each parameter its own term, as "~ 1 + (1 | gr(${group}, cov = A))".`;
export const bootstrapAcrossLevels = (group: string): Issue => ({
  code: "bootstrap-known-covariance",
  path: ["random", group],
  message: `The levels of ${group} depend on each other by their known covariance, so that clusters cannot be drawn with replacement; use simulate() and refit for a parametric bootstrap.`,
});

// Pedigrees

export const notAPedigree = (): string =>
  "A pedigree is { id, sire, dam }: three arrays of one length, an unknown parent being null, NA, 0 or empty.";
export const pedigreeLengths = (id: number, sire: number, dam: number): string =>
  `The pedigree has ${id} animals but ${sire} sires and ${dam} dams; give each animal both, null for an unknown parent.`;
export const missingId = (row: number): string =>
  `Row ${row} of the pedigree has no id; give every animal one, or leave out the row.`;
export const repeatedAnimal = (id: string, first: number, second: number): string =>
  `The animal "${id}" stands in rows ${first} and ${second} of the pedigree; keep one of them.`;
export const unknownMark = (label: string): string =>
  `The parent "${label}" has no row of its own in the pedigree and looks like a mark for an unknown parent; leave the field of an unknown parent empty (or write 0, NA or .), or give "${label}" a row if it is an animal.`;
export const ownAncestor = (id: string): string =>
  `The animal "${id}" is its own ancestor in the pedigree; correct the parents of the animals between.`;
export const noMendelianVariance = (id: string): string =>
  `The parents of "${id}" are completely inbred, so that its effect is determined by theirs and the relationship matrix is singular; leave "${id}" out or merge it with a full sib.`;

// Files of the command line

export const matrixFileShape = (path: string, columns: readonly string[]): string =>
  `${path}: its columns are ${listed(quoted(columns), 4)}. A known covariance is a square table (names of levels in the first column and in the header), a list with the columns row, column and precision (or covariance), or a pedigree with the columns id, sire and dam.`;
export const matrixFileNumber = (path: string, column: string): string =>
  `${path}: the column ${column} of a known covariance holds something that is not a number; give every entry as one.`;
export const matrixFileLevel = (path: string, row: number, level: string, column: string): string =>
  `${path}: row ${row} is that of "${level}" but the column in its place is "${column}"; rows and columns have to name the levels in one order.`;
