/**
 * ArviZ's InferenceData as JSON, as `az.InferenceData.to_json` writes and `az.from_json` reads it: groups of arrays nested chain by draw, with
 * `coords` and `dims` (ArviZ schema, https://arviz-devs.github.io/arviz/schema/schema.html). NaN and the infinities are written as Python
 * does, as bare words.
 */

import { custom, optional } from "valibot";
import {
  dimsNotNames,
  drawsNotOfData,
  noPosterior,
  notDraws,
  notJSONText,
  noVariables,
  raggedArray,
} from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { ownRandomEffects } from "../model/own-numbers.ts";
import { flag, text as jsonText } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { ownNumbers } from "../prediction/category-score.ts";
import { effectArrays } from "./brms-names.ts";
import type { DrawVariable, NamedDraws, PosteriorDraws } from "./named-draws.ts";
import { checkDraws, drawsOfColumns, namedDraws } from "./named-draws.ts";

/** Stan's names of the sampler's notes and ArviZ's. */
const STATISTIC_NAMES: readonly (readonly [stan: string, arviz: string])[] = [
  ["lp__", "lp"],
  ["accept_stat__", "acceptance_rate"],
  ["stepsize__", "step_size"],
  ["treedepth__", "tree_depth"],
  ["n_leapfrog__", "n_steps"],
  ["divergent__", "diverging"],
  ["energy__", "energy"],
];

/** The groups of an InferenceData that are read here. */
export interface InferenceData {
  /** `posterior` and `sample_stats`. */
  readonly draws: NamedDraws;
  /** `observed_data`: each variable flat. */
  readonly observed: Readonly<Record<string, Float64Array>>;
  /** `log_likelihood`: each variable as draws × rows, row-major, chain after chain. */
  readonly logLikelihood: Readonly<Record<string, Float64Array>>;
}

const inferenceDataOptions = optionsSchema({
  /** Whether draws of the random effects are in `posterior`, as arrays with the dimensions level and effect; default true. */
  randomEffects: optional(flag, true),
  /** Log density of each row in each draw, draws × rows, for `log_likelihood`; default none. */
  logLikelihood: optional(
    custom<Float64Array>((value) => value instanceof Float64Array, "a Float64Array of draws × rows"),
  ),
});

export type InferenceDataOptions = OptionsOf<typeof inferenceDataOptions>;

/** A flat array nested into lists of the given lengths; the last index runs fastest. */
function nested(values: ArrayLike<number>, shape: readonly number[], at = 0): unknown {
  if (shape.length === 0) return values[at];
  const [length, ...rest] = shape as [number, ...number[]];
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length }, (_, i) => nested(values, rest, at + i * size));
}

