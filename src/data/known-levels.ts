/** Grouping factors whose levels have a known covariance: the levels are those of the matrix, whether they have rows or not. */
import { type LevelPrecision, levelPrecision } from "../covariance/level-precision.ts";
import { groupName, randomTermText } from "../dsl/deparse.ts";
import type { ModelSpec, RandomTermSpec } from "../dsl/model-spec.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import * as messages from "../messages/known-covariance.ts";
import type { Faults } from "./evaluation.ts";
import { placesOf } from "./factor.ts";

export interface KnownLevels {
  readonly levels: readonly string[];
  /** Level of each row. */
  readonly index: Int32Array;
  readonly precision: LevelPrecision;
}

/** A matrix whose diagonal averages farther from 1 than this factor is no correlation matrix. */
const FAR_FROM_ONE = 2;

/**
 * The levels of a random term with a known covariance, and A⁻¹. Null with a fault where the matrix is not there, lacks a level of the data, or is
 * not positive definite.
 *
 * @param present the levels that the rows have, and whether they are those of one column of numbers
 */
export function knownLevels(
  spec: ModelSpec,
  term: RandomTermSpec,
  present: { readonly levels: readonly string[]; readonly index: Int32Array; readonly numeric: boolean },
  faults: Faults,
  warnings: FitWarning[],
): KnownLevels | null {
  const name = term.known!;
  const group = groupName(term);
  const path = ["random", group];
  const matrices = spec.knownCovariances ?? {};
  if (!Object.hasOwn(matrices, name))
    return faults.add(
      "unknown-covariance-matrix",
      path,
      messages.unknownMatrix(randomTermText(term), name, Object.keys(matrices)),
    );
  const matrix = matrices[name]!;
  const numbers = present.numeric ? present.levels.map(Number) : null;
  const place = placesOf({ levels: present.levels, numbers }, matrix.levels);
  const absent = present.levels.filter((_, l) => place[l]! < 0);
  if (absent.length > 0)
    return faults.add("level-not-in-covariance", path, messages.levelsNotInMatrix(group, name, absent));
  const rewritten = present.levels.flatMap((level, l) => {
    const known = matrix.levels[place[l]!]!;
    return known === level ? [] : [[level, known] as const];
  });
  if (rewritten.length > 0)
    warnings.push({ code: "one-number", message: messages.levelsWrittenOtherwise(group, name, rewritten) });
  let precision: LevelPrecision;
  try {
    precision = levelPrecision(matrix, name);
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    for (const issue of error.issues) faults.add(issue.code, issue.path, issue.message);
    return null;
  }
  const mean = precision.variances.reduce((sum, variance) => sum + variance, 0) / precision.variances.length;
  const message = messages.scaleOfMatrix(group, name, mean);
  if (Math.max(mean, 1 / mean) > FAR_FROM_ONE && !warnings.some((warning) => warning.message === message))
    warnings.push({ code: "known-covariance-scale", message });
  return { levels: matrix.levels, index: present.index.map((level) => place[level]!), precision };
}

/**
 * The name of a term's grouping factor in tables: that of the column, or `animal (A)` where other terms on the column have no known covariance or
 * another one, as in `(1 | gr(animal, cov = A)) + (1 | animal)`.
 */
export function termGroupName(spec: ModelSpec, term: RandomTermSpec): string {
  const name = groupName(term);
  const shared = spec.predictors.some(({ random }) =>
    random.some((other) => groupName(other) === name && other.known !== term.known),
  );
  return shared && term.known !== undefined ? `${name} (${term.known})` : name;
}

/** A matrix that no term refers to was meant for one: a fault. */
export function checkMatricesUsed(spec: ModelSpec, faults: Faults): void {
  const used = new Set(spec.predictors.flatMap(({ random }) => random.map((term) => term.known)));
  for (const name of Object.keys(spec.knownCovariances ?? {}))
    if (!used.has(name)) faults.add("unused-known-covariance", ["knownCovariance", name], messages.unusedMatrix(name));
}
