import { optional } from "valibot";
import { describe, expect, it } from "vitest";
import { DeclarationError } from "../../src/messages/issue.ts";
import {
  choice,
  columnNames,
  confidenceLevel,
  flag,
  listOf,
  recordOf,
  seedOf,
  wholeNumber,
} from "../../src/options/kinds.ts";
import { optionsSchema, readArgument, readOptions } from "../../src/options/read-options.ts";

const schema = optionsSchema({
  newdata: optional(recordOf(wholeNumber(0), "a table")),
  confLevel: optional(confidenceLevel, 0.95),
  effects: optional(listOf(choice(["fixed", "ran_pars"]), "a list of effects")),
  by: optional(columnNames),
  se: optional(flag, true),
  seed: seedOf,
  inner: optional(optionsSchema({ steps: optional(wholeNumber(1, 20)) })),
});

const faultsOf = (options: unknown): string[] => {
  try {
    readOptions(schema, options, { of: "guess()" });
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
    throw error;
  }
  return [];
};

describe("readOptions", () => {
  it("fills defaults in and copies", () => {
    const effects = ["fixed"] as const;
    const read = readOptions(schema, { seed: "a", effects, confLevel: undefined }, { of: "guess()" });
    expect(read).toEqual({ seed: "a", effects: ["fixed"], confLevel: 0.95, se: true });
    expect(read.effects).not.toBe(effects);
  });

  it("names every unknown option at once, with the one that was meant", () => {
    expect(faultsOf({ seed: 1, newData: {}, conf_level: 0.9, zebra: 1 })).toEqual([
      "guess() has no option newData; did you mean newdata? Its options are newdata, confLevel, effects, by, se, seed, inner.",
      "guess() has no option conf_level; did you mean confLevel? Its options are newdata, confLevel, effects, by, se, seed, inner.",
      "guess() has no option zebra. Its options are newdata, confLevel, effects, by, se, seed, inner.",
    ]);
  });

  it("says what an option of the wrong kind must be", () => {
    const all = { seed: Number.NaN, confLevel: 1.5, effects: ["fixd"], by: [3], se: "no", newdata: [1], inner: 5 };
    expect(faultsOf(all)).toEqual([
      "newdata of guess() must be a table, not [1].",
      "confLevel of guess() must be a number between 0 and 1, as 0.95 for 95 %, not 1.5.",
      'effects[0] of guess() must be "fixed" or "ran_pars", not "fixd"; did you mean "fixed"?',
      "by of guess() must be the name of a column, or a list of names, not [3].",
      'se of guess() must be true or false, not "no".',
      "seed of guess() must be a text or a finite number, not NaN.",
      "inner of guess() must be an object with any of steps, not 5.",
    ]);
  });

  it("reads records within records", () => {
    expect(faultsOf({ seed: 1, inner: { step: 2 } })).toEqual([
      "guess() has no option inner.step; did you mean steps? Its options are steps.",
    ]);
    expect(faultsOf({ seed: 1, inner: { steps: 21 } })).toEqual([
      "inner.steps of guess() must be a whole number from 1 to 20, not 21.",
    ]);
  });

  it("refuses what cannot even be shown as a text", () => {
    expect(faultsOf({ seed: 1, toString: null })).toEqual([expect.stringContaining("has no option toString")]);
    expect(faultsOf({ seed: { toString: null } })).toEqual([
      'seed of guess() must be a text or a finite number, not {"toString":null}.',
    ]);
  });

  it("asks for what is missing", () => {
    expect(faultsOf(undefined)).toEqual(["guess() needs the option seed, a text or a finite number."]);
  });

  it.each([[5], [null], ["x"], [[1, 2]], [new Map([["seed", 1]])], [new Date(0)], [/x/]])(
    "refuses %j in place of a record",
    (value) => {
      expect(faultsOf(value)).toEqual([
        expect.stringMatching(/^guess\(\) takes its options as an object with any of newdata, .*, not /),
      ]);
    },
  );

  it("refuses a Map for a record of the user's own names", () => {
    const given = (value: unknown) =>
      readArgument(recordOf(flag, "flags by name"), value, { of: "guess()", name: "at" });
    expect(given({ a: true })).toEqual({ a: true });
    for (const value of [new Map([["a", true]]), null, [], new Date(0)])
      expect(() => given(value)).toThrow("at of guess() must be flags by name");
  });

  it("reads an argument by its name", () => {
    expect(readArgument(wholeNumber(1), 3, { of: "agq()", name: "The number of nodes" })).toBe(3);
    expect(() => readArgument(wholeNumber(1), -3, { of: "agq()", name: "The number of nodes" })).toThrow(
      "The number of nodes of agq() must be a whole number of at least 1, not -3.",
    );
  });
});
