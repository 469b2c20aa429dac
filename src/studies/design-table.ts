/** Tables of designs: grouping factors nested or crossed, treatments between or within groups, covariates, dropout. */
import { custom, optional } from "valibot";
import { type Column, type Table, tableOf } from "../data/table.ts";
import * as messages from "../messages/designs.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { choice, isRecord, probability, seedOf } from "../options/kinds.ts";
import { nearestName } from "../options/nearest-name.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng, type Rng } from "../random/rng.ts";

/** How many there are in each: a number, one for each in turn, uniform on whole numbers, or Poisson, at least 1. */
export type Count =
  | number
  | readonly number[]
  | { readonly min: number; readonly max: number }
  | { readonly mean: number };

/** Where a treatment differs: `between` the groups of the innermost factor, `within` them, or between those of the factor named. */
export interface Treatment {
  readonly vary: string;
  /** Default 0 and 1. Numbers make a numeric column, texts a factor in this order. */
  readonly levels?: readonly (number | string)[] | undefined;
  /** `alternating` (default), or `random`: in a seeded order, as balanced as can be. */
  readonly allocation?: "alternating" | "random" | undefined;
}

/** A covariate: normal or uniform, of rows or, by a factor, one for each of its levels. */
export type Covariate = (
  | { readonly normal: readonly [number, number] }
  | { readonly uniform: readonly [number, number] }
) & {
  readonly by?: string | undefined;
};

/** Who leaves, from one row of a group to its next: with a constant probability, or a share by the last row with a Weibull distribution of times. */
export type Dropout =
  | { readonly hazard: number }
  | { readonly weibull: { readonly proportion: number; readonly shape: number } };

export interface DesignOptions {
  /** Rows in each group of the innermost factor, or of each combination where factors are crossed; default 1. */
  readonly within?: Count | undefined;
  /** `nested` (default): each factor in the one before it, with levels of its own; or `crossed`. */
  readonly structure?: "nested" | "crossed" | undefined;
  /** `"between"` or `"within"`, a column `treatment` of 0 and 1; or treatments by the names of their columns. */
  readonly treatment?: string | Readonly<Record<string, string | Treatment>> | undefined;
  readonly covariates?: Readonly<Record<string, Covariate>> | undefined;
  /** Rows after a group of the innermost factor has left are not there. */
  readonly dropout?: Dropout | undefined;
  /** The share of rows that are not there, completely at random. Responses that go missing by more than chance are `missing` of a mechanism. */
  readonly missing?: number | undefined;
  /** Of sizes, allocations, covariates, dropout: default "design". */
  readonly seed?: string | number | undefined;
}

/** Numbers of levels by the name of a factor, outermost first, beside the options. */
export type Design = DesignOptions & { readonly [factor: string]: Count | DesignOptions[keyof DesignOptions] };

const SETTINGS = ["within", "structure", "treatment", "covariates", "dropout", "missing", "seed"] as const;

const whole = (value: unknown, least: number): value is number => Number.isInteger(value) && (value as number) >= least;

const isCount = (value: unknown): value is Count =>
  whole(value, 1) ||
  (Array.isArray(value) && value.length > 0 && value.every((one) => whole(one, 1))) ||
  (isRecord(value) &&
    (("mean" in value && Number.isFinite(value["mean"]) && (value["mean"] as number) >= 1) ||
      (whole(value["min"], 1) && whole(value["max"], value["min"] as number))));

const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);

const isNormal = (value: unknown): boolean => isPair(value) && (value as readonly number[])[1]! >= 0;

const isDropout = (value: unknown): value is Dropout => {
  if (!isRecord(value)) return false;
  const { hazard, weibull } = value as Record<string, unknown>;
  const share = (p: unknown) => typeof p === "number" && p >= 0 && p < 1;
  return isRecord(weibull) ? share(weibull["proportion"]) && (weibull["shape"] as number) > 0 : share(hazard);
};

const settings = optionsSchema({
  within: optional(custom<Count>(isCount, messages.COUNT), 1),
  structure: optional(choice(["nested", "crossed"]), "nested"),
  treatment: optional(
    custom<NonNullable<DesignOptions["treatment"]>>(
      (value) => typeof value === "string" || isRecord(value),
      '"between", "within", or treatments by column, as { trt: "between" }',
    ),
  ),
  covariates: optional(
    custom<Readonly<Record<string, Covariate>>>(
      (value) =>
        isRecord(value) &&
        Object.values(value).every((one) => isRecord(one) && (isNormal(one["normal"]) || isPair(one["uniform"]))),
      'covariates by column, as { age: { normal: [50, 10], by: "g" }, x: { uniform: [0, 1] } }: mean and a standard deviation of at least 0, or least and largest',
    ),
  ),
  dropout: optional(
    custom<Dropout>(
      isDropout,
      "{ hazard: 0.1 } or { weibull: { proportion: 0.3, shape: 1 } }, shares from 0 to below 1",
    ),
  ),
  missing: optional(probability),
  seed: optional(seedOf, "design"),
});

