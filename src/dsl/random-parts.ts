/** Random terms as `.random()` takes them: a text, or a grouping column with slopes. */
import type { InferOutput } from "valibot";
import type { KnownCovariance } from "../covariance/known-covariance.ts";
import * as messages from "../messages/declaration.ts";
import { badSds } from "../messages/given-sds.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import type { randomOptions } from "./builder-options.ts";
import { joinTerms, parseTerms } from "./formula.ts";
import { areSds } from "./given-sds.ts";
import type { FixedTermSpec, RandomTermSpec } from "./model-spec.ts";
import { refuse } from "./refuse.ts";

export interface RandomTerms {
  readonly terms: readonly RandomTermSpec[];
  readonly notes: readonly FitWarning[];
}

/** The terms of a random term as text; @param more whether slopes were given beside it */
export function randomOfText(text: string, more: boolean): RandomTerms {
  if (more) refuse("bad-random", ["random", text], messages.slopeWithRandomText(text));
  // A term without its parentheses is as clear here as one with them.
  const bare = /^\s*\(|^\s*(us|diag)\s*\(/.test(text) ? text : `(${text})`;
  const { predictor, notes } = parseTerms(bare);
  if (
    predictor.terms.length > 0 ||
    predictor.offsets.length > 0 ||
    !predictor.intercept ||
    predictor.random.length === 0
  )
    refuse("bad-random", ["random", text], messages.fixedInRandom(text));
  return { terms: predictor.random, notes };
}

/**
 * The terms of a grouping column with slopes.
 *
 * @param hasColumn whether the table has a column of exactly this name
 */
export function randomOfParts(
  group: string,
  slopes: readonly string[],
  options: InferOutput<typeof randomOptions>,
  hasColumn: (name: string) => boolean,
): RandomTerms {
  const { covariance } = options;
  let { intercept } = options;
  const sd = typeof options.sd === "number" ? [options.sd] : options.sd;
  if (sd !== undefined && (!Array.isArray(sd) || !areSds(sd))) throw new DeclarationError([badSds(group)]);
  const notes: FitWarning[] = [];
  const terms = slopes.flatMap((text): readonly FixedTermSpec[] => {
    if (hasColumn(text)) return [{ kind: "fixedTerm", factors: [{ kind: "column", name: text }] }];
    const parsed = parseTerms(text);
    if (parsed.predictor.random.length > 0 || parsed.predictor.offsets.length > 0)
      refuse("bad-random", ["random", group], messages.offsetInSlope(text));
    intercept &&= parsed.predictor.intercept;
    notes.push(...parsed.notes);
    return parsed.predictor.terms;
  });
  if (!intercept && terms.length === 0) refuse("bad-random", ["random", group], messages.emptyRandom(group));
  const groups = hasColumn(group) ? [[group]] : parseTerms(`(1 | ${group})`).predictor.random.map((term) => term.group);
  return {
    notes,
    terms: groups.map(
      (columns): RandomTermSpec => ({
        kind: "randomTerm",
        intercept,
        terms: joinTerms(terms),
        group: columns,
        covariance,
        ...(sd && { sd: [...sd] }),
      }),
    ),
  };
}

/** The name of a matrix given with a random term: that of its group, with a number where another matrix has it. */
export function matrixName(
  matrix: KnownCovariance,
  group: string,
  taken: Readonly<Record<string, KnownCovariance>>,
): string {
  const differs = (name: string) =>
    Object.hasOwn(taken, name) && JSON.stringify(taken[name]) !== JSON.stringify(matrix);
  let name = group;
  for (let k = 2; differs(name); k++) name = `${group}${k}`;
  return name;
}
