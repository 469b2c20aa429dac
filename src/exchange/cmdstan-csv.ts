/**
 * Draws to and from CmdStan's CSV, one text a chain: comments with the settings, the names of the columns, the draws (CmdStan User's
 * Guide, "Stan CSV file format"). Read by rstan, cmdstanr, cmdstanpy, ArviZ and posterior.
 */
import { string } from "valibot";
import {
  badNumber,
  cutShort,
  differentColumns,
  noHeader,
  notDraws,
  notSampled,
  noVariables,
  raggedChains,
  raggedLine,
  repeatedColumn,
  surplusDraws,
  unendedLine,
} from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { listOf } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import type { SettledGradientSampler } from "../samplers/sampler.ts";
import type { SettledSampler } from "../samplers/samplers.ts";
import type { DrawVariable, NamedDraws, NamedDrawsOptions, PosteriorDraws } from "./named-draws.ts";
import { drawsOfColumns, readNamedDrawsOptions, toNamedDraws } from "./named-draws.ts";

/** Begins a comment that gives the name a column had before it was made a name of Stan's. */
const NAMED = "# marginalia column ";

const cmdStanTexts = listOf(string("a text"), "the text of a chain, or a list of them, one a chain");

/** The line that tells this library's files. */
const OWN = "# model = marginalia_model";

/** Whether a text is one that `drawsToCmdStan` made. */
export const isOwnCmdStan = (text: string): boolean => text.slice(0, 500).split(/\r?\n/).includes(OWN);

/** A name as it stands in a comment: as a JSON text where it would not stay on its line. */
const writtenName = (name: string): string =>
  /^"|[^\P{Cc}\u007f-\u009f]|[\u2028\u2029]/u.test(name) ? JSON.stringify(name) : name;

function readName(text: string): string {
  try {
    return text.startsWith('"') ? (JSON.parse(text) as string) : text;
  } catch {
    return text;
  }
}

/** A name of letters, digits and underscores, as Stan's are, not used before. */
function stanName(name: string, used: Set<string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]+/g, "_").replace(/^(?=\d)/, "v");
  let free = plain;
  for (let k = 2; used.has(free); k++) free = `${plain}_${k}`;
  used.add(free);
  return free;
}

/**
 * Columns of Stan names: `r_Subject[308,Days]` becomes an element of an array, `r_Subject.1.2`, level 1, effect 2, the others plain
 * names. Elements of an array are put in Stan's order, the first index running fastest.
 */
