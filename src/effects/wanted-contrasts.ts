/** Which contrasts of the cells of a grid are asked for. */
import {
  contrastAllZero,
  contrastCoefficients,
  contrastLevelUnknown,
  referenceLevelUnknown,
} from "../messages/averages.ts";
import { contrastsOfNothing, gridColumnUnknown } from "../messages/effects.ts";
import { DeclarationError, declarationFault, type Issue } from "../messages/issue.ts";
import type { Averaging } from "./averaging-options.ts";
import {
  type CellContrast,
  type ColumnContrasts,
  type ContrastKind,
  type ContrastMatrix,
  cellContrasts,
  type LevelContrast,
  levelContrasts,
  levelsOf,
} from "./contrasts.ts";
import type { Grid, GridValue } from "./grid.ts";

/** The contrasts of cells that are asked for. @throws DeclarationError where they are of nothing, or name what is not there */
export function wantedContrasts(grid: Grid, wanted: Averaging): readonly CellContrast[] {
  const { contrasts, contrastColumns, simple } = wanted;
  for (const name of contrastColumns ?? [])
    if (!grid.columns.includes(name)) throw declarationFault(gridColumnUnknown(name, "contrastColumn", grid.columns));
  if (contrasts === "none") return [];
  const columns = contrastColumns ?? grid.columns.slice(0, 1);
  if (columns.length === 0) throw declarationFault(contrastsOfNothing(typeof contrasts === "string" ? contrasts : "…"));
  const of = (column: string, k: number): ColumnContrasts => {
    const own = Array.isArray(contrasts)
      ? (contrasts as readonly ContrastKind[])[k]!
      : (contrasts as ContrastKind | ContrastMatrix);
    return { column, contrasts: contrastsOfLevels(column, levelsOf(grid, column), own, wanted.ref) };
  };
  if (simple) return grid.columns.flatMap((column, k) => cellContrasts(grid, [of(column, k)]));
  return cellContrasts(grid, columns.map(of));
}

function contrastsOfLevels(
  column: string,
  levels: readonly GridValue[],
  contrasts: ContrastKind | ContrastMatrix,
  ref: GridValue | undefined,
): readonly LevelContrast[] {
  if (typeof contrasts === "string") {
    const reference = ref === undefined ? 0 : levels.findIndex((level) => String(level) === String(ref));
    if (reference < 0) throw declarationFault(referenceLevelUnknown(String(ref), column, levels));
    return levelContrasts(contrasts, levels, reference);
  }
  const issues: Issue[] = [];
  const lines = Object.entries(contrasts).map(([label, given]): LevelContrast => {
    const coefficients = Array.isArray(given)
      ? (given as readonly number[])
      : levels.map((level) => ownNumber(given as Readonly<Record<string, number>>, String(level)));
    if (coefficients.length !== levels.length)
      issues.push(contrastCoefficients(label, coefficients.length, column, levels.length));
    if (!Array.isArray(given))
      for (const value of Object.keys(given))
        if (!levels.some((level) => String(level) === value))
          issues.push(contrastLevelUnknown(label, value, column, levels));
    if (coefficients.every((c) => c === 0)) issues.push(contrastAllZero(label));
    return { label, coefficients };
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  return lines;
}

/** The coefficient of a level, 0 where it has none: levels may be called as members of every object are. */
const ownNumber = (coefficients: Readonly<Record<string, number>>, level: string): number =>
  Object.hasOwn(coefficients, level) ? coefficients[level]! : 0;
