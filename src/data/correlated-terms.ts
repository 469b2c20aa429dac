/**
 * Random terms that share a name, as (1 |p| g) in the predictors of several parameters does: one term of all their effects, which are jointly normal
 * (brms's way of writing it).
 */
import { randomTermText } from "../dsl/deparse.ts";
import type { RandomTermSpec } from "../dsl/model-spec.ts";
import { sharedGroups, sharedPlain } from "../messages/correlated-terms.ts";
import type { RandomTermDesign } from "./design.ts";
import type { RandomRecipe } from "./design-recipe.ts";
import type { Faults } from "./evaluation.ts";
import { besideEachOther } from "./model-matrix.ts";

export interface BuiltTerm {
  readonly design: RandomTermDesign;
  readonly recipe: RandomRecipe;
}

interface Member {
  readonly spec: RandomTermSpec;
  /** Null for a term with a fault. */
  readonly built: BuiltTerm | null;
  /** What tells the effects of its predictor from those of others: `sigma`; absent for the mean, and where their names say it. */
  readonly prefix: string | undefined;
}

/** Faults of terms that cannot be one: of several groups, or with covariances of their own. */
function checkMembers(members: readonly Member[], faults: Faults): void {
  const { id } = members[0]!.spec;
  const texts = members.map(({ spec }) => randomTermText(spec));
  const grouping = ({ spec: { group, known } }: Member) => JSON.stringify([group, known ?? null]);
  if (new Set(members.map(grouping)).size > 1)
    faults.add("correlated-terms", ["random", id!], sharedGroups(id!, texts));
  const own = members.filter(({ spec: { covariance, sd } }) => sd || covariance !== "us");
  for (const { spec } of own) faults.add("correlated-terms", ["random", id!], sharedPlain(id!, randomTermText(spec)));
}

function join(members: readonly (Member & { readonly built: BuiltTerm })[]): BuiltTerm {
  const [{ built: first }] = members as [Member & { readonly built: BuiltTerm }];
  const designs = members.map(({ built }) => built.design);
  const predictors = designs.flatMap(
    ({ q, predictor, predictors: own }) => own ?? new Array<number>(q).fill(predictor),
  );
  const spans = new Set(predictors).size > 1 ? { predictors } : {};
  const within = designs.flatMap(({ names }) => names);
  const names = members.flatMap(({ built, prefix }) =>
    built.design.names.map((name) => (prefix === undefined ? name : `${prefix}_${name}`)),
  );
  const q = names.length;
  const covariance = "us" as const;
  return {
    design: {
      ...first.design,
      ...spans,
      q,
      names,
      ...(spans.predictors && { within }),
      Z: besideEachOther(
        designs.map(({ Z }) => Z),
        designs.map((design) => design.q),
      ),
      covariance,
    },
    recipe: {
      ...first.recipe,
      ...spans,
      names,
      ...(spans.predictors && { within }),
      beside: members.slice(1).map(({ built: { design, recipe } }) => ({ matrix: recipe.matrix, q: design.q })),
      covariance,
    },
  };
}

/** The terms with those that share a name as one, in the place of the first. */
export function correlatedTerms(terms: readonly Member[], faults: Faults): (BuiltTerm | null)[] {
  const sharing = new Map<string, Member[]>();
  for (const term of terms) {
    const { id } = term.spec;
    if (id !== undefined) sharing.set(id, [...(sharing.get(id) ?? []), term]);
  }
  for (const members of sharing.values()) checkMembers(members, faults);
  return terms.flatMap((term) => {
    const members = term.spec.id === undefined ? [term] : sharing.get(term.spec.id)!;
    if (members[0] !== term) return [];
    const built = members.flatMap((member) => (member.built ? [{ ...member, built: member.built }] : []));
    if (members.length === 1 || built.length < members.length) return [term.built];
    return [join(built)];
  });
}
