/** Columns as codes into a list of levels. */
import { compareLabels } from "./collation.ts";
import { isNumberText, numberLabel } from "./number-text.ts";
import type { Column } from "./table.ts";

/** Codes of the rows of a table: index into `levels`, −1 for missing. */
export interface Coded {
  readonly codes: Int32Array;
  readonly levels: readonly string[];
  /** The levels as numbers; null where the column is text. */
  readonly numbers?: readonly number[] | null;
  /** Whether the levels are what was written in the source, so that two of them may be one number. */
  readonly written?: boolean;
  /** Levels that stood in the source with and without blanks around them. */
  readonly trimmed?: readonly string[];
  /** Two fractions that became one level. */
  readonly merged?: readonly [number, number];
}

interface EncodedNumbers extends Coded {
  readonly numbers: readonly number[];
}

/** Codes by first appearance. The levels of numbers are what was written where the column has that, else the numbers. */
export function encode(column: Column): Coded & { readonly numbers: readonly number[] | null } {
  if (column.kind === "text")
    return {
      ...encodeTexts(column.values).coded,
      numbers: null,
      ...(column.trimmed && { trimmed: column.trimmed }),
    };
  const { values, texts } = column;
  if (!texts) return encodeWhole(values) ?? encodeNumbers(values);
  const { coded, first } = encodeTexts(texts);
  return { ...coded, numbers: first.map((row) => values[row]!), written: true };
}

function encodeTexts(values: readonly (string | null)[]): { coded: Coded; first: readonly number[] } {
  const n = values.length;
  const codes = new Int32Array(n);
  const levels: string[] = [];
  const first: number[] = [];
  const known = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value === null) {
      codes[i] = -1;
      continue;
    }
    let code = known.get(value);
    if (code === undefined) {
      code = levels.push(value) - 1;
      first.push(i);
      known.set(value, code);
    }
    codes[i] = code;
  }
  return { coded: { codes, levels }, first };
}

/** Whole numbers close together, such as identifiers, by a table over their range; null for others. */
function encodeWhole(values: Float64Array): EncodedNumbers | null {
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (!Number.isInteger(value) && !Number.isNaN(value)) return null;
  }
  const span = most - least;
  if (!(span >= 0 && span < 2 * values.length && Math.max(-least, most) <= Number.MAX_SAFE_INTEGER)) return null;
  const codeOf = new Int32Array(span + 1).fill(-1);
  const codes = new Int32Array(values.length);
  const levels: string[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      codes[i] = -1;
      continue;
    }
    const place = value - least;
    if (codeOf[place]! < 0) {
      codeOf[place] = levels.push(numberLabel(value)!) - 1;
      numbers.push(value);
    }
    codes[i] = codeOf[place]!;
  }
  return { codes, levels, numbers };
}

function encodeNumbers(values: Float64Array): EncodedNumbers {
  const codes = new Int32Array(values.length);
  const levels: string[] = [];
  const known = new Map<number, number>();
  // Fractions that agree to 15 digits are one level, as in R; whole numbers are told apart by themselves.
  let byLabel: Map<string, number> | null = null;
  const numbers: number[] = [];
  let merged: readonly [number, number] | undefined;
  let last = Number.NaN;
  let lastCode = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === last) {
      codes[i] = lastCode;
      continue;
    }
    if (Number.isNaN(value)) {
      codes[i] = -1;
      continue;
    }
    let code = known.get(value);
    if (code === undefined) {
      const label = numberLabel(value)!;
      if (byLabel === null && !Number.isInteger(value)) byLabel = new Map(levels.map((level, k) => [level, k]));
      code = byLabel?.get(label);
      if (code === undefined) {
        code = levels.push(label) - 1;
        numbers.push(value);
        byLabel?.set(label, code);
      } else merged ??= [numbers[code]!, value];
      known.set(value, code);
    }
    codes[i] = code;
    last = value;
    lastCode = code;
  }
  return { codes, levels, numbers, ...(merged && { merged }) };
}