function stanColumns(variables: readonly DrawVariable[]): { readonly name: string; readonly of: DrawVariable }[] {
  const used = new Set<string>();
  const columns: { name: string; of: DrawVariable }[] = [];
  const arrays = new Map<
    string,
    { name: string; rows: string[]; columns: string[]; cells: [string, string, DrawVariable][] }
  >();
  for (const variable of variables) {
    // The array's name ends at the first bracket: a level may have brackets and commas, the name of an effect has none.
    const parts = /^([^[]*)\[(.*),([^,]*)\]$/s.exec(variable.name);
    if (!parts) {
      columns.push({ name: stanName(variable.name, used), of: variable });
      continue;
    }
    const [, base, row, column] = parts as unknown as [string, string, string, string];
    let array = arrays.get(base);
    if (!array) {
      array = { name: stanName(base, used), rows: [], columns: [], cells: [] };
      arrays.set(base, array);
    }
    if (!array.rows.includes(row)) array.rows.push(row);
    if (!array.columns.includes(column)) array.columns.push(column);
    array.cells.push([row, column, variable]);
  }
  for (const { name, rows, columns: effects, cells } of arrays.values()) {
    const rowAt = new Map(rows.map((row, i) => [row, i]));
    const placed = cells.map(([row, column, of]) => ({ i: rowAt.get(row)!, j: effects.indexOf(column), of }));
    placed.sort((a, b) => a.j - b.j || a.i - b.i);
    for (const { i, j, of } of placed) columns.push({ name: `${name}.${i + 1}.${j + 1}`, of });
  }
  return columns;
}

/** The settings of NUTS and HMC, as far as CmdStan has a name for them. */
function hamiltonianSettings(sampler: SettledGradientSampler | null): string[] {
  return [
    "#     adapt",
    "#       engaged = 1 (Default)",
    "#       gamma = 0.05 (Default)",
    `#       delta = ${sampler?.targetAcceptance ?? 0.8}`,
    "#       kappa = 0.75 (Default)",
    "#       t0 = 10 (Default)",
    "#       init_buffer = 75 (Default)",
    "#       term_buffer = 50 (Default)",
    "#       window = 25 (Default)",
    "#     algorithm = hmc (Default)",
    "#       hmc",
    ...(sampler?.kind === "hmc"
      ? ["#         engine = static"]
      : [
          "#         engine = nuts (Default)",
          "#           nuts",
          `#             max_depth = ${sampler?.maxTreeDepth ?? 10}`,
        ]),
    "#         metric = dense_e",
    "#         stepsize = 1 (Default)",
    "#         stepsize_jitter = 0 (Default)",
  ];
}

function settings(sampler: SettledSampler | null, draws: number, chain: number): string[] {
  const seed = sampler?.seed ?? null;
  // CmdStan counts iterations, not the draws that are kept of them.
  const thin = sampler && "thin" in sampler ? sampler.thin : 1;
  return [
    "# stan_version_major = 2",
    "# stan_version_minor = 36",
    "# stan_version_patch = 0",
    OWN,
    "# method = sample (Default)",
    "#   sample",
    `#     num_samples = ${draws * thin}`,
    `#     num_warmup = ${sampler?.warmup ?? 0}`,
    "#     save_warmup = 0 (Default)",
    `#     thin = ${thin}`,
    // Of CmdStan's algorithms fixed_param alone has no step sizes, metrics and trajectories, which readers otherwise look for.
    ...(sampler && !("targetAcceptance" in sampler)
      ? ["#     algorithm = fixed_param", `# marginalia sampler = ${sampler.kind}`]
      : hamiltonianSettings(sampler)),
    `# id = ${chain + 1}`,
    ...(seed === null
      ? []
      : ["# random", `#   seed = ${/^\d+$/.test(seed) ? seed : `0 (text: ${JSON.stringify(seed)})`}`]),
  ];
}

/** As CmdStan writes them: integers plain, others with as many digits as give the same number back. */
const numberText = (value: number): string =>
  Number.isNaN(value) ? "nan" : Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";

/**
 * Draws as texts of CmdStan CSV files, one a chain. Names become Stan's (letters, digits, underscores; random effects as
 * `r_Subject.1.2`), with a comment for each that gives the name it had, so that `drawsFromCmdStan` restores them.
 * Numbers are written in full.
 *
 * @example drawsToCmdStan(fit).forEach((text, c) => writeFileSync(`draws-${c + 1}.csv`, text));
 */
export function drawsToCmdStan(draws: PosteriorDraws | NamedDraws, options?: NamedDrawsOptions): string[] {
  const read = readNamedDrawsOptions(options, "drawsToCmdStan()");
  const { chains, drawsPerChain, variables, statistics, sampler } = toNamedDraws(draws, read, "drawsToCmdStan()");
  const columns = [...statistics.map((of) => ({ name: of.name, of })), ...stanColumns(variables)];
  // Readers look for lp__ before all others.
  if (!statistics.some(({ name }) => name === "lp__")) {
    const unknown = { name: "lp__", values: new Float64Array(chains * drawsPerChain) };
    columns.unshift({ name: unknown.name, of: unknown });
  }
  const renamed = columns
    .filter(({ name, of }) => name !== of.name)
    .map(({ name, of }) => `${NAMED}${name} = ${writtenName(of.name)}`);
  const stepSize = statistics.find(({ name }) => name === "stepsize__");
  return Array.from({ length: chains }, (_, c) => {
    const rows = Array.from({ length: drawsPerChain }, (__, i) =>
      columns.map(({ of }) => numberText(of.values[c * drawsPerChain + i]!)).join(","),
    );
    return [
      ...settings(sampler, drawsPerChain, c),
      ...renamed,
      columns.map(({ name }) => name).join(","),
      "# Adaptation terminated",
      ...(stepSize ? [`# Step size = ${stepSize.values[c * drawsPerChain]!}`] : []),
      ...rows,
      "# ",
      "#  Elapsed Time: 0 seconds (Warm-up)",
      "#                0 seconds (Sampling)",
      "#                0 seconds (Total)",
      "# ",
      "",
    ].join("\n");
  });
}

const SPECIAL: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };

function parseNumber(text: string, line: number, refuse: (reason: string) => Error): number {
  const trimmed = text.trim();
  const special = SPECIAL[trimmed.toLowerCase().replace(/^\+/, "")];
  if (special !== undefined) return special;
  const value = Number(trimmed);
  if (trimmed === "" || Number.isNaN(value)) throw refuse(badNumber(text, line));
  return value;
}

