/** The next smaller random terms of a declaration: without correlations, without a slope, without a term. */
import { groupName, randomTermText, termLabel } from "../dsl/deparse.ts";
import type { RandomTermSpec } from "../dsl/model-spec.ts";
import { isMeans, ofMean } from "../families/of-mean.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { droppableTerms } from "./changed-mean.ts";

/** In the order in which they are left out. */
export const reductionStages = ["correlations", "slopes", "terms"] as const;

export type ReductionStage = (typeof reductionStages)[number];

export interface RandomReduction {
  readonly stage: ReductionStage;
  /** `correlations of (Days | Subject)`, `Days in (Days || Subject)`, `(1 | Subject)`. */
  readonly leftOut: string;
  /** The random terms that remain. */
  readonly random: readonly RandomTermSpec[];
  /** Place of the reduced term among the design's; null where it is not found there. */
  readonly place: number | null;
}

const sameUnits = (a: RandomTermSpec, b: RandomTermSpec): boolean =>
  groupName(a) === groupName(b) && a.known === b.known;

/** By random term of the mean's declaration its place among the design's. */
function places({ spec, design }: CompiledModel): (number | null)[] {
  const used = new Set<number>();
  return ofMean(spec.predictors).random.map((term) => {
    const place = design.random.findIndex(
      (own, t) =>
        !used.has(t) &&
        isMeans(own.predictor) &&
        own.group === groupName(term) &&
        own.covariance === term.covariance &&
        Boolean(own.known) === (term.known !== undefined),
    );
    if (place < 0) return null;
    used.add(place);
    return place;
  });
}

/**
 * What may be left out of the mean's random terms, one at a time. An intercept stays as long as its group has slopes, a slope as long as another contains it;
 * terms that share a name with those of other predictors stay as they are.
 */
export function randomReductions(model: CompiledModel): RandomReduction[] {
  const { random } = ofMean(model.spec.predictors);
  const place = places(model);
  return random.flatMap((term, t): RandomReduction[] => {
    if (term.id !== undefined || term.roles) return [];
    const text = randomTermText(term);
    const own = place[t]!;
    const q = own === null ? 1 : model.design.random[own]!.q;
    const instead = (...terms: RandomTermSpec[]) => [...random.slice(0, t), ...terms, ...random.slice(t + 1)];
    const structured = term.sd !== undefined || (term.covariance !== "us" && term.covariance !== "diag");
    const found: RandomReduction[] = [];
    if (!structured && term.covariance === "us" && q > 1)
      found.push({
        stage: "correlations",
        leftOut: `correlations of ${text}`,
        random: instead({ ...term, covariance: "diag" }),
        place: own,
      });
    const parts = term.terms.length + (term.intercept ? 1 : 0);
    if (!structured && parts > 1) {
      for (const slope of droppableTerms(term.terms))
        found.push({
          stage: "slopes",
          leftOut: `${termLabel(slope)} in ${text}`,
          random: instead({ ...term, terms: term.terms.filter((other) => other !== slope) }),
          place: own,
        });
      return found;
    }
    const others = random.filter((other) => other !== term && sameUnits(other, term));
    // effects of a factor's levels, all equal: effects of the group
    if (!structured && !term.intercept && term.covariance === "us" && q > 1 && !others.some((o) => o.intercept)) {
      found.push({
        stage: "slopes",
        leftOut: `${term.terms.map(termLabel).join(" + ")} in ${text}`,
        random: instead({ ...term, intercept: true, terms: [] }),
        place: own,
      });
      return found;
    }
    const slopesBeside = others.some((other) => other.terms.length > 0);
    if (term.intercept && term.terms.length === 0 && slopesBeside) return found;
    const isSlope = !term.intercept && others.some((other) => other.intercept);
    found.push({ stage: isSlope ? "slopes" : "terms", leftOut: text, random: instead(), place: own });
    return found;
  });
}
