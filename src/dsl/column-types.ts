/** Column names at compile time: which names a builder's methods take, worked out from the type of the table. */

/** A table whose columns the compiler cannot see, as an arquero table: every name is taken. */
export interface AnyColumns {
  readonly [column: string]: never;
}

/** Columns of an object of arrays of numbers; in a helper that is generic over the table the compiler knows then that all hold numbers. */
export type ColumnsOfNumbers<T> = { readonly [K in keyof T & string]: number };

/** Columns of an object of arrays: `{ y: number[]; g: string[] }` gives `{ y: number; g: string }`. */
export type ColumnsOfArrays<T> = { readonly [K in keyof T & string]: T[K] extends ArrayLike<infer V> ? V : never };

/** Columns of records, as in `model<Row>(rows)`. */
export type ColumnsOfRow<Row> = { readonly [K in keyof Row & string]: Row[K] };

export type ColumnName<C> = keyof C & string;

/** The columns that hold numbers (or missing values). */
export type NumericColumnName<C> = string extends keyof C
  ? string
  : { [K in keyof C & string]: [NonNullable<C[K]>] extends [number | bigint] ? K : never }[keyof C & string];

/** What ends a name in a formula. */
export type Separator = Blank | "+" | "*" | ":" | "/" | "|" | "-" | "~" | "(" | ")" | "^" | "," | "=";

export type Blank = " " | "\n" | "\t" | "\r";

/** What the compiler says instead of "not assignable to never". */
export type UnknownColumn<Name extends string> = `The table has no column ${Name}`;

export type NotNumeric<Name extends string> = `The column ${Name} does not hold numbers`;

/** Whether a type is a text that the compiler knows to its end: not `string`, and no template with holes. */
export type IsLiteral<T extends string> = Record<never, never> extends Record<T, true> ? false : true;

/** A word of a formula that is a column, or needs none: a number, also one that is cut before its exponent's sign. */
export type Piece<C, P extends string> = P extends
  | ""
  | "."
  | "pi"
  | "TRUE"
  | "FALSE"
  | "%in%"
  | ColumnName<C>
  | `${number}`
  | `${number}${"L" | "e" | "E"}`
  ? true
  : P;

/**
 * The first name of a formula that is no column, or true; read character by character, `Word` being what has been read of a name. What stands before
 * a parenthesis is a function, what stands before `=` an argument of one, whose value is passed over.
 */
export type FirstUnknownOf<C, T extends string, Word extends string = ""> = T extends `${infer Next}${infer Rest}`
  ? Next extends Separator
    ? Next extends "("
      ? FirstUnknownOf<C, Rest>
      : Next extends "="
        ? FirstUnknownOf<C, AfterValue<Rest>>
        : Next extends "|"
          ? Piece<C, Word> extends true
            ? FirstUnknownOf<C, AfterShared<Rest>>
            : Word
          : Next extends Blank
            ? Rest extends `${Blank}${infer After}`
              ? FirstUnknownOf<C, ` ${After}`, Word>
              : Rest extends `${"(" | "="}${string}`
                ? FirstUnknownOf<C, Rest, Word>
                : Piece<C, Word> extends true
                  ? FirstUnknownOf<C, Rest>
                  : Word
            : Piece<C, Word> extends true
              ? FirstUnknownOf<C, Rest>
              : Word
    : Next extends "`"
      ? Rest extends `${infer Quoted}\`${infer After}`
        ? Quoted extends ColumnName<C>
          ? FirstUnknownOf<C, After>
          : Quoted
        : true
      : Next extends '"' | "'"
        ? Rest extends `${string}${Next}${infer After}`
          ? FirstUnknownOf<C, After>
          : true
        : FirstUnknownOf<C, Rest, `${Word}${Next}`>
  : Piece<C, Word>;

/** What follows a first bar: in `(1 |p| g)` what is behind the second, as p is a name that terms share and no column. */
export type AfterShared<T extends string> = T extends `|${string}`
  ? T
  : T extends `${infer Name}|${infer After}`
    ? Name extends `${string}${Exclude<Separator, Blank>}${string}`
      ? T
      : After
    : T;

