/** The designs of the random terms of one predictor, and their recipes. */

import { boundStructure, type CovarianceKind, structureOf } from "../covariance/structures.ts";
import { groupName, randomTermText } from "../dsl/deparse.ts";
import type { ModelSpec, PredictorSpec, RandomTermSpec } from "../dsl/model-spec.ts";
import { isMeans } from "../families/of-mean.ts";
import * as messages from "../messages/data.ts";
import { sdCountDiffers, sdsOfOneVariance } from "../messages/given-sds.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { RandomTermDesign } from "./design.ts";
import type { MatrixRecipe, RandomRecipe } from "./design-recipe.ts";
import type { Faults } from "./evaluation.ts";
import { combineGroups } from "./grouping.ts";
import { knownLevels, termGroupName } from "./known-levels.ts";
import type { VariableLearner } from "./learn-matrix.ts";
import { columnNames, fillMatrix, prefixed, repeatColumns } from "./model-matrix.ts";
import { learnPlaces, placesOfRecipe } from "./places.ts";
import type { ResponseFamily } from "./response.ts";
import { checkSquares } from "./squares.ts";

/**
 * Null for terms with a fault, which is noted.
 *
 * @param ofCurve whether the predictor is a parameter's of a nonlinear mean, whose effects are told apart by it
 */
export function buildRandom(
  spec: ModelSpec,
  family: ResponseFamily,
  predictor: PredictorSpec,
  position: number,
  ofCurve: boolean,
  learner: VariableLearner,
  warnings: FitWarning[],
) {
  const { evaluation } = learner;
  const { rows, faults } = evaluation;
  const effects = new Set<string>();
  return predictor.random.map((term): { design: RandomTermDesign; recipe: RandomRecipe } | null => {
    const name = termGroupName(spec, term);
    const columns = term.group.map((column) => learner.levels(column));
    const { ofLevels = false, places: coordinates } = structureOf(term.covariance);
    const learnt = coordinates
      ? learnPlaces(term, coordinates, learner)
      : learner.matrix(term.terms, term.intercept, ofLevels);
    if (!columns.every((column) => column !== null) || learnt === null || rows.length === 0) return null;
    const present = combineGroups(columns, rows);
    const ofSeries = ofLevels || coordinates !== undefined;
    if (present.levels.length === 1 && !ofSeries && learner.estimation === "likelihood")
      return faults.add("one-group", ["random", name], messages.oneGroup(name, present.levels[0]!));
    const numeric = term.group.length === 1 && evaluation.column(term.group[0]!)!.kind === "numeric";
    const known = term.known === undefined ? null : knownLevels(spec, term, { ...present, numeric }, faults, warnings);
    if (term.known !== undefined && !known) return null;
    if (ofLevels && !checkLevels(term, learnt.recipe, faults, warnings)) return null;
    const { levels, index } = known ?? present;
    const roles = ofCurve ? (term.roles ?? [predictor.role]) : null;
    const own = columnNames(learnt.recipe);
    const places = coordinates && placesOfRecipe(learnt.recipe);
    const names = roles ? roles.flatMap((role) => prefixed(own, role)) : own;
    const covariance = plainest(term, names.length);
    const { absorbsResidual, homogeneous } = boundStructure({ covariance, q: names.length, ...(places && { places }) });
    const count = names.length * levels.length;
    // effects of the mean are fewer than rows beside a residual whose variance is estimated
    const estimated = isMeans(position) && family.normal && family.sigma === undefined && !term.sd;
    if (learner.estimation === "likelihood" && estimated && absorbsResidual && !known && count >= rows.length)
      return faults.add(
        "too-many-effects",
        ["random", name],
        messages.tooManyEffects(randomTermText(term), count, rows.length),
      );
    for (const effect of names) {
      const key = JSON.stringify([name, effect]);
      if (effects.has(key)) warnings.push({ code: "repeated-effect", message: messages.repeatedEffect(name, effect) });
      effects.add(key);
    }
    const sd = term.sd && (term.sd.length === 1 ? names.map(() => term.sd![0]!) : term.sd);
    if (sd && sd.length !== names.length)
      return faults.add("bad-sd", ["random", name], sdCountDiffers(randomTermText(term), sd.length, names));
    if (sd && homogeneous && sd.some((value) => value !== sd[0]))
      return faults.add("bad-sd", ["random", name], sdsOfOneVariance(randomTermText(term), covariance));
    const Z = fillMatrix(learnt.recipe, learnt.values, rows);
    checkSquares(Z, own, faults);
    const spans =
      roles && roles.length > 1
        ? {
            predictors: roles.flatMap((role) =>
              own.map(() => spec.predictors.findIndex((other) => other.role === role)),
            ),
          }
        : {};
    return {
      design: {
        predictor: position,
        ...spans,
        group: name,
        levels,
        index,
        q: names.length,
        names,
        Z: repeatColumns(Z, own.length, roles?.length ?? 1),
        covariance,
        ...(sd && { sd }),
        ...(places && { places, label: learnt.recipe.variables[0]!.label }),
        ...(known && { known: known.precision }),
      },
      recipe: {
        predictor: position,
        ...spans,
        ...(roles && { names }),
        group: term.group,
        name,
        levels,
        columns: columns.map(({ levels: own, numbers }) => ({
          levels: columns.length === 1 ? levels : own,
          ...(numbers && { numbers }),
        })),
        ...(columns.length > 1 && !known && { combinations: present.combinations }),
        matrix: learnt.recipe,
        covariance,
        ...(sd && { sd }),
        ...(places && { places, label: learnt.recipe.variables[0]!.label }),
      },
    };
  });
}

/**
 * The plainest name of the structure that a term has: one effect has a variance and nothing else, and two with variances of their own and one correlation
 * have any covariance matrix, so that their model does not depend on the origin of a slope's covariate.
 */
function plainest({ covariance, sd }: RandomTermSpec, q: number): CovarianceKind {
  const structure = structureOf(covariance);
  if (q === 1) return structure.diagonal ? "diag" : "us";
  if (q !== 2 || sd || structure.places) return covariance;
  const { sds, size } = boundStructure({ covariance, q });
  return sds === 2 && size === 3 ? "us" : covariance;
}

/** Whether a term whose covariances depend on the order of its effects has the levels of one factor, and no other effects. */
function checkLevels(
  term: RandomTermSpec,
  { intercept, terms, variables }: MatrixRecipe,
  faults: Faults,
  warnings: FitWarning[],
): boolean {
  const text = randomTermText(term);
  const [only] = variables;
  const several = intercept || terms.length !== 1 || variables.length !== 1 || (term.roles?.length ?? 1) > 1;
  if (several || only?.kind !== "factor") {
    const numeric = !several && only?.kind === "numeric" ? only.label : null;
    faults.add("structure-levels", ["random", groupName(term)], messages.levelsNeeded(text, term.covariance, numeric));
    return false;
  }
  const places = only.levels.map(Number);
  const step = places[1]! - places[0]!;
  if (
    places.every(Number.isFinite) &&
    places.some((place, k) => k > 0 && Math.abs(place - places[k - 1]! - step) > 1e-9 * Math.abs(step))
  )
    warnings.push({ code: "uneven-levels", message: messages.unevenLevels(text, only.levels) });
  return true;
}
