/**
 * Options read at the door: one schema a record, from which the exported types come, and one sentence a fault, all faults at once.
 */
import {
  type BaseIssue,
  type GenericSchema,
  type InferInput,
  type InferOutput,
  type ObjectEntries,
  type StrictObjectSchema,
  safeParse,
  strictObject,
} from "valibot";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { badOption, missingOption, optionsNotARecord, unknownOption } from "../messages/options.ts";
import { isRecord } from "./kinds.ts";
import { nearestName } from "./nearest-name.ts";

/** The schema of a record of options. */
export type OptionsSchema<Entries extends ObjectEntries = ObjectEntries> = StrictObjectSchema<
  Entries,
  (issue: BaseIssue<unknown>) => string
>;

/** What a caller may give: the type that is exported. */
export type OptionsOf<Schema extends GenericSchema> = Readonly<InferInput<Schema>>;

/**
 * The schema of a record of options; an option outside `entries` is refused. The message of a schema within is what its value must be, in words
 * that follow "must be": `a number between 0 and 1`.
 */
export function optionsSchema<const Entries extends ObjectEntries>(entries: Entries): OptionsSchema<Entries> {
  const known = Object.keys(entries);
  // The text is not shown: it is what `faultOf` needs to know of this record to make a sentence.
  return strictObject(entries, ({ expected }) => {
    const missing = /^"(.*)"$/.exec(expected ?? "")?.[1];
    return missing === undefined ? known.join(",") : safeParse(entries[missing]!, undefined).issues![0].message;
  });
}

/**
 * Reads a record of options; undefined stands for an empty one.
 *
 * @param of what takes them, as the user wrote it: `predict()`
 * @returns a new record with the schema's defaults filled in
 * @throws DeclarationError with a sentence for every option that is unknown, missing or of the wrong kind
 * @example const { confLevel } = readOptions(tidyOptions, options, { of: "tidy()" });
 */
export function readOptions<Schema extends GenericSchema>(
  schema: Schema,
  options: unknown,
  { of }: { readonly of: string },
): InferOutput<Schema> {
  const given = options === undefined ? {} : options;
  // valibot takes every object for a record, also those whose content is not in their keys, as a Map's
  if (!isRecord(given) && "entries" in schema)
    throw new DeclarationError([optionsNotARecord(of, given, Object.keys(schema.entries as object))]);
  return read(schema, given, of, "");
}

/**
 * Reads one argument that is no record of options.
 *
 * @param name what it is, in words that begin a sentence: `The number of nodes`
 */
export const readArgument = <Schema extends GenericSchema>(
  schema: Schema,
  value: unknown,
  { of, name }: { readonly of: string; readonly name: string },
): InferOutput<Schema> => read(schema, value, of, name);

function read<Schema extends GenericSchema>(
  schema: Schema,
  value: unknown,
  of: string,
  name: string,
): InferOutput<Schema> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  throw new DeclarationError(result.issues.flatMap((issue) => faultsOf(issue, of, name)));
}

/** `at.period[2]`. */
function pathText(issue: BaseIssue<unknown>, name: string): string {
  return (issue.path ?? []).reduce((text, { key }) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, name);
}

function faultsOf(issue: BaseIssue<unknown>, of: string, name: string): Issue[] {
  const path = pathText(issue, name);
  if (issue.type === "strict_object") {
    const last = issue.path?.at(-1);
    if (last?.origin === "key" && issue.expected === "never") {
      // valibot names the first unknown key alone
      const known = issue.message.split(",");
      const outside = path.slice(0, path.length - String(last.key).length);
      return Object.keys(last.input as object)
        .filter((key) => !known.includes(key))
        .map((key) => unknownOption(of, outside + key, nearestName(key, known), known));
    }
    if (last?.origin === "key") return [missingOption(of, path, issue.message)];
    const known = issue.message.split(",");
    if (path === "") return [optionsNotARecord(of, issue.input, known)];
    return [badOption(of, path, `an object with any of ${known.join(", ")}`, issue.input, null)];
  }
  // the choices of a picklist or a union stand quoted in what it expects
  const choices = typeof issue.input === "string" ? (issue.expected?.match(/"[^"]*"/g) ?? []) : [];
  const nearest =
    choices.length === 0
      ? null
      : nearestName(
          issue.input as string,
          choices.map((choice) => choice.slice(1, -1)),
        );
  return [badOption(of, path, issue.message, issue.input, nearest)];
}