/** What follows the value of a named argument: `A)`, `c(1, 2))`, `TRUE, …`. */
export type AfterValue<T extends string> = T extends `${infer Next}${infer Rest}`
  ? Next extends "," | ")"
    ? Rest
    : Next extends "("
      ? Rest extends `${string})${infer After}`
        ? AfterValue<After>
        : ""
      : AfterValue<Rest>
  : "";

/** `FirstUnknownOf` sum by sum, since the compiler reads no text of a thousand characters in one go; one with quotes is read whole. */
export type FirstUnknown<C, T extends string> = T extends `${string}${"`" | '"' | "'"}${string}`
  ? FirstUnknownOf<C, T>
  : T extends `${infer Sum}+${infer More}`
    ? FirstUnknownOf<C, Sum> extends true
      ? FirstUnknown<C, More>
      : FirstUnknownOf<C, Sum>
    : FirstUnknownOf<C, T>;

/**
 * A formula, or a part of one, whose names are all columns: `y ~ log(age) + (Days | Subject)`, `period * trt`. A text that is no literal is left to run time.
 *
 * @example FormulaText<{ y: number }, "y ~ log(x)">; // "The table has no column x"
 */
export type FormulaText<C, T extends string> = string extends keyof C
  ? T
  : IsLiteral<T> extends false
    ? T
    : FirstUnknown<C, T> extends infer U
      ? U extends string
        ? UnknownColumn<U>
        : T
      : never;

/** A column, however odd its name, or a part of a formula. */
export type TermText<C, T extends string> = T extends ColumnName<C> ? T : FormulaText<C, T>;

/** A tuple of term texts, each checked; anything else in it is left as it is. */
export type TermTexts<C, T extends readonly unknown[]> = {
  readonly [I in keyof T]: T[I] extends string ? ColumnName<C> | TermText<C, T[I]> : T[I];
};

/** The name of a column; one that is no literal is left to run time. */
export type ColumnText<C, T extends string> = string extends keyof C
  ? T
  : IsLiteral<T> extends false
    ? T
    : T extends ColumnName<C>
      ? T
      : UnknownColumn<T>;

/** The name of a column that holds numbers; one that is no literal is left to run time. */
export type NumericColumnText<C, T extends string> = string extends keyof C
  ? T
  : IsLiteral<T> extends false
    ? T
    : T extends NumericColumnName<C>
      ? T
      : T extends ColumnName<C>
        ? NotNumeric<T>
        : UnknownColumn<T>;

/** A column that holds numbers, or arithmetic of columns as `log(exposure)`. */
export type NumericText<C, T extends string> = T extends ColumnName<C> ? NumericColumnText<C, T> : FormulaText<C, T>;

/** A residual structure in nlme's words, `varPower(~ DML | MONTH)`. */
export type StructureText<C, T extends string> = FormulaText<C & Readonly<Record<"fitted", never>>, T>;

/** What a residual structure was made of, text by text: columns, or forms as `time | Mare`. */
export type StructureNames<C, T extends string> =
  T extends ColumnName<C> ? T : T extends string ? StructureText<C, T> : never;

/** A nonlinear mean as text: its names are parameters or columns. */
export type MeanText<C, Parameter extends string, T extends string> = FormulaText<
  C & Readonly<Record<Parameter, never>>,
  T
>;

/** The predictors of the parameters of a nonlinear mean, each a formula or parts of one. */
export type ParameterTexts<C, P> = {
  readonly [K in keyof P]: P[K] extends string
    ? FormulaText<C, P[K]>
    : { readonly [Part in keyof P[K]]: P[K][Part] extends string ? TermText<C, P[K][Part]> : P[K][Part] };
};

/** One column, or a tuple of them. */
export type ColumnTexts<C, N> = N extends string
  ? ColumnText<C, N>
  : { readonly [I in keyof N]: N[I] extends string ? ColumnText<C, N[I]> : N[I] };

/** A record whose keys are columns. */
export type ByColumn<C, R> = {
  readonly [K in keyof R]: K extends string ? (ColumnText<C, K> extends K ? R[K] : ColumnText<C, K>) : R[K];
};
