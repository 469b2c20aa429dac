/**
 * Draws to and from CmdStan's CSV, one text a chain: comments with the settings, the names of the columns, the draws (CmdStan User's
 * Guide, "Stan CSV file format"). Read by rstan, cmdstanr, cmdstanpy, ArviZ and posterior.
 */
import {
  badNumber,
  differentColumns,
  noHeader,
  notDraws,
  noVariables,
  raggedChains,
  raggedLine,
} from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { SettledSampler } from "../samplers/sampler.ts";
import type { DrawVariable, NamedDraws, NamedDrawsOptions, PosteriorDraws } from "./named-draws.ts";
import { drawsOfColumns, readNamedDrawsOptions, toNamedDraws } from "./named-draws.ts";

/** Begins a comment that gives the name a column had before it was made a name of Stan's. */
const NAMED = "# marginalia column ";

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
    const parts = /^(.*)\[(.*),([^,]*)\]$/.exec(variable.name);
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

function settings(sampler: SettledSampler | null, draws: number, chain: number): string[] {
  const setting = (name: string, value: number | undefined, otherwise: number) => `${name} = ${value ?? otherwise}`;
  const nuts = sampler?.kind !== "hmc";
  const seed = sampler && "seed" in sampler ? sampler.seed : null;
  return [
    "# stan_version_major = 2",
    "# stan_version_minor = 36",
    "# stan_version_patch = 0",
    "# model = marginalia_model",
    "# method = sample (Default)",
    "#   sample",
    `#     num_samples = ${draws}`,
    `#     ${setting("num_warmup", sampler?.warmup, 0)}`,
    "#     save_warmup = 0 (Default)",
    "#     thin = 1 (Default)",
    "#     adapt",
    "#       engaged = 1 (Default)",
    "#       gamma = 0.05 (Default)",
    `#       ${setting("delta", sampler && "targetAcceptance" in sampler ? sampler.targetAcceptance : undefined, 0.8)}`,
    "#       kappa = 0.75 (Default)",
    "#       t0 = 10 (Default)",
    "#       init_buffer = 75 (Default)",
    "#       term_buffer = 50 (Default)",
    "#       window = 25 (Default)",
    "#     algorithm = hmc (Default)",
    "#       hmc",
    `#         engine = ${nuts ? "nuts (Default)" : "static"}`,
    ...(nuts
      ? [
          "#           nuts",
          `#             ${setting("max_depth", sampler && "maxTreeDepth" in sampler ? sampler.maxTreeDepth : undefined, 10)}`,
        ]
      : []),
    "#         metric = dense_e",
    "#         stepsize = 1 (Default)",
    "#         stepsize_jitter = 0 (Default)",
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
    .map(({ name, of }) => `${NAMED}${name} = ${of.name}`);
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

/** The columns of one chain, its warm-up left out where it was saved. */
function readChain(text: string, refuse: (reason: string) => Error): DrawVariable[] {
  let names: string[] | null = null;
  const given = new Map<string, string>();
  const setting: Record<string, number> = {};
  const rows: string[][] = [];
  const lines: number[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.startsWith(NAMED)) {
      const [name, original] = line.slice(NAMED.length).split(/ = (.*)/s);
      given.set(name!, original!);
    } else if (line.startsWith("#")) {
      const found = /^#\s*(num_warmup|save_warmup|thin)\s*=\s*(\S+)/.exec(line);
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
  const { num_warmup: warmup = 0, save_warmup: saved = 0, thin = 1 } = setting;
  const from = saved === 1 ? Math.ceil(warmup / Math.max(1, thin)) : 0;
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
 * Draws of texts in CmdStan's CSV, one a chain: those of this library or of CmdStan. Elements of arrays are named `theta[1,2]`; draws of
 * a saved warm-up are left out.
 *
 * @throws DeclarationError naming the line at fault, or when the files are not of one run
 */
export function drawsFromCmdStan(texts: readonly string[]): NamedDraws {
  const refuse = (reason: string) => new DeclarationError([notDraws("CmdStan CSV", reason)]);
  const chains = texts.map((text) => readChain(text, refuse));
  const [first] = chains;
  const drawsPerChain = first?.[0]?.values.length ?? 0;
  if (!first || drawsPerChain === 0) throw refuse(noVariables);
  chains.forEach((chain, c) => {
    if (chain.length !== first.length || chain.some(({ name }, j) => name !== first[j]!.name))
      throw refuse(differentColumns(c + 1));
    if (chain[0]!.values.length !== drawsPerChain) throw refuse(raggedChains);
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
