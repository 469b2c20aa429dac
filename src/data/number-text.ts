/** Numbers as texts: which texts are numbers, how a number is written as a level, and what a column of numbers looked like in its file. */

/** Whether a text is a decimal number. */
export const isNumberText = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());

/** Whether a text is a decimal number with the given decimal mark. */
const isNumberWith = (mark: "." | ",", text: string): boolean =>
  mark === "." ? isNumberText(text) : !text.includes(".") && isNumberText(text.replace(",", "."));

/** What keeps a column of texts from being numbers. */
export interface NumberFault {
  /** The decimal mark with which most texts are numbers. */
  readonly mark: "." | ",";
  /** How many are numbers with it. */
  readonly share: "all" | "some" | "none";
  /** The first row (counted from 0) that is none; where all or none are, the first with a value. */
  readonly row: number;
}

/** Why texts are no numbers; null where all are missing. */
export function numberFault(texts: readonly (string | null)[]): NumberFault | null {
  const first = texts.findIndex((text) => text !== null);
  if (first < 0) return null;
  const present = texts.filter((text) => text !== null);
  const numbers = (mark: "." | ",") => present.filter((text) => isNumberWith(mark, text)).length;
  const [point, comma] = [numbers("."), numbers(",")];
  const mark = comma > point ? "," : ".";
  const most = Math.max(point, comma);
  if (most === 0 || most === present.length) return { mark, share: most === 0 ? "none" : "all", row: first };
  return { mark, share: "some", row: texts.findIndex((text) => text !== null && !isNumberWith(mark, text)) };
}

/**
 * A number as the label of a level: a whole number with all its digits, another one with 15, as R compares numbers to make levels; null for
 * NaN. Infinity has R's label: what was written so is no number that another text could stand for.
 */
export function numberLabel(value: number): string | null {
  if (Math.abs(value) === Infinity) return value > 0 ? "Inf" : "-Inf";
  if (Number.isInteger(value)) return String(value);
  return Number.isNaN(value) ? null : String(Number(value.toPrecision(15)));
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
/** Decimals of at most so many digits are what `String` writes of the double they are read as. */
const MOST_DIGITS = 15;

/** Whether `numberLabel` writes this text of the number it is read as. */
export function isNumberLabel(text: string): boolean {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  const first = text.charCodeAt(start);
  const length = text.length - start;
  if (length > MOST_DIGITS || !(first >= ZERO && first <= NINE)) return numberLabel(Number(text)) === text;
  if (first === ZERO && (length > 1 ? text.charCodeAt(start + 1) !== POINT : start === 1)) return false;
  let point = -1;
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === POINT && point < 0) point = i;
    else if (code < ZERO || code > NINE) return numberLabel(Number(text)) === text;
  }
  if (point < 0) return true;
  const last = text.charCodeAt(text.length - 1);
  if (last === ZERO || last === POINT) return false;
  // decimals below 1e-6 are written with an exponent
  return first !== ZERO || numberLabel(Number(text)) === text;
}

const WRITTEN = Symbol.for("marginalia.written");

/** Notes on an array of numbers what stood in its source, for `toTable`, which reads it as `Column.texts`. */
export function withTexts(values: Float64Array, texts: readonly (string | null)[]): Float64Array {
  return Object.defineProperty(values, WRITTEN, { value: texts });
}

/** What `withTexts` noted. */
export const textsOf = (values: object): readonly (string | null)[] | undefined =>
  (values as { readonly [WRITTEN]?: readonly (string | null)[] })[WRITTEN];
