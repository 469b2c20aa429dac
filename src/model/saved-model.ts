/** A compiled model as plain data: its declaration, the columns it read and its response. What every saved fit begins with. */
import { digestOf } from "../data/digest.ts";
import type { NumberListJSON } from "../data/number-json.ts";
import { decodeNumbers, plainNumbers } from "../data/number-json.ts";
import type { TableJSON } from "../data/table-json.ts";
import { tableFromJSON, tableToJSON } from "../data/table-json.ts";
import { columnsOfFactors, columnsUsed } from "../dsl/columns-used.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { specFromJSON } from "../dsl/spec-json.ts";
import type { Family } from "../families/family.ts";
import { familyByName } from "../families/registry.ts";
import { savedField } from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { compileModel } from "./compile.ts";
import type { CompiledModel } from "./compiled-model.ts";

export interface SavedModel {
  readonly spec: ModelSpec;
  /** Name and link of the family; a user's own has to be given again on loading. */
  readonly family: { readonly name: string; readonly link: string };
  /** The columns the model used, so that a loaded fit can average over their rows. */
  readonly table: TableJSON;
  /** The response fitted, where it is not the table's (a refit). */
  readonly response: NumberListJSON;
  /** Present where the model was compiled to be sampled. */
  readonly estimation?: "posterior";
}

/** Saved data with their digest, which tells whether they are as they were made. */
export const digested = <Saved extends SavedModel>(saved: Saved): Saved & { readonly digest: string } => ({
  ...saved,
  digest: digestOf(saved),
});

/** A fit's saved data, digested, as plain data for JSON: what `toJSON()` of a fit and `saveFit` give. */
export const savedJSON = <Saved extends SavedModel>(saved: Saved): Saved & { readonly digest: string } =>
  plainNumbers(digested(saved)) as Saved & { readonly digest: string };

/** @param own columns that the method of the fit read, besides those of the declaration */
export function saveModel({ spec, family, table, design }: CompiledModel, own: readonly string[] = []): SavedModel {
  return {
    spec,
    family: { name: family.name, link: family.link },
    table: tableToJSON(
      table,
      [...new Set([...columnsUsed(spec), ...own])],
      new Set([...columnsOfFactors(spec), ...own]),
    ),
    response: design.y,
    ...(design.estimation && { estimation: design.estimation }),
  };
}

/** The link to make the family with: that of the saved one, in whose place a nonlinear mean stands as a custom one. */
const declaredLink = ({ spec, family }: SavedModel): string | undefined =>
  spec.family.link ?? (family.link === "custom" ? undefined : family.link);

/**
 * Compiles a saved model again: the same design to the last bit.
 *
 * @param families the user's own families, by name
 * @throws DeclarationError naming what contradicts the declaration
 */
export function loadModel(saved: SavedModel, families: Readonly<Record<string, Family>> = {}): CompiledModel {
  const spec = specFromJSON(saved.spec);
  const { name, link } = spec.family;
  const contradiction = (path: string, needs: string) => new DeclarationError([savedField("saved model", path, needs)]);
  if (name !== saved.family.name) throw contradiction("family.name", `${name}, as its spec says`);
  const family = families[name] ?? familyByName(name, declaredLink(saved));
  const compiled = compileModel(spec, tableFromJSON(saved.table), family, saved.estimation);
  if (link !== undefined && compiled.family.link !== saved.family.link)
    throw contradiction("family.link", `${compiled.family.link}, as its spec says`);
  const response = decodeNumbers(saved.response);
  const { n, y } = compiled.design;
  if (response.length !== n) throw contradiction("response", `${n} long, as rows are used, and not ${response.length}`);
  return y.every((value, i) => value === response[i]) ? compiled : compiled.withResponse(response);
}
