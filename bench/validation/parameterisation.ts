/**
 * Centred against non-centred random effects: effective draws a thousand gradients (smallest bulk ESS over coefficients, standard deviations,
 * correlations and family parameters), what the data tell of the effects, and which of the two `auto` takes. One JSON line a case.
 *
 * Run: npx tsx bench/validation/parameterisation.ts [case …]
 * VerbAgg needs the table that comes with the R package lme4: write.csv(lme4::VerbAgg, "VerbAgg.csv", row.names = FALSE), and its path in the
 * environment variable VERBAGG.
 */
import { readFileSync } from "node:fs";
import { binomial, type Model, model, nuts, type PosteriorFit, poisson } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";
import { createRng } from "../../src/random/rng.ts";
import { binomialVariate, poissonVariate } from "../../src/random/variates.ts";

const logistic = (eta: number) => 1 / (1 + Math.exp(-eta));

/** y ~ x + (1 | g) with `levels` × `rows`; effects of standard deviation `sd`, residual 1. */
function grouped(levels: number, rows: number, sd: number, kind: "gaussian" | "binomial" | "poisson"): Model {
  const rng = createRng(`${kind}/${levels}/${rows}/${sd}`);
  const b = Array.from({ length: levels }, () => sd * rng.normal());
  const g = Array.from({ length: levels * rows }, (_, i) => i % levels);
  const x = g.map(() => rng.normal());
  const y = g.map((level, i) => {
    const eta = 0.5 + 0.5 * x[i]! + b[level]!;
    if (kind === "gaussian") return eta + rng.normal();
    return kind === "binomial" ? binomialVariate(rng, 1, logistic(eta)) : poissonVariate(rng, Math.exp(eta));
  });
  const declared = model({ y, x, g: g.map((level) => `g${level}`) }).formula("y ~ x + (1 | g)");
  return (kind === "gaussian"
    ? declared
    : declared.family(kind === "binomial" ? binomial() : poisson())) as unknown as Model;
}

/** y ~ x + (x | g). */
function slopes(levels: number, rows: number, sd: number): Model {
  const rng = createRng(`slopes/${levels}/${rows}/${sd}`);
  const effects = Array.from({ length: levels }, () => [sd * rng.normal(), sd * rng.normal()]);
  const g = Array.from({ length: levels * rows }, (_, i) => i % levels);
  const x = g.map(() => rng.normal());
  const y = g.map((level, i) => 1 + x[i]! + effects[level]![0]! + effects[level]![1]! * x[i]! + rng.normal());
  return model({ y, x, g: g.map((level) => `g${level}`) }).formula("y ~ x + (x | g)") as unknown as Model;
}

/** Crossed binary: `persons` × `items`, all pairs. */
function crossed(persons: number, items: number, sdPerson: number, sdItem: number): Model {
  const rng = createRng(`crossed/${persons}/${items}/${sdPerson}/${sdItem}`);
  const a = Array.from({ length: persons }, () => sdPerson * rng.normal());
  const b = Array.from({ length: items }, () => sdItem * rng.normal());
  const pairs = Array.from({ length: persons * items }, (_, i) => [i % persons, Math.floor(i / persons)] as const);
  const y = pairs.map(([i, j]) => binomialVariate(rng, 1, logistic(0.3 + a[i]! + b[j]!)));
  const table = { y, person: pairs.map(([i]) => `p${i}`), item: pairs.map(([, j]) => `i${j}`) };
  return model(table).formula("y ~ 1 + (1 | person) + (1 | item)").family(binomial()) as unknown as Model;
}

const example = (name: string) => readTable(new URL(`../../examples/data/${name}.csv`, import.meta.url));

function verbAgg(path: string): Model {
  const [head, ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const names = head!.split(",").map((name) => name.replaceAll('"', ""));
  const cells = lines.map((line) => line.split(",").map((cell) => cell.replaceAll('"', "")));
  const column = (name: string) => cells.map((row) => row[names.indexOf(name)]!);
  const table = {
    y: column("r2").map((r) => (r === "Y" ? 1 : 0)),
    btype: column("btype"),
    id: column("id"),
    item: column("item"),
  };
  return model(table).formula("y ~ btype + (1 | id) + (1 | item)").family(binomial()) as unknown as Model;
}

const cases: Record<string, () => Model | Promise<Model>> = {
  sleepstudy: async () =>
    model(await example("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)") as unknown as Model,
  cbpp: async () =>
    model(await example("cbpp"))
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .factor("period", [1, 2, 3, 4])
      .family(binomial()) as unknown as Model,
  "slopes-20x50": () => slopes(20, 50, 1),
  "slopes-40x4": () => slopes(40, 4, 0.5),
  "crossed-30x20": () => crossed(30, 20, 1, 0.5),
  "crossed-8x60": () => crossed(60, 8, 0.5, 1),
  ...(process.env["VERBAGG"] ? { verbagg: () => verbAgg(process.env["VERBAGG"]!) } : {}),
};
for (const [levels, rows, sd] of [
  [50, 100, 1],
  [50, 20, 1],
  [50, 5, 1],
  [50, 5, 0.5],
  [50, 2, 0.5],
  [8, 100, 0.5],
  [8, 20, 0.5],
  [8, 10, 0.5],
  [8, 5, 0.5],
  [8, 3, 0.5],
  [200, 3, 0.6],
] as const)
  cases[`gaussian-${levels}x${rows}-${sd}`] = () => grouped(levels, rows, sd, "gaussian");
for (const [levels, rows, sd] of [
  [50, 100, 1],
  [50, 20, 1],
  [50, 5, 1],
  [15, 12, 0.6],
] as const)
  cases[`binary-${levels}x${rows}-${sd}`] = () => grouped(levels, rows, sd, "binomial");
for (const [levels, rows, sd] of [
  [50, 20, 0.7],
  [50, 1, 0.7],
] as const)
  cases[`counts-${levels}x${rows}-${sd}`] = () => grouped(levels, rows, sd, "poisson");

function efficiency(fit: PosteriorFit): { essPer1000: number; worst: string; divergent: number; rhat: number } {
  const rows = fit.tidy();
  const [first] = [...rows].sort((a, b) => a.ess_bulk! - b.ess_bulk!);
  const { gradients, divergences } = (
    fit as unknown as { diagnostics: { gradients: { sampling: number[] }; divergences: number[] } }
  ).diagnostics;
  const spent = gradients.sampling.reduce((sum, count) => sum + count, 0);
  return {
    essPer1000: Number(((1000 * first!.ess_bulk!) / spent).toPrecision(3)),
    worst: first!.term,
    divergent: divergences.reduce((sum, count) => sum + count, 0),
    rhat: Math.max(...rows.map((row) => row.rhat!)),
  };
}

const wanted = process.argv.slice(2);
for (const [id, make] of Object.entries(cases)) {
  if (wanted.length > 0 && !wanted.some((name) => id.startsWith(name))) continue;
  const declared = await make();
  const sampled = async (parameterisation: "centred" | "non-centred" | "auto", draws: number, warmup: number) =>
    declared.sample(nuts({ seed: "compare", chains: 2, draws, warmup, target: "joint", parameterisation }));
  const auto = await sampled("auto", 1, 1);
  const centred = efficiency(await sampled("centred", 500, 500));
  const nonCentred = efficiency(await sampled("non-centred", 500, 500));
  const ratio = Number((centred.essPer1000 / nonCentred.essPer1000).toPrecision(2));
  console.log(JSON.stringify({ id, ratio, auto: auto.method, reason: auto.reason, centred, nonCentred }));
}
