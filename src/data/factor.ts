/** Columns as codes into a list of levels. */
import { compareLabels } from "./collation.ts";
import type { Column } from "./table.ts";
import { numberLabel } from "./to-table.ts";

/** Codes of the rows of a table: index into `levels`, −1 for missing. */
export interface Coded {
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

interface EncodedNumbers extends Coded {
  readonly numbers: readonly number[];
}

/** Codes by first appearance. */
export function encode(column: Column): Coded & { readonly numbers: readonly number[] | null } {
  if (column.kind === "text") {
    const n = column.values.length;
    const codes = new Int32Array(n);
    const levels: string[] = [];
    const known = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const value = column.values[i]!;
      if (value === null) {
        codes[i] = -1;
        continue;
      }
      let code = known.get(value);
      if (code === undefined) {
        code = levels.push(value) - 1;
        known.set(value, code);
      }
      codes[i] = code;
    }
    return { codes, levels, numbers: null };
  }
  return encodeWhole(column.values) ?? encodeNumbers(column.values);
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
  if (!(span >= 0 && span < 2 * values.length && Math.max(-least, most) < 1e15)) return null;
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
  // Numbers that agree to 15 digits are one level, as in R; whole numbers of so many digits are told apart by themselves.
  let byLabel: Map<string, number> | null = null;
  const numbers: number[] = [];
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
      if (byLabel === null && !(Number.isInteger(value) && Math.abs(value) < 1e15))
        byLabel = new Map(levels.map((level, k) => [level, k]));
      code = byLabel?.get(label);
      if (code === undefined) {
        code = levels.push(label) - 1;
        numbers.push(value);
        byLabel?.set(label, code);
      }
      known.set(value, code);
    }
    codes[i] = code;
    last = value;
    lastCode = code;
  }
  return { codes, levels, numbers };
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
    const known = new Set(order);
    return { levels: order, extra: coded.levels.filter((level) => !known.has(level)) };
  }
  const { numbers } = coded;
  const positions = coded.levels.map((_, i) => i);
  positions.sort(
    numbers ? (a, b) => numbers[a]! - numbers[b]! : (a, b) => compareLabels(coded.levels[a]!, coded.levels[b]!),
  );
  return { levels: positions.map((p) => coded.levels[p]!), extra: [] };
}

/** The codes with respect to another list of levels: −1 stays missing, −2 is a level that is not listed. */
export function recode(coded: Coded, levels: readonly string[]): Int32Array {
  const position = new Map(levels.map((level, i) => [level, i]));
  const map = coded.levels.map((level) => position.get(level) ?? -2);
  return coded.codes.map((code) => (code < 0 ? -1 : map[code]!));
}

/** The levels that occur in the given rows, in their order. */
export function presentLevels(codes: Int32Array, levels: readonly string[], rows: Int32Array): string[] {
  const present = new Uint8Array(levels.length);
  for (const row of rows) if (codes[row]! >= 0) present[codes[row]!] = 1;
  return levels.filter((_, i) => present[i] === 1);
}
