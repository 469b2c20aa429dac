/** Scenarios of a study: data-generating mechanisms with a name, and how their content makes the keys of random numbers. */

import type { Table } from "../data/table.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { NamedParameters } from "../model/named-parameters.ts";
import type { Compiler, Model } from "../model-builder.ts";

export type Setting = number | string | boolean;
export type Settings = Readonly<Record<string, Setting>>;

/** A declaration as `model()` makes it, whatever its columns. */
export interface DeclaredModel {
  readonly spec: ModelSpec;
  table(): Table;
  compile(): unknown;
  compiledBy(table: Table, compiler: Compiler): unknown;
}

/** A declaration on a table of covariates, and the true parameters. */
export interface DataGeneratingMechanism {
  readonly model: DeclaredModel;
  /** By their names in `tidy()`, as `{ "(Intercept)": -1, trt: 0.5, "sd:g.(Intercept)": 1 }`; correlations that are not given are 0. */
  readonly parameters: NamedParameters;
  /**
   * Which responses go missing, in every replicate anew: log odds by the names of columns, as `{ "(Intercept)": -2 }` (completely at random),
   * `{ "(Intercept)": -2, age: 0.1 }` (at random given what is seen) or, by the response itself, `{ "(Intercept)": -2, y: 0.5 }` (not at random).
   */
  readonly missing?: Readonly<Record<string, number>> | undefined;
  /** What the scenario is called; default its settings, as `g = 10, sd = 0.5`. */
  readonly name?: string;
  /** What makes it another than its neighbours; columns of the table of performance. */
  readonly settings?: Settings;
}

export interface Scenario {
  readonly name: string;
  readonly settings: Settings;
  readonly model: Model;
  readonly parameters: NamedParameters;
  readonly missing?: Readonly<Record<string, number>> | undefined;
  /** Its content as text: what seeds are made of. */
  readonly key: string;
}

/**
 * All combinations of values, and a mechanism for each.
 *
 * @example dgms: grid({ g: [6, 12], sd: [0.5, 1] }, ({ g, sd }) => ({ model: trial(g), parameters: { ...effects, "sd:g.(Intercept)": sd } }))
 */
export function grid<const Axes extends Readonly<Record<string, readonly Setting[]>>>(
  axes: Axes,
  make: (settings: { readonly [K in keyof Axes]: Axes[K][number] }) => DataGeneratingMechanism,
): DataGeneratingMechanism[] {
  const combinations = Object.entries(axes).reduce<Record<string, Setting>[]>(
    (before, [name, values]) => before.flatMap((settings) => values.map((value) => ({ ...settings, [name]: value }))),
    [{}],
  );
  return combinations.map((settings) => ({ settings, ...make(settings as never) }));
}

/** Records with their keys in order, so that what is equal reads equal. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const nameOf = (settings: Settings) =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");

/**
 * Scenarios of mechanisms in a list or by name.
 *
 * @throws DeclarationError for a study without one, and for two with one name
 */
export function scenariosOf(
  dgms: readonly DataGeneratingMechanism[] | Readonly<Record<string, DataGeneratingMechanism>>,
): Scenario[] {
  const named = Array.isArray(dgms)
    ? (dgms as readonly DataGeneratingMechanism[]).map((dgm, k) => [
        dgm.name ?? (dgm.settings ? nameOf(dgm.settings) : String(k + 1)),
        dgm,
      ])
    : Object.entries(dgms);
  const issues: Issue[] = [];
  if (named.length === 0) issues.push(messages.noScenarios());
  const seen = new Set<string>();
  const scenarios = (named as [string, DataGeneratingMechanism][]).map(([name, dgm]): Scenario => {
    if (seen.has(name)) issues.push(messages.scenarioTwice(name));
    seen.add(name);
    const { model, parameters, missing, settings = {} } = dgm;
    if (typeof model?.compile !== "function" || typeof parameters !== "object" || parameters === null)
      issues.push(messages.notAMechanism(name));
    return {
      name,
      settings,
      model: model as Model,
      parameters,
      missing,
      key: canonical({ name, settings, parameters, missing, spec: model?.spec }),
    };
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  return scenarios;
}
