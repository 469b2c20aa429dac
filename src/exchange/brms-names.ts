/**
 * The names brms gives to parameters, so that its companions (tidybayes, posterior, bayesplot) know them, and the other names under which
 * the same parameters may stand in a file.
 */
import { distributionParameters, MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { compiledOf, type ModelInput } from "../model/model-input.ts";
import type { ReportedParameter } from "../model/reported-parameters.ts";
import { componentOfEffect, estimatedParameters } from "../model/reported-parameters.ts";

/** What brms writes for characters that its names do not have; those not listed stay. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  "+": "P",
  "-": "M",
  "*": "MU",
  "/": "D",
  "^": "E",
  "=": "EQ",
  $: "USD",
};

/** A coefficient's name as brms writes it: `(Intercept)` is `Intercept`, `I(x^2)` is `IxE2`, `SessionFollow-up` is `SessionFollowMup`. */
const coefficient = (name: string): string =>
  name.replaceAll(/[ ()[\],"'?+\-*/^=$]/g, (character) => SUBSTITUTES[character] ?? "");

/** A name as files of earlier versions have it. */
const plainCoefficient = (name: string): string => (name === "(Intercept)" ? "Intercept" : name);

/** How a random term's grouping factor and levels are written. */
interface Grouping {
  readonly group: string;
  level(label: string): string;
}

/** All orders of a list. */
const orders = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => orders([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]));

/**
 * Groupings of a term, brms's first: of `(1 | a/b)` brms names the second `a:b` with levels `a1_b1`, lme4 `b:a` with levels `b1:a1`. Which of the
 * two a formula wrote is told by the term of `a` beside it.
 */
function groupings({ design }: CompiledModel, term: number): Grouping[] {
  const { random } = design.recipe;
  const { group: columns, name } = random[term]!;
  const plain: Grouping = { group: design.random[term]!.group, level: (label) => label };
  const dotted = (text: string) => text.replaceAll(/[ \t\r\n]/g, ".");
  if (columns.length === 1 || name !== columns.join(":")) return [{ group: name, level: dotted }, plain];
  const positions = columns.map((_, i) => i);
  const outer = columns.slice(1).join(":");
  const nested = random.some((other) => other.group.join(":") === outer);
  const first = nested ? positions.toReversed() : positions;
  const others = columns.length > 4 ? [] : orders(positions);
  return [
    ...[first, ...others].map((order) => ({
      group: order.map((i) => columns[i]!).join(":"),
      level(label: string) {
        const parts = label.split(":");
        return dotted(parts.length === columns.length ? order.map((i) => parts[i]!).join("_") : label);
      },
    })),
    plain,
  ];
}

/** brms names a parameter's predictor by the parameter, and nbinom2's theta and Gamma's shape alike. */
function parameterPrefix(model: CompiledModel, component: string): string {
  if (component === MEAN_COMPONENT) return "";
  const role = distributionParameters(model.family).find((other) => other.component === component)?.name ?? component;
  return `${model.family.name === "nbinom2" && role === "theta" ? "shape" : role}_`;
}

function parameterName(
  { effect, kind, of, component, group, term }: ReportedParameter,
  model: CompiledModel,
  written: (name: string) => string,
  grouping: (group: string) => string,
): string {
  const prefix = parameterPrefix(model, component);
  if (kind === "threshold")
    return `b_${prefix}Intercept[${model.family.parameters.findIndex(({ name }) => name === term) + 1}]`;
  if (effect === "fixed") return `b_${prefix}${written(term)}`;
  if (kind === "sigma") return "sigma";
  if (group !== null && (kind === "sd" || kind === "cor"))
    return `${kind}_${grouping(group)}__${prefix}${of.map(written).join("__")}`;
  return group === null ? `${prefix}${term}` : `${prefix}${term}_${group}`;
}

/** Names, each once: one that is there already gets a number. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/** For each name of a list of lists the names at its place in all lists, the first list's first. */
const alternatives = (lists: readonly (readonly string[])[]): string[][] =>
  lists[0]!.map((_, i) => [...new Set(lists.map((list) => list[i]!))]);

/** The lists of names under which all parameters may stand, brms's first. */
function parameterLists(model: CompiledModel): string[][] {
  const parameters = estimatedParameters(model);
  const { random } = model.design;
  const byGroup = new Map(random.map(({ group }, t) => [group, groupings(model, t).map((grouping) => grouping.group)]));
  const count = Math.max(1, ...[...byGroup.values()].map((groups) => groups.length));
  return [coefficient, plainCoefficient].flatMap((written) =>
    Array.from({ length: count }, (_, k) =>
      distinct(
        parameters.map((parameter) =>
          parameterName(parameter, model, written, (group) => {
            const groups = byGroup.get(group);
            return groups ? groups[Math.min(k, groups.length - 1)]! : group;
          }),
        ),
      ),
    ),
  );
}

/**
 * Names of the estimated parameters of a model, in the order of `tidy()`, as brms writes them: `b_Days`, `b_IxE2`, `sd_Subject__Intercept`, and
 * of a term (1 | a/b) `sd_a:b__Intercept`.
 *
 * @param model compiled, or a declaration, which is compiled for its posterior
 * @throws DeclarationError for what is neither
 * @example drawNames(fit.model); // ["b_Intercept", "b_Days", "sd_Subject__Intercept", …, "sigma"]
 */
export const drawNames = (model: ModelInput): string[] => parameterLists(compiledOf(model, "drawNames()"))[0]!;

/** By parameter, every name under which a file may hold it: brms's, those with lme4's order of nested factors, brms's `shape` of nbinom2. */
export function knownDrawNames(model: CompiledModel): string[][] {
  const names = alternatives(parameterLists(model));
  if (model.family.name === "nbinom2") for (const own of names) if (own[0] === "theta") own.push("shape");
  return names;
}

/** The random effects of a term as an array of levels × effects. */
export interface EffectArray {
  /** `r_Subject`. */
  readonly name: string;
  /** The grouping factor, which is the dimension of the levels. */
  readonly group: string;
  readonly levels: readonly string[];
  readonly effects: readonly string[];
}

/** @param k which of the term's groupings, the last where it has fewer */
function effectArray(model: CompiledModel, t: number, k: number, written: (name: string) => string): EffectArray {
  const { random } = model.design;
  const term = random[t]!;
  const component = componentOfEffect(model, term, 0);
  const all = groupings(model, t);
  const { group, level } = all[Math.min(k, all.length - 1)]!;
  return {
    name: component === MEAN_COMPONENT ? `r_${group}` : `r_${group}__${parameterPrefix(model, component).slice(0, -1)}`,
    group,
    levels: term.levels.map(level),
    effects: term.names.map(written),
  };
}

/** The random effects of each term under brms's names. */
export const effectArrays = (model: CompiledModel): EffectArray[] =>
  model.design.random.map((_, t) => effectArray(model, t, 0, coefficient));

const elementNames = (arrays: readonly EffectArray[]): string[] =>
  distinct(
    arrays.flatMap(({ name, levels, effects }) =>
      levels.flatMap((level) => effects.map((effect) => `${name}[${level},${effect}]`)),
    ),
  );

/** Names of the random effects term by term, level by level: `r_Subject[308,Intercept]`. */
export const effectNames = (model: CompiledModel): string[] => elementNames(effectArrays(model));

/** By random effect, every name under which a file may hold it. */
export function knownEffectNames(model: CompiledModel): string[][] {
  const { random } = model.design;
  const count = Math.max(1, ...random.map((_, t) => groupings(model, t).length));
  return alternatives(
    [coefficient, plainCoefficient].flatMap((written) =>
      Array.from({ length: count }, (_, k) => elementNames(random.map((__, t) => effectArray(model, t, k, written)))),
    ),
  );
}
