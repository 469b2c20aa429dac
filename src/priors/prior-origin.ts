/**
 * Where default priors are stated. A column that lies many of its standard deviations from 0, a year or a time stamp, has its origin where no data are: what
 * the model says of an intercept there is an extrapolation, many times what rows differ by, and a default prior of it would contradict the data.
 * Such a column is counted from the middle of its rows instead, and default priors are of the intercept, of the effect a product belongs to,
 * and of the standard deviations and correlations there. A prior that was given keeps its meaning: then its column stays.
 */

import { boundStructure } from "../covariance/structures.ts";
import { type Design, predictorOfColumn } from "../data/design.ts";
import { isMeans } from "../families/of-mean.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";

/** z_column is counted from (value + rest) z_from, in two parts so that far origins lose nothing. */
export interface ColumnMove {
  readonly column: number;
  /** The column whose coefficient is said where the moved one is in the middle; −1: the thresholds of an ordered response. */
  readonly from: number;
  readonly value: number;
  readonly rest: number;
  /** What is moved: `year`, also of `treatment:year`. */
  readonly name: string;
}

/** Moves by predictor (with the number of its coefficients) and by random term; plain data. */
export interface PriorOrigin {
  readonly coefficients: readonly { readonly size: number; readonly moves: readonly ColumnMove[] }[];
  readonly terms: readonly (readonly ColumnMove[])[];
}

/**
 * So many standard deviations of the column from 0 on. Slopes that explain all of a response make the intercepts at 0 differ by as many of its
 * standard deviations; their default prior is for a few.
 */
const FAR = 8;
/** The same of coefficients alone, as years of this century have and ages do not: the default prior of their intercept widens with the distance. */
const FAR_FIXED = 50;
/** Of a column that nearly is a multiple of another the origin has no meaning: nothing is left but rounding. */
const NOTHING_LEFT = 1e-13;

interface Columns {
  readonly values: Float64Array;
  readonly width: number;
  readonly names: readonly string[];
}

/** What a product has besides another column's factors: `year` of `treatment:year` over `treatment`; null where that is none of it. */
function besides(product: string, factor: string): string | null {
  const left = product.split(":");
  for (const part of factor.split(":")) {
    const at = left.indexOf(part);
    if (at < 0) return null;
    left.splice(at, 1);
  }
  return left.length > 0 ? left.join(":") : null;
}

/**
 * The move of a column to the middle of its rows along another, `base`; null where it is nearer than `far` of its standard deviations.
 *
 * The two are told apart from columns that are merely alike by their quotient, which stays away from 0 in every row.
 */
function moveOf(
  { n, frequencyWeights }: Pick<Design, "n" | "frequencyWeights">,
  column: (i: number) => number,
  base: (i: number) => number,
  far: number,
): { readonly value: number; readonly rest: number } | null {
  let value: number | null = null;
  for (let i = 0; i < n && value === null; i++) if (base(i) !== 0) value = column(i) / base(i);
  if (!value) return null;
  let [own, dot, square] = [0, 0, 0];
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const b = base(i);
    const count = frequencyWeights?.[i] ?? 1;
    own += count * column(i) ** 2;
    if (b === 0) continue;
    dot += count * b * (column(i) - value * b);
    square += count * b * b;
    least = Math.min(least, column(i) / b);
    most = Math.max(most, column(i) / b);
  }
  const rest = dot / square;
  let left = 0;
  for (let i = 0; i < n; i++)
    left += (frequencyWeights?.[i] ?? 1) * (column(i) - value * base(i) - rest * base(i)) ** 2;
  const share = Math.sqrt(left / own);
  const away = Math.min(Math.abs(least), Math.abs(most)) > 0.5 * Math.abs(value + rest) && least * most > 0;
  return away && share > NOTHING_LEFT && share < 1 / far ? { value, rest } : null;
}

const CONSTANT = "(Intercept)";

/**
 * The moves of columns.
 *
 * @param mayMove whether column k may be counted from another place along column `from`
 * @param thresholds whether thresholds stand for the intercept
 * @param farOf from how far on column k is moved
 */
function movesOf(
  design: Pick<Design, "n" | "frequencyWeights">,
  { values, width, names }: Columns,
  mayMove: (k: number, from: number) => boolean,
  thresholds: boolean,
  farOf: (k: number) => number,
): ColumnMove[] {
  const moves: ColumnMove[] = [];
  for (let k = 0; k < width; k++) {
    const candidates = [...(thresholds ? [-1] : []), ...Array.from({ length: k }, (_, j) => j)].filter(
      (from) => mayMove(k, from) && !moves.some(({ column }) => column === from),
    );
    for (const from of candidates) {
      const factor = from < 0 ? CONSTANT : names[from]!;
      const name = factor === CONSTANT ? names[k]! : besides(names[k]!, factor);
      if (name === null) continue;
      const found = moveOf(
        design,
        (i) => values[i * width + k]!,
        from < 0 ? () => 1 : (i) => values[i * width + from]!,
        farOf(k),
      );
      if (!found) continue;
      moves.push({ column: k, from, value: found.value, rest: found.rest, name });
      break;
    }
  }
  return moves;
}

const isDefault = (prior: ResolvedPrior | null | undefined): boolean => prior?.source === "default";

/**
 * The origin of the default priors of a model; null where every column's own serves.
 *
 * @param priors as they are at the columns' own origins
 */
export function findPriorOrigin(
  design: Design,
  { fixed, sd, cor, phi }: Pick<ResolvedPriors, "fixed" | "sd" | "cor" | "phi">,
): PriorOrigin | null {
  const thresholds = phi.filter((prior) => prior.class === "threshold");
  const movable = thresholds.length > 0 && thresholds.every(isDefault);
  const terms = design.random.map((term, t) => {
    const structure = boundStructure(term);
    // without free correlations the model itself is another one for each origin
    if (!structure.unstructured || !structure.ofFactor || structure.given || !isDefault(cor[t])) return [];
    const columns = { values: term.Z, width: term.q, names: term.names };
    const mayMove = (k: number, from: number) =>
      isDefault(sd[t]![from]) && predictorOfColumn(term, k) === predictorOfColumn(term, from);
    return movesOf(design, columns, mayMove, false, () => FAR);
  });
  let offset = 0;
  const coefficients = design.predictors.map((predictor, r) => {
    const { names, X } = predictor;
    const own = fixed.slice(offset, offset + names.length);
    offset += names.length;
    const columns = { values: X, width: names.length, names };
    // with the slopes of the same column
    const inTerms = design.random.flatMap((term, t) =>
      terms[t]!.flatMap(({ column }) => (predictorOfColumn(term, column) === r ? [term.names[column]!] : [])),
    );
    const farOf = (k: number) => (inTerms.includes(names[k]!) ? FAR : FAR_FIXED);
    const mayMove = (_: number, from: number) => from < 0 || isDefault(own[from]);
    return { size: names.length, moves: movesOf(design, columns, mayMove, movable && isMeans(r), farOf) };
  });
  const all = [...coefficients.map(({ moves }) => moves), ...terms];
  return all.some((moves) => moves.length > 0) ? { coefficients, terms } : null;
}

/** `year = 2014.5`, the places that moves go to from a coefficient, or from any. */
export function placesOf(moves: readonly ColumnMove[], from?: number): string {
  const places = moves
    .filter((move) => from === undefined || move.from === from)
    .map(({ name, value, rest }) => `${name} = ${Number((value + rest).toPrecision(10))}`);
  return [...new Set(places)].join(", ");
}
