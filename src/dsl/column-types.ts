/** Column names at compile time: which names a builder's methods take, worked out from the type of the table. */

/** A table whose columns the compiler cannot see, as an arquero table: every name is taken. */
export type AnyColumns = Readonly<Record<string, never>>;

/** Columns of an object of arrays: `{ y: number[]; g: string[] }` gives `{ y: number; g: string }`. */
export type ColumnsOfArrays<T> = { readonly [K in keyof T & string]: T[K] extends ArrayLike<infer V> ? V : never };

/** Columns of records, as in `model<Row>(rows)`. */
export type ColumnsOfRow<Row> = { readonly [K in keyof Row & string]: Row[K] };

export type ColumnName<C> = keyof C & string;

/** The columns that hold numbers (or missing values). */
export type NumericColumnName<C> = string extends keyof C
  ? string
  : { [K in keyof C & string]: [NonNullable<C[K]>] extends [number | bigint] ? K : never }[keyof C & string];

export type Separator = " " | "\n" | "\t" | "+" | "*" | ":" | "/" | "|" | "-" | "~" | "(" | ")" | "^" | ",";

/** What the compiler says instead of "not assignable to never". */
export type UnknownColumn<Name extends string> = `The table has no column ${Name}`;

export type Piece<C, P extends string> = P extends "" | "." | ColumnName<C> | `${number}` | "%in%" ? true : P;

export type FirstUnknown<C, T extends string> = T extends `${infer A}${Separator}${infer B}`
  ? FirstUnknown<C, A> extends true
    ? FirstUnknown<C, B>
    : FirstUnknown<C, A>
  : Piece<C, T>;

export type WithoutParentheses<T extends string> = T extends `(${infer I})` ? I : T;

/**
 * A term text whose names are all columns: `x`, `period * trt`, `(Days | Subject)`. A text with a call, backticks or a power of
 * terms is left to run time, and so is a text that is not a literal.
 */
export type TermText<C, T extends string> = string extends T | keyof C
  ? T
  : T extends ColumnName<C>
    ? T
    : WithoutParentheses<T> extends `${string}${"(" | "`" | "^"}${string}`
      ? T
      : FirstUnknown<C, WithoutParentheses<T>> extends infer U
        ? U extends string
          ? UnknownColumn<U>
          : T
        : never;

/** A tuple of term texts, each checked; anything else in it is left as it is. */
export type TermTexts<C, T extends readonly unknown[]> = {
  readonly [I in keyof T]: T[I] extends string ? TermText<C, T[I]> : T[I];
};

/** Whether a type is a text that the compiler knows to its end: not `string`, and no template with holes. */
export type IsLiteral<T extends string> = object extends Record<T, true> ? false : true;

/**
 * The first name of a formula that is no column, or true; read character by character, `Word` being what has been read of a name. Calls as `log(x)`
 * are passed over, and a call within a call ends the search.
 */
export type FirstUnknownOf<C, T extends string, Word extends string = ""> = T extends `${infer Next}${infer Rest}`
  ? Next extends Separator
    ? Next extends "("
      ? Word extends ""
        ? FirstUnknownOf<C, Rest>
        : Rest extends `${infer Inner})${infer After}`
          ? Inner extends `${string}(${string}`
            ? true
            : FirstUnknownOf<C, After>
          : true
      : Piece<C, Word> extends true
        ? FirstUnknownOf<C, Rest>
        : Word
    : FirstUnknownOf<C, Rest, `${Word}${Next}`>
  : Piece<C, Word>;

/**
 * A formula whose names are all columns, calls left out. One with backticks or quotes, and one that is no literal, is left to run time.
 *
 * @example FormulaText<{ y: number }, "y ~ x">; // "The table has no column x"
 */
export type FormulaText<C, T extends string> = string extends keyof C
  ? T
  : IsLiteral<T> extends false
    ? T
    : T extends `${string}${"`" | '"' | "'"}${string}`
      ? T
      : FirstUnknownOf<C, T> extends infer U
        ? U extends string
          ? UnknownColumn<U>
          : T
        : never;
