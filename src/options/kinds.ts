/** The kinds of values that options take. Each says what it must be in words that follow "must be". */
import {
  array,
  boolean,
  check,
  custom,
  type GenericSchema,
  type InferInput,
  type InferOutput,
  map,
  number,
  picklist,
  pipe,
  string,
  transform,
  union,
} from "valibot";
import { listedWithOr } from "../messages/lists.ts";
import type { StopSignal } from "./abort-signal.ts";

const CLUSTERS = "the column of the clusters, or a list of columns whose combinations they are";

/** A number for which `holds`; never NaN. */
export const numberThat = (holds: (value: number) => boolean, wanted: string): GenericSchema<number> =>
  pipe(number(wanted), check(holds, wanted));

/** A level of confidence: strictly between 0 and 1. */
export const confidenceLevel = numberThat(
  (value) => value > 0 && value < 1,
  "a number between 0 and 1, as 0.95 for 95 %",
);

/** Strictly between 0 and 1. */
export const proportion = numberThat((value) => value > 0 && value < 1, "a number between 0 and 1");

/** From 0 to 1, both among them. */
export const probability = numberThat((value) => value >= 0 && value <= 1, "a number from 0 to 1");

export const finiteNumber = numberThat(Number.isFinite, "a finite number");

export const positiveNumber = numberThat((value) => value > 0 && value < Infinity, "a finite number above 0");

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most = Infinity): GenericSchema<number> =>
  numberThat(
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
    most < Infinity ? `a whole number from ${least} to ${most}` : `a whole number of at least ${least}`,
  );

/** Nodes a dimension of adaptive Gauss-Hermite quadrature. */
export const quadratureNodes = wholeNumber(1);

/** What random numbers begin from: the same seed gives the same ones. */
export const seedOf: GenericSchema<string | number> = custom<string | number>(
  (value) => typeof value === "string" || Number.isFinite(value),
  "a text or a finite number",
);

export const flag = boolean("true or false");

export const text: GenericSchema<string> = pipe(
  string("a text"),
  check((value) => value !== "", "a text that is not empty"),
);

export const columnName: GenericSchema<string> = pipe(
  string("the name of a column"),
  check((value) => value !== "", "the name of a column"),
);

/** One of a few words. */
export const choice = <const Word extends string>(words: readonly Word[]): GenericSchema<Word> =>
  picklist(words, listedWithOr(words.map((word) => JSON.stringify(word))));

/** A list, also a readonly one; a copy of it is read. */
export const listOf = <Schema extends GenericSchema>(
  item: Schema,
  wanted: string,
): GenericSchema<readonly InferInput<Schema>[], readonly InferOutput<Schema>[]> =>
  array(item, wanted) as unknown as GenericSchema<readonly InferInput<Schema>[], readonly InferOutput<Schema>[]>;

/** Whether a value is an object whose content stands in its keys: not so of arrays, Maps, dates, promises. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  ["[object Object]", "[object Module]"].includes(Object.prototype.toString.call(value));

/** A record of values by names of the user's own. */
export const recordOf = <Schema extends GenericSchema>(
  item: Schema,
  wanted: string,
): GenericSchema<Readonly<Record<string, InferInput<Schema>>>, Readonly<Record<string, InferOutput<Schema>>>> =>
  // valibot's own record leaves out keys that are called as members of every object
  pipe(
    custom<Record<string, unknown>>(isRecord, wanted),
    transform((given) => new Map(Object.entries(given))),
    map(string(), item, wanted),
    transform((read) => Object.fromEntries(read)),
  ) as never;

/** One column, or several. */
export const columnNames: GenericSchema<string | readonly string[]> = union(
  [columnName, listOf(columnName, "the name of a column, or a list of names")],
  "the name of a column, or a list of names",
);

/** Parameters of a fit as its tables name them. */
export const parameterNames: GenericSchema<string | readonly string[]> = union(
  [
    columnName,
    pipe(
      listOf(columnName, "the name of a parameter, or a list of names"),
      check((names) => names.length > 0, "a list of at least one name"),
    ),
  ],
  'the name of a parameter as tidy() has it, as "Days" or "Subject sd__Days", or a list of names',
);

/** A function; what it takes and gives is for the types to say. */
export const callback = <F extends (...given: never[]) => unknown>(wanted = "a function"): GenericSchema<F> =>
  custom<F>((value) => typeof value === "function", wanted);

/** A value that something else checks with more knowledge. */
export const checkedLater = <T>(): GenericSchema<T> => custom<T>(() => true);

/** Stops the work; it then rejects with the signal's own reason. */
export const abortSignal: GenericSchema<StopSignal> = custom<StopSignal>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    typeof (value as StopSignal).aborted === "boolean" &&
    typeof (value as StopSignal).addEventListener === "function",
  "an AbortSignal, as new AbortController().signal",
);

/** The clusters of the rows: a column, or several whose combinations they are; at least one. */
export const clusterColumns: GenericSchema<string | readonly string[]> = union(
  [
    columnName,
    pipe(
      listOf(columnName, CLUSTERS),
      check((names) => names.length > 0, CLUSTERS),
    ),
  ],
  CLUSTERS,
);

/** One finite number, or several. */
export const oneOrSeveral: GenericSchema<number | readonly number[]> = union(
  [finiteNumber, listOf(finiteNumber, "a finite number, or a list of them")],
  "a finite number, or a list of them",
);