/** JSON with NaN, Infinity and -Infinity as bare words, as Python's json has them. */
function pythonJSON(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJSON).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, entry]) => `${JSON.stringify(name)}:${pythonJSON(entry)}`)
    .join(",")}}`;
}

/**
 * A posterior as the JSON of an InferenceData: `posterior` (parameters as scalars under brms's names, the random effects of a term as
 * one array `r_Subject` with dimensions `Subject` and `Subject_effect`), `sample_stats`, `observed_data` (the response), and
 * `log_likelihood` where given.
 *
 * @example await writeFile("fit.json", inferenceDataText(fit)); // Python: az.from_json("fit.json")
 */
export function inferenceDataText(fit: PosteriorDraws, given?: InferenceDataOptions): string {
  checkDraws(fit, "inferenceDataText()");
  const options = readOptions(inferenceDataOptions, given, { of: "inferenceDataText()" });
  const { model } = fit;
  const { design } = model;
  const { variables, statistics, chains, drawsPerChain } = namedDraws(fit);
  const shape = [chains, drawsPerChain];
  const posterior: Record<string, unknown> = {};
  const coords: Record<string, unknown> = {};
  const dims: Record<string, string[]> = {};
  for (const { name, values } of variables) posterior[name] = nested(values, shape);
  if (options.randomEffects) {
    const effects = ownRandomEffects(fit);
    effectArrays(model).forEach(({ name: base, group, levels, effects: names }, t) => {
      // Two terms may have one group: the second array gets a number, and its effects a dimension of their own.
      const name = base in posterior ? `${base}_${t + 1}` : base;
      const effect = `${group}_effect` in coords ? `${group}_effect_${t + 1}` : `${group}_effect`;
      posterior[name] = nested(effects[t]!, [...shape, levels.length, names.length]);
      coords[group] = levels;
      coords[effect] = names;
      dims[name] = [group, effect];
    });
  }
  const stats: Record<string, unknown> = {};
  for (const [stan, arviz] of STATISTIC_NAMES) {
    const found = statistics.find(({ name }) => name === stan);
    if (!found) continue;
    const values = nested(found.values, shape) as number[][];
    stats[arviz] = arviz === "diverging" ? values.map((chain) => chain.map((flag) => flag === 1)) : values;
  }
  const response = design.responseName;
  dims[response] = ["row"];
  coords["row"] = Array.from(design.rows, (row) => row + 1);
  return pythonJSON({
    coords,
    dims,
    posterior,
    posterior_attrs: { inference_library: "marginalia", created_by: fit.method },
    ...(statistics.length > 0 ? { sample_stats: stats } : {}),
    ...(options.logLikelihood
      ? { log_likelihood: { [response]: nested(options.logLikelihood, [...shape, design.n]) } }
      : {}),
    observed_data: { [response]: Array.from(ownNumbers(model.family, design.y)) },
  });
}

/** Text of Python's json as JSON: the bare words NaN and ±Infinity, outside texts, become texts that are read as numbers. */
const withoutBareWords = (text: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );

/** Shape of nested lists by their first elements, and the values flat; null where the lists are ragged or hold no numbers. */
function flattened(value: unknown): { readonly shape: number[]; readonly values: Float64Array } | null {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const values = new Float64Array(shape.reduce((product, n) => product * n, 1));
  let at = 0;
  const fill = (inner: unknown, depth: number): boolean => {
    if (depth === shape.length) {
      if (Array.isArray(inner) || (typeof inner === "string" && !/^(NaN|-?Infinity)$/.test(inner))) return false;
      values[at++] = inner === null ? Number.NaN : Number(inner);
      return true;
    }
    return Array.isArray(inner) && inner.length === shape[depth] && inner.every((entry) => fill(entry, depth + 1));
  };
  return fill(value, 0) ? { shape, values } : null;
}

/** Labels of the places of a variable along its dimensions: coordinates where the file names them, else counted from 1; null where its dimensions are no list. */
function labelsOf(name: string, lengths: readonly number[], json: Record<string, unknown>): string[][] | null {
  const own = (of: unknown, key: string) => (isRecord(of) && Object.hasOwn(of, key) ? of[key] : undefined);
  const dims = own(json["dims"], name) ?? [];
  if (!Array.isArray(dims)) return null;
  const given = dims.filter((dim) => dim !== "chain" && dim !== "draw");
  return lengths.map((length, k) => {
    const labels = own(json["coords"], String(given[k] ?? ""));
    return Array.isArray(labels) && labels.length === length
      ? labels.map(String)
      : Array.from({ length }, (_, i) => String(i + 1));
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads the JSON of an InferenceData: that of this library or of ArviZ. Arrays with further dimensions become a variable an element,
 * `r_Subject[308,Days]`.
 *
 * @throws DeclarationError when it is no JSON, has no group `posterior`, or an array is not of the shape chains × draws × …
 * @example readInferenceData(await readFile("idata.json", "utf8")).draws
 */
export function readInferenceData(text: string): InferenceData {
  readArgument(jsonText, text, { of: "readInferenceData()", name: "The file" });
  const refuse = (reason: string) => new DeclarationError([notDraws("ArviZ InferenceData JSON", reason)]);
  let json: unknown;
  try {
    json = JSON.parse(withoutBareWords(text));
  } catch (error) {
    throw refuse(notJSONText((error as Error).message));
  }
  if (!isRecord(json) || !isRecord(json["posterior"])) throw refuse(noPosterior);
  let size: readonly [number, number] | null = null;
  /** An array of chains × draws × …, flat. */
  const drawn = (name: string, value: unknown) => {
    const flat = flattened(value);
    const [chains = 0, draws = 0, ...rest] = flat?.shape ?? [];
    size ??= [chains, draws];
    if (!flat || chains !== size[0] || draws !== size[1] || draws === 0) throw refuse(raggedArray(name));
    return { values: flat.values, rest, count: chains * draws };
  };
  const variables = Object.entries(json["posterior"]).flatMap(([name, value]): DrawVariable[] => {
    const { values, rest, count } = drawn(name, value);
    if (rest.length === 0) return [{ name, values }];
    const width = rest.reduce((product, n) => product * n, 1);
    const labels = labelsOf(name, rest, json);
    if (!labels) throw refuse(dimsNotNames(name));
    return Array.from({ length: width }, (_, k) => {
      let place = k;
      const index = rest.map(() => "");
      for (let axis = rest.length - 1; axis >= 0; axis--) {
        index[axis] = labels[axis]![place % rest[axis]!]!;
        place = Math.floor(place / rest[axis]!);
      }
      return {
        name: `${name}[${index.join(",")}]`,
        values: Float64Array.from({ length: count }, (__, d) => values[d * width + k]!),
      };
    });
  });
  if (variables.length === 0 || !size) throw refuse(noVariables);
  const stats = isRecord(json["sample_stats"]) ? json["sample_stats"] : {};
  const statistics = STATISTIC_NAMES.flatMap(([name, arviz]): DrawVariable[] =>
    stats[arviz] === undefined ? [] : [{ name, values: drawn(arviz, stats[arviz]).values }],
  );
  const group = (of: string, read: (name: string, value: unknown) => Float64Array) =>
    Object.fromEntries(
      Object.entries(isRecord(json[of]) ? json[of] : {}).map(([name, value]) => [name, read(name, value)]),
    );
  const [chains, draws] = size as readonly [number, number];
  return {
    draws: drawsOfColumns(chains, draws, [...variables, ...statistics]),
    observed: group("observed_data", (name, value) => {
      const flat = flattened(value);
      if (!flat) throw refuse(drawsNotOfData(name));
      return flat.values;
    }),
    logLikelihood: group("log_likelihood", (name, value) => drawn(name, value).values),
  };
}