/** Ways of CmdStan to make a file that are no sampling of the posterior. */
const OTHER_METHODS = ["optimize", "variational", "pathfinder", "laplace", "diagnose", "log_prob"];

/** The columns of one chain, its warm-up left out where it was saved. */
function readChain(text: string, refuse: (reason: string) => Error): DrawVariable[] {
  // A number that lost its last digits is a number still: only the end of its line tells that it is whole.
  const last = text.slice(text.lastIndexOf("\n") + 1);
  if (last.trim() !== "" && !last.startsWith("#")) throw refuse(unendedLine);
  let names: string[] | null = null;
  const given = new Map<string, string>();
  const setting: Record<string, number> = {};
  const rows: string[][] = [];
  const lines: number[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.startsWith(NAMED)) {
      const [name, original] = line.slice(NAMED.length).split(/ = (.*)/s);
      if (original !== undefined) given.set(name!, readName(original));
    } else if (line.startsWith("#")) {
      const method = /^#\s*method\s*=\s*(\w+)/.exec(line)?.[1];
      if (method && OTHER_METHODS.includes(method)) throw refuse(notSampled(method));
      const found = /^#\s*(num_samples|num_warmup|save_warmup|thin)\s*=\s*(\S+)/.exec(line);
      if (found) setting[found[1]!] = found[2] === "true" ? 1 : Number(found[2]);
    } else if (line.trim() !== "") {
      const fields = line.split(",");
      if (!names) names = fields.map((name) => name.trim());
      else if (fields.length !== names.length) throw refuse(raggedLine(i + 1));
      else {
        rows.push(fields);
        lines.push(i + 1);
      }
    }
  });
  if (!names) throw refuse(noHeader);
  const twice = (names as string[]).find((name, j, all) => all.indexOf(name) !== j);
  if (twice !== undefined) throw refuse(repeatedColumn(twice));
  const { num_samples: samples, num_warmup: warmup = 0, save_warmup: saved = 0 } = setting;
  const thin = Math.max(1, setting["thin"] ?? 1);
  const from = saved === 1 ? Math.ceil(warmup / thin) : 0;
  const wanted = samples === undefined ? Number.NaN : Math.ceil(samples / thin);
  if (rows.length - from < wanted) throw refuse(cutShort(Math.max(0, rows.length - from), wanted));
  if (rows.length - from > wanted) throw refuse(surplusDraws(rows.length - from, wanted));
  return (names as string[]).map((name, j) => ({
    name:
      given.get(name) ??
      name.replace(/^([^.]+)\.(.+)$/, (_, base: string, index: string) => `${base}[${index.replaceAll(".", ",")}]`),
    values: Float64Array.from({ length: Math.max(0, rows.length - from) }, (_, i) =>
      parseNumber(rows[from + i]![j]!, lines[from + i]!, refuse),
    ),
  }));
}

/**
 * Draws of texts in CmdStan's CSV, one a chain (a text alone is one chain): those of this library or of CmdStan. Elements of arrays are named `theta[1,2]`; draws of
 * a saved warm-up are left out.
 *
 * @param sources names of the texts' files, for messages
 * @throws DeclarationError naming the line at fault, when a text was cut short, when it holds an optimum or an approximation (`method =`
 * says so) instead of draws, or when the files are not of one run
 */
export function drawsFromCmdStan(given: string | readonly string[], sources: readonly string[] = []): NamedDraws {
  const texts = readArgument(cmdStanTexts, typeof given === "string" ? [given] : given, {
    of: "drawsFromCmdStan()",
    name: "The argument",
  });
  const refuser = (chain: number) => (reason: string) =>
    new DeclarationError([notDraws("CmdStan CSV", reason, sources[chain])]);
  const chains = texts.map((text, c) => readChain(text, refuser(c)));
  const [first] = chains;
  const drawsPerChain = first?.[0]?.values.length ?? 0;
  if (!first || drawsPerChain === 0) throw refuser(0)(noVariables);
  chains.forEach((chain, c) => {
    if (chain.length !== first.length || chain.some(({ name }, j) => name !== first[j]!.name))
      throw refuser(c)(differentColumns(c + 1));
    if (chain[0]!.values.length !== drawsPerChain) throw refuser(c)(raggedChains);
  });
  const columns = first.map(({ name }, j) => {
    const values = new Float64Array(chains.length * drawsPerChain);
    chains.forEach((chain, c) => {
      values.set(chain[j]!.values, c * drawsPerChain);
    });
    return { name, values };
  });
  return drawsOfColumns(chains.length, drawsPerChain, columns);
}
