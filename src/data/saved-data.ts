/** Plain data that come back from a file: schemas of their parts, and what is wrong with them in words. */
import { array, custom, type GenericSchema, object, safeParse, string } from "valibot";
import { savedField } from "../messages/files.ts";
import type { Issue } from "../messages/issue.ts";
import type { NumberJSON, NumberListJSON } from "./number-json.ts";

const isNumber = (value: unknown): value is NumberJSON =>
  typeof value === "number" ||
  value === null ||
  value === "Infinity" ||
  value === "-Infinity" ||
  value === "-0" ||
  value === "NaN";

/** A number as JSON keeps it: null stands for NaN. */
export const savedNumber: GenericSchema<NumberJSON> = custom<NumberJSON>(isNumber, "a number");

/** A list of numbers, as JSON or as a typed array. */
export const savedNumbers: GenericSchema<NumberListJSON> = custom<NumberListJSON>(
  (value) =>
    (ArrayBuffer.isView(value) && !(value instanceof DataView)) || (Array.isArray(value) && value.every(isNumber)),
  "a list of numbers",
);

export const savedText = string("a text");

export const savedTexts = array(string("a text"), "a list of texts");

export const savedFlag: GenericSchema<boolean> = custom<boolean>(
  (value) => typeof value === "boolean",
  "true or false",
);

/** A whole number of at least 0. */
export const savedCount: GenericSchema<number> = custom<number>(
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  "a whole number of at least 0",
);

/** One of a few words. */
export const savedWord = (words: readonly string[]): GenericSchema<string> =>
  custom<string>((value) => words.includes(value as string), `one of ${words.join(", ")}`);

export const savedWarnings = array(
  object({ code: savedText, message: savedText }, "a warning with its code and message"),
  "a list of warnings",
);

/** Anything that an object may be: what is in it is looked at elsewhere. */
export const savedObject: GenericSchema<object> = custom<object>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "an object",
);

/**
 * Collects what is wrong with the parts of saved data.
 *
 * @param what the data are called in messages: `saved fit`
 */
export class SavedDataCheck {
  readonly issues: Issue[] = [];
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  fault(path: string, needs: string): void {
    this.issues.push(savedField(this.#what, path, needs));
  }

  /** Whether the data are of the schema's shape. */
  shape(schema: GenericSchema, value: unknown): boolean {
    const { issues = [] } = safeParse(schema, value);
    for (const { path = [], message } of issues.slice(0, 20))
      this.fault(
        path.map(({ key }) => String(key)).join(".") || this.#what,
        path.at(-1)?.value === undefined ? "there" : message,
      );
    return issues.length === 0;
  }

  /** A fault where a list has another length. */
  length(path: string, list: ArrayLike<unknown>, wanted: number, of: string): void {
    if (list.length !== wanted) this.fault(path, `${wanted} long, ${of}, and not ${list.length}`);
  }
}