/** The rows as they are made: the place of each in its group and its levels by factor. */
interface Rows {
  readonly time: number[];
  readonly levels: ReadonlyMap<string, string[]>;
}

/**
 * A table of covariates for a declaration whose responses are to be simulated: a column a grouping factor with levels as `g1`, `time` (the number of the row in
 * its group, from 0), treatments and covariates.
 *
 * @throws DeclarationError with every option and number of levels that cannot be
 * @example
 * designTable({ g: 20, within: 5, treatment: "between" });
 * designTable({ school: 10, class: { min: 2, max: 4 }, within: { mean: 20 }, treatment: { arm: "school" }, seed: 1 });
 * designTable({ subject: 30, item: 20, structure: "crossed", treatment: { type: { vary: "item", levels: ["related", "unrelated"] } } });
 */
export function designTable(design: Design): Table {
  if (!isRecord(design)) throw new DeclarationError([messages.notADesign(design)]);
  const entries = Object.entries(design);
  const isSetting = (name: string) => (SETTINGS as readonly string[]).includes(name);
  const factors = entries.filter(([name]) => !isSetting(name)) as [string, Count][];
  const issues: Issue[] = factors
    .filter(([, count]) => !isCount(count))
    .map(([name, count]) => messages.notLevels(name, count, nearestName(name, SETTINGS)));
  if (factors.length === 0) issues.push(messages.noFactors());
  if (issues.length > 0) throw new DeclarationError(issues);
  const read = readOptions(settings, Object.fromEntries(entries.filter(([name]) => isSetting(name))), {
    of: "designTable()",
  });
  const rng = createRng(read.seed).fork("design");
  const names = factors.map(([name]) => name);
  const innermost = names.at(-1)!;
  const rows = (read.structure === "crossed" ? crossed : nested)(factors, read.within, rng);
  const columns = new Map<string, Column>();
  for (const name of names) columns.set(name, { kind: "text", values: rows.levels.get(name)! });
  columns.set("time", { kind: "numeric", values: Float64Array.from(rows.time) });
  const treatments = typeof read.treatment === "string" ? { treatment: read.treatment } : (read.treatment ?? {});
  const taken = new Set(columns.keys());
  const twice = [...Object.keys(treatments), ...Object.keys(read.covariates ?? {})].filter((name) => {
    const found = taken.has(name);
    taken.add(name);
    return found;
  });
  if (twice.length > 0) throw new DeclarationError(twice.map((name) => messages.designColumnTwice(name)));
  for (const [name, given] of Object.entries(treatments)) {
    const treatment: Treatment = typeof given === "string" ? { vary: given } : given;
    columns.set(name, treated(name, treatment, rows, names, rng.fork(`treatment/${name}`)));
  }
  for (const [name, covariate] of Object.entries(read.covariates ?? {}))
    columns.set(name, drawn(name, covariate, rows, names, rng.fork(`covariate/${name}`)));
  const kept = observed(rows, read.structure === "crossed" ? names[0]! : innermost, read.dropout, read.missing, rng);
  return tableOf(new Map([...columns].map(([name, column]) => [name, picked(column, kept)])), kept.length);
}

function picked(column: Column, kept: readonly number[]): Column {
  if (column.kind === "numeric")
    return { kind: "numeric", values: Float64Array.from(kept, (row) => column.values[row]!) };
  return { ...column, values: kept.map((row) => column.values[row]!) };
}

/** A number by its distribution; of a list, that of the k-th. */
function counted(count: Count, k: number, rng: Rng): number {
  if (typeof count === "number") return count;
  if (Array.isArray(count)) return count[k % count.length]!;
  if ("mean" in (count as object)) {
    // one and the rest by Poisson's law, as times between events
    const { mean } = count as { mean: number };
    let found = 0;
    let t = 0;
    while (t <= mean - 1) {
      t += -Math.log(rng.uniform());
      found++;
    }
    return found;
  }
  const { min, max } = count as { min: number; max: number };
  return min + Math.floor(rng.uniform() * (max - min + 1));
}

function nested(factors: readonly [string, Count][], within: Count, rng: Rng): Rows {
  let parents: string[][] = [[]];
  for (const [name, count] of factors) {
    const sizes = rng.fork(`size/${name}`);
    let next = 0;
    parents = parents.flatMap((above, k) =>
      Array.from({ length: counted(count, k, sizes) }, () => [...above, `${name}${++next}`]),
    );
  }
  return rowsOfGroups(factors, parents, within, rng);
}

