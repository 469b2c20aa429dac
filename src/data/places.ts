/** Effects at places: the points that the coordinates of rows are, each with an indicator. */
import type { Places } from "../covariance/covariance-structure.ts";
import { deparse, groupName, randomTermText } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { RandomTermSpec } from "../dsl/model-spec.ts";
import * as messages from "../messages/places.ts";
import type { MatrixRecipe, VariableRecipe } from "./design-recipe.ts";
import type { Evaluation } from "./evaluation.ts";
import type { LearntMatrix, VariableLearner } from "./learn-matrix.ts";
import type { VariableValues } from "./model-matrix.ts";

type PlacesRecipe = VariableRecipe & { readonly kind: "places" };

/** Most places of a term: their covariance matrix is dense. */
const MOST_PLACES = 2000;

/** `(3.5,2)`, as glmmTMB's numFactor writes a place, or a number alone; null where a level is neither. */
function readPlace(level: string): number[] | null {
  const inner = /^\s*\((.*)\)\s*$/.exec(level)?.[1] ?? level;
  const numbers = inner.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** The places of a matrix of them. */
export function placesOfRecipe({ variables: [only] }: MatrixRecipe): Places {
  if (only?.kind === "places") return only.places;
  return only?.kind === "factor" ? only.levels.map((level) => readPlace(level)!) : [];
}

/** The coordinates of a row. */
const placeAt = (columns: readonly Float64Array[], row: number): number[] => columns.map((column) => column[row]! + 0);

const inOrder = (a: readonly number[], b: readonly number[]): number => {
  const k = a.findIndex((value, i) => value !== b[i]);
  return k < 0 ? 0 : a[k]! - b[k]!;
};

/** Place of each row of the table among the known ones; −1 where a coordinate is missing, −2 at another place. */
function codesOf(columns: readonly Float64Array[], places: Places): Int32Array {
  const position = new Map(places.map((place, k) => [place.join(), k]));
  return Int32Array.from(columns[0]!, (_, row) => {
    const place = placeAt(columns, row);
    return place.some(Number.isNaN) ? -1 : (position.get(place.join()) ?? -2);
  });
}

function coordinates(expressions: readonly Expression[], evaluation: Evaluation): Float64Array[] | null {
  const columns = expressions.map((expression) => evaluation.numbers(expression));
  return columns.every((column) => column !== null) ? columns : null;
}

/**
 * The matrix of a term whose effects are at places, given by numeric columns or by a factor whose levels are places; null after a fault.
 *
 * @param least the least, `most` the largest number of coordinates
 */
export function learnPlaces(
  term: RandomTermSpec,
  [least, most]: readonly [least: number, most: number],
  learner: VariableLearner,
): LearntMatrix | null {
  const { evaluation } = learner;
  const { faults, rows } = evaluation;
  const text = randomTermText(term);
  const path = ["random", groupName(term)];
  const fault = (message: string) => faults.add("structure-places", path, message);
  const variables = term.terms.map(({ factors }) => (factors.length === 1 ? factors[0]! : null));
  if (term.intercept || (term.roles?.length ?? 1) > 1 || !variables.every((variable) => variable !== null))
    return fault(messages.placesNeeded(text, term.covariance, most));
  const learnt = variables.map((variable) => learner.variable(variable, true));
  if (!learnt.every((variable) => variable !== null)) return null;
  const [first] = learnt;
  if (learnt.length === 1 && first!.recipe.kind === "factor") {
    const { levels, label } = first!.recipe;
    const places = levels.map(readPlace);
    const bad = places.findIndex((place) => place === null || place.length < least || place.length > most);
    if (bad >= 0) return fault(messages.levelIsNoPlace(text, label, levels[bad]!, most));
    const matrix = learner.matrix(term.terms, false, true);
    if (levels.length > MOST_PLACES) return fault(messages.tooManyPlaces(text, levels.length, MOST_PLACES));
    return matrix;
  }
  const other = learnt.find(({ recipe }) => recipe.kind !== "numeric" || recipe.names.length !== 1);
  if (other) return fault(messages.placesNeeded(text, term.covariance, most));
  if (learnt.length < least || learnt.length > most) return fault(messages.coordinateCount(text, learnt.length, most));
  const columns = coordinates(variables, evaluation);
  if (columns === null) return null;
  const known = new Map<string, number[]>();
  for (const row of rows) {
    const place = placeAt(columns, row);
    known.set(place.join(), place);
  }
  const places = [...known.values()].sort(inOrder);
  if (places.length > MOST_PLACES) return fault(messages.tooManyPlaces(text, places.length, MOST_PLACES));
  const recipe: PlacesRecipe = {
    kind: "places",
    label: variables.map(deparse).join(":"),
    expressions: variables,
    places,
  };
  return {
    recipe: { intercept: false, variables: [recipe], terms: [{ variables: [0], indicators: [true] }] },
    values: [{ kind: "factor", codes: codesOf(columns, places) }],
  };
}

/** The places of new rows among those of the fit; null with a fault for another one. */
export function placesOfRows(
  { label, expressions, places }: PlacesRecipe,
  evaluation: Evaluation,
): VariableValues | null {
  const columns = coordinates(expressions, evaluation);
  if (columns === null) return null;
  const codes = codesOf(columns, places);
  const unknown = evaluation.rows.find((row) => codes[row] === -2);
  if (unknown === undefined) return { kind: "factor", codes };
  return evaluation.faults.add(
    "new-place",
    ["column", label],
    messages.newPlace(expressions.map(deparse), placeAt(columns, unknown), unknown + 1),
  );
}
