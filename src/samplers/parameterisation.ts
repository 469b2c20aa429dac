/** Whether the random effects of each term are sampled centred or non-centred, and why. */
import { randomTermText } from "../dsl/deparse.ts";
import { DeclarationError } from "../messages/issue.ts";
import { parameterisationReasons, unknownParameterisedTerm } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ConditionalEffects } from "./conditional-effects.ts";
import type { Parameterisation } from "./effect-coordinates.ts";

/**
 * How random effects are sampled. `centred`: as they act on the predictor; `non-centred`: as standard normal numbers that Λ multiplies;
 * `auto`: by what the data tell of them. For all terms, or by term as the formula has it, `(Days | Subject)`, or by grouping factor, `Subject`.
 */
export type ParameterisationChoice = "auto" | Parameterisation | Readonly<Record<string, "auto" | Parameterisation>>;

/**
 * Data that tell this many times as much of a term's effects as their prior have them centred. Effective draws a gradient are about equal at
 * 1.5 to 3; above, centred effects win by up to hundreds, below, non-centred ones do, as much (`bench/validation/parameterisation.ts`).
 */
const CENTRED_ABOVE = 2;

export interface ParameterisationByTerm {
  readonly kinds: readonly Parameterisation[];
  /** One clause a term: `(1 | herd): non-centred, as 3.7 rows a level tell 0.8 times as much of its effects as their prior`. */
  readonly reasons: readonly string[];
}

/** The terms as the formula has them; with several predictors each after its own: `zi: (1 | herd)`. */
function termTexts({ spec }: CompiledModel): string[] {
  const several = spec.predictors.filter(({ random }) => random.length > 0).length > 1;
  const seen = new Set<string>();
  return spec.predictors.flatMap(({ role, random }) =>
    random.flatMap((term) => {
      // terms that share a name are one, in the place of the first
      if (term.id !== undefined && seen.has(term.id)) return [];
      if (term.id !== undefined) seen.add(term.id);
      return [`${several ? `${role}: ` : ""}${randomTermText(term)}`];
    }),
  );
}

const withoutSpaces = (text: string): string => text.replace(/\s/g, "");

/** What was asked for by term. @throws DeclarationError naming the terms there are none of */
function askedFor(model: CompiledModel, choice: ParameterisationChoice): ("auto" | Parameterisation)[] {
  const { random } = model.design;
  if (typeof choice === "string") return random.map(() => choice);
  const texts = termTexts(model);
  const names = random.map(({ group }, t) => [withoutSpaces(texts[t]!), withoutSpaces(group)]);
  const entries = Object.entries(choice).map(([name, kind]) => ({ name, key: withoutSpaces(name), kind }));
  const issues = entries
    .filter(({ key }) => !names.some((own) => own.includes(key)))
    .map(({ name }) => unknownParameterisedTerm(name, texts));
  if (issues.length > 0) throw new DeclarationError(issues);
  // The term itself before its grouping factor.
  return names.map(
    (own) =>
      own.map((name) => entries.find(({ key }) => key === name)?.kind).find((kind) => kind !== undefined) ?? "auto",
  );
}

/**
 * @param effects of each term, at the mode of the posterior with the random effects integrated out
 * @throws DeclarationError when the choice names a term the model does not have
 */
export function chooseParameterisation(
  model: CompiledModel,
  effects: readonly ConditionalEffects[],
  choice: ParameterisationChoice,
): ParameterisationByTerm {
  const asked = askedFor(model, choice);
  const texts = termTexts(model);
  const kinds = asked.map((kind, t) =>
    kind !== "auto" ? kind : effects[t]!.information > CENTRED_ABOVE ? "centred" : "non-centred",
  );
  const reasons = kinds.map((kind, t) => {
    if (asked[t] !== "auto") return parameterisationReasons.asked(texts[t]!, kind);
    const rows = model.design.n / model.design.random[t]!.levels.length;
    return parameterisationReasons.measured(texts[t]!, kind, rows, effects[t]!.information);
  });
  return { kinds, reasons };
}

/** `non-centred` where all terms are alike, `(1 | herd) centred, (1 | farm) non-centred` where they differ. */
export function describeParameterisation(model: CompiledModel, kinds: readonly Parameterisation[]): string {
  if (kinds.every((kind) => kind === kinds[0])) return kinds[0]!;
  return termTexts(model)
    .map((text, t) => `${text} ${kinds[t]}`)
    .join(", ");
}