/**
 * Where each label stands among the known ones, −1 for one that is not there. What is written the same is the same. A number that no known label
 * is written like has the place of the one known label that is this number, unless another label of the column stands there already: then they were
 * meant to differ.
 *
 * @param known labels, each once
 * @param options.numbers whether the known labels are numbers, not what was written: then whatever is this number is the label
 */
export function placesOf(
  { levels, numbers }: Pick<Coded, "levels" | "numbers">,
  known: readonly string[],
  options: { readonly numbers?: boolean } = {},
): Int32Array {
  const position = new Map(known.map((level, i) => [level, i]));
  const places = Int32Array.from(levels, (level) => position.get(level) ?? -1);
  if (!places.includes(-1) || !(numbers || options.numbers)) return places;
  const byNumber = new Map<number, number[]>();
  known.forEach((level, i) => {
    const value = Number(level);
    if (!isNumberText(level) || !Number.isFinite(value)) return;
    byNumber.set(value, [...(byNumber.get(value) ?? []), i]);
  });
  const taken = new Set(places);
  const claims = new Map<number, number[]>();
  levels.forEach((level, k) => {
    if (places[k]! >= 0) return;
    const value = numbers ? numbers[k]! : isNumberText(level) ? Number(level) : Number.NaN;
    const candidates = byNumber.get(value) ?? [];
    if (candidates.length !== 1) return;
    const place = candidates[0]!;
    if (options.numbers) places[k] = place;
    else if (!taken.has(place)) claims.set(place, [...(claims.get(place) ?? []), k]);
  });
  for (const [place, claimants] of claims) if (claimants.length === 1) places[claimants[0]!] = place;
  return places;
}

/**
 * The column's levels in R's order: those given (by the declaration, else by the table) as given, numbers by value, text by collation.
 * Levels of the column that are not among those given are appended in `extra`.
 */
export function orderedLevels(
  column: Column,
  coded: ReturnType<typeof encode>,
  given: readonly string[] | undefined,
): { readonly levels: readonly string[]; readonly extra: readonly string[] } {
  const order = given ?? (column.kind === "text" ? column.levels : undefined);
  if (order) {
    const places = placesOf(coded, order);
    return { levels: order, extra: coded.levels.filter((_, k) => places[k]! < 0) };
  }
  const { numbers } = coded;
  const positions = coded.levels.map((_, i) => i);
  const byLabel = (a: number, b: number) => compareLabels(coded.levels[a]!, coded.levels[b]!);
  positions.sort(numbers ? (a, b) => numbers[a]! - numbers[b]! || byLabel(a, b) : byLabel);
  return { levels: positions.map((p) => coded.levels[p]!), extra: [] };
}

/**
 * The codes with respect to another list of levels: −1 stays missing, −2 is a level that is not listed.
 *
 * @param options as of `placesOf`
 */
export function recode(
  coded: Coded,
  levels: readonly string[],
  options: { readonly numbers?: boolean } = {},
): Int32Array {
  const places = placesOf(coded, levels, options);
  return coded.codes.map((code) => (code < 0 ? -1 : places[code]! < 0 ? -2 : places[code]!));
}

/** The levels that occur in the given rows, in their order. */
export function presentLevels(codes: Int32Array, levels: readonly string[], rows: Int32Array): string[] {
  const present = new Uint8Array(levels.length);
  for (const row of rows) if (codes[row]! >= 0) present[codes[row]!] = 1;
  return levels.filter((_, i) => present[i] === 1);
}

/** The first of the rows that has a level. */
export const rowOfLevel = ({ codes, levels }: Coded, level: string): number => codes.indexOf(levels.indexOf(level));

/** Levels of the rows that are one number written in different ways, number by number. */
export function sameNumber({ codes, levels, numbers, written }: Coded, rows: Int32Array): string[][] {
  if (!numbers || !written) return [];
  const present = new Uint8Array(levels.length);
  for (const row of rows) if (codes[row]! >= 0) present[codes[row]!] = 1;
  const byNumber = new Map<number, string[]>();
  levels.forEach((level, k) => {
    if (present[k] === 1 && Number.isFinite(numbers[k]))
      byNumber.set(numbers[k]!, [...(byNumber.get(numbers[k]!) ?? []), level]);
  });
  return [...byNumber.values()].filter((texts) => texts.length > 1);
}
