/** What makes a study itself: the same in every process that declares it, another where results would differ. */
import { digestOf } from "../data/digest.ts";
import type { StudyEstimand } from "./estimands.ts";
import { responseColumn } from "./placeholder-response.ts";
import type { StudyMethod } from "./replicate.ts";
import type { Scenario, Settings } from "./scenario.ts";
import { sourceOf } from "./source-of.ts";

/** By name the digests of what is behind it. Replications are no part of it: more of them leave the rest as it is. */
export interface StudyIdentity {
  readonly name: string;
  readonly seed: string;
  /** In their order. */
  readonly scenarios: readonly { readonly name: string; readonly settings: Settings; readonly digest: string }[];
  readonly methods: Readonly<Record<string, string>>;
  readonly estimands: Readonly<Record<string, string>>;
}

interface Declared {
  readonly name: string;
  readonly seed: string;
  readonly scenarios: readonly Scenario[];
  readonly methods: Readonly<Record<string, StudyMethod>>;
  readonly estimands: Readonly<Record<string, StudyEstimand>>;
}

/** Hexadecimal digits of a digest that tell studies apart. */
const short = (tree: unknown) => digestOf(tree).slice("sha256:".length, "sha256:".length + 16);

const digestsOf = (functions: Readonly<Record<string, (...given: never[]) => unknown>>) =>
  Object.fromEntries(Object.entries(functions).map(([name, of]) => [name, short(sourceOf(of))]));

export function identityOf({ name, seed, scenarios, methods, estimands }: Declared): StudyIdentity {
  return {
    name,
    seed,
    scenarios: scenarios.map((scenario) => ({
      name: scenario.name,
      settings: scenario.settings,
      digest: short([scenario.key, covariates(scenario)]),
    })),
    methods: digestsOf(methods),
    estimands: digestsOf(estimands),
  };
}

/** One text for what tells a study from others. */
export const identityKey = (identity: StudyIdentity): string => short(identity);

/** The columns of a scenario's table; the response is simulated, whatever stands there. */
function covariates({ model }: Scenario) {
  const table = model.table();
  const response = responseColumn(model.spec);
  return table.names
    .filter((name) => name !== response)
    .sort()
    .map((name) => [name, table.column(name) ?? null]);
}

/** What two studies differ in, each as a phrase: `the seed`, `the method laplace`; none where they are one. */
export function differencesOf(a: StudyIdentity, b: StudyIdentity): string[] {
  const scenarios = ({ scenarios: list }: StudyIdentity) =>
    Object.fromEntries(list.map(({ name, digest }) => [name, digest]));
  return [
    ...(a.name === b.name ? [] : ["the name"]),
    ...(a.seed === b.seed ? [] : ["the seed"]),
    ...differing("scenario", scenarios(a), scenarios(b)),
    ...differing("method", a.methods, b.methods),
    ...differing("estimand", a.estimands, b.estimands),
  ];
}

function differing(what: string, a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => a[name] !== b[name])
    .map((name) => `the ${what} "${name}"`);
}
