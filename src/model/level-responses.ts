/**
 * Random terms whose levels respond in a way that leaves their variance no estimate, where a response is one of two outcomes or of ordered categories.
 * Levels of one such response each say nothing of a variance: it only shrinks what the coefficients come to (a probit model with it is one without it,
 * in other units). Levels that each respond in one way only are fitted best by effects of infinite size: with coefficients and effects growing
 * together, the probability of a level's responses rises to that of its first (McCulloch, Searle & Neuhaus 2008, Generalized, Linear, and Mixed
 * Models, on binary responses).
 */
import { isOfMeanAlone, type RandomTermDesign } from "../data/design.ts";
import type { CompiledModel } from "./compiled-model.ts";
import { parameterLabel, reportedParameters } from "./reported-parameters.ts";

export interface DegenerateTerm {
  /** Position among the random terms. */
  readonly term: number;
  /** `single`: one response a level; `uniform`: levels of several responses, which are all the same. */
  readonly kind: "single" | "uniform";
}

/** Links by which probabilities reach 0 and 1 at infinite predictors. */
const UNBOUNDED = ["logit", "probit", "cloglog", "cauchit"];

/** Whether the term has an effect on the level of its rows alike. */
function hasConstantEffect({ q, Z }: RandomTermDesign, n: number): boolean {
  return Array.from({ length: q }, (_, a) => a).some((a) => {
    for (let i = 0; i < n; i++) if (Z[i * q + a] !== Z[a]) return false;
    return Z[a] !== 0;
  });
}

/**
 * The random terms of the mean whose variance has no estimate because of what their levels' responses are.
 *
 * @example degenerateTerms(model) // [{ term: 0, kind: "uniform" }] where every group is all 0 or all 1
 */
export function degenerateTerms({ design, family }: CompiledModel): DegenerateTerm[] {
  const { n, y, trials, weights, frequencyWeights, random } = design;
  const binomial = family.response === "trials" && UNBOUNDED.includes(family.link);
  const ordered = family.response === "ordered" && family.link !== "custom";
  if (!(binomial || ordered) || weights) return [];
  const outcome = (i: number): number => {
    if (ordered) return y[i]!;
    return y[i] === 0 ? 0 : y[i] === (trials?.[i] ?? 1) ? 1 : Number.NaN;
  };
  return random.flatMap((term, t): DegenerateTerm[] => {
    if (!isOfMeanAlone(term) || term.predictors || term.known || term.sd || !hasConstantEffect(term, n)) return [];
    const first = new Float64Array(term.levels.length).fill(-1);
    const count = new Float64Array(term.levels.length);
    for (let i = 0; i < n; i++) {
      const l = term.index[i]!;
      const own = outcome(i);
      if (first[l] === -1) first[l] = own;
      if (own !== first[l]) return [];
      count[l]! += (ordered ? 1 : (trials?.[i] ?? 1)) * (frequencyWeights?.[i] ?? 1);
    }
    if (count.every((responses) => responses <= 1)) return [{ term: t, kind: "single" }];
    return new Set(first).size > 1 ? [{ term: t, kind: "uniform" }] : [];
  });
}

/** Labels of the standard deviations and correlations of a term. */
const labelsOf = (model: CompiledModel, t: number): string[] =>
  reportedParameters(model)
    .filter(({ random }) => random?.term === t)
    .map(parameterLabel);

/**
 * The labels of what degenerate terms leave without an estimate: their own variances and correlations, and where those are infinite all that is on the
 * same scale.
 */
export function degenerateLabels(model: CompiledModel, terms: readonly DegenerateTerm[]): string[] {
  if (terms.some(({ kind }) => kind === "uniform"))
    return reportedParameters(model)
      .filter(({ effect, component }) => component === "cond" && effect !== "aux")
      .map(parameterLabel);
  return terms.flatMap(({ term }) => labelsOf(model, term));
}