function crossed(factors: readonly [string, Count][], within: Count, rng: Rng): Rows {
  let groups: string[][] = [[]];
  for (const [name, count] of factors) {
    const size = counted(count, 0, rng.fork(`size/${name}`));
    groups = groups.flatMap((above) => Array.from({ length: size }, (_, k) => [...above, `${name}${k + 1}`]));
  }
  return rowsOfGroups(factors, groups, within, rng);
}

function rowsOfGroups(
  factors: readonly [string, Count][],
  groups: readonly (readonly string[])[],
  within: Count,
  rng: Rng,
): Rows {
  const sizes = rng.fork("size/within");
  const time: number[] = [];
  const levels = new Map(factors.map(([name]) => [name, [] as string[]]));
  groups.forEach((labels, k) => {
    const size = counted(within, k, sizes);
    for (let row = 0; row < size; row++) {
      time.push(row);
      for (const [f, [name]] of factors.entries()) levels.get(name)!.push(labels[f]!);
    }
  });
  return { time, levels };
}

/** The units that a treatment or covariate is of: the levels of a factor, or each row. */
function unitsOf(rows: Rows, factor: string | null): number[] {
  if (factor === null) return rows.time.map((_, row) => row);
  const places = new Map<string, number>();
  return rows.levels.get(factor)!.map((level) => {
    if (!places.has(level)) places.set(level, places.size);
    return places.get(level)!;
  });
}

function treated(name: string, treatment: Treatment, rows: Rows, factors: readonly string[], rng: Rng): Column {
  const { vary, levels = [0, 1], allocation = "alternating" } = treatment;
  const known = ["between", "within", ...factors];
  if (!known.includes(vary))
    throw new DeclarationError([messages.noSuchUnit(name, vary, nearestName(vary, known), known)]);
  if (!Array.isArray(levels) || levels.length < 2) throw new DeclarationError([messages.fewLevels(name)]);
  const factor = vary === "within" ? null : vary === "between" ? factors.at(-1)! : vary;
  const units = factor === null ? [...rows.time] : unitsOf(rows, factor);
  const count = units.reduce((most, unit) => Math.max(most, unit), -1) + 1;
  const order = Array.from({ length: count }, (_, k) => k);
  if (allocation === "random")
    for (let k = count - 1; k > 0; k--) {
      const j = Math.floor(rng.uniform() * (k + 1));
      [order[k], order[j]] = [order[j]!, order[k]!];
    }
  const values = units.map((unit) => levels[order[unit]! % levels.length]!);
  if (levels.every((level) => typeof level === "number"))
    return { kind: "numeric", values: Float64Array.from(values as number[]) };
  const texts = levels.map(String);
  return { kind: "text", values: values.map(String), levels: texts };
}

function drawn(name: string, covariate: Covariate, rows: Rows, factors: readonly string[], rng: Rng): Column {
  const { by } = covariate;
  if (by !== undefined && !factors.includes(by))
    throw new DeclarationError([messages.noSuchUnit(name, by, nearestName(by, factors), factors)]);
  const values: number[] = [];
  const draw =
    "normal" in covariate
      ? () => covariate.normal[0] + covariate.normal[1] * rng.normal()
      : () => covariate.uniform[0] + (covariate.uniform[1] - covariate.uniform[0]) * rng.uniform();
  const units = unitsOf(rows, by ?? null);
  for (const unit of units) values[unit] ??= draw();
  return { kind: "numeric", values: Float64Array.from(units, (unit) => values[unit]!) };
}

/** The rows that are there: those before their group left, and not missing by chance. */
function observed(
  rows: Rows,
  factor: string,
  dropout: Dropout | undefined,
  missing: number | undefined,
  rng: Rng,
): number[] {
  const units = unitsOf(rows, factor);
  const last = new Map<number, number>();
  const longest = rows.time.reduce((most, time) => Math.max(most, time), 0);
  const leaving = rng.fork("dropout");
  for (const unit of dropout ? units : []) if (!last.has(unit)) last.set(unit, lastTime(dropout!, longest, leaving));
  const chance = rng.fork("missing");
  return rows.time.flatMap((time, row) => {
    const lost = missing !== undefined && chance.uniform() < missing;
    return time <= (last.get(units[row]!) ?? Infinity) && !lost ? [row] : [];
  });
}

/** The last time at which a group is there; the first it always is. */
function lastTime(dropout: Dropout, longest: number, rng: Rng): number {
  const u = rng.uniform();
  if ("weibull" in dropout) {
    // S(t) = exp(-λ (t/T)^shape) with S(T) = 1 - proportion
    const { proportion, shape } = dropout.weibull;
    const rate = -Math.log1p(-proportion);
    return rate === 0 ? longest : Math.ceil(longest * (-Math.log(u) / rate) ** (1 / shape)) - 1;
  }
  return dropout.hazard === 0 ? longest : Math.floor(Math.log(u) / Math.log1p(-dropout.hazard));
}
