/**
 * Simulation-based calibration of every sampler on every family it serves: 1000 fits a pair of model and sampler, in batches of 25 that are appended to a
 * file as JSON lines. A batch has a seed of its own, and one that the file holds is not run again: a run that was stopped goes on, and several processes may
 * each take a share.
 *
 *     npx tsx bench/validation/sbc.ts run <file> [--fits 1000] [--share 1/2] [--until 14:05] [pair ...]
 *     npx tsx bench/validation/sbc.ts summarise <file>
 *
 * `summarise` prints one JSON line a pair: p-values of the ranks against the simultaneous bands, the smallest times their number (Bonferroni), and exits with 1
 * where that is below 0.05 for a pair. A pair is `family:sampler`, as `nbinom2:gibbs`; those of NUTS integrate the random effects out (but for `-joint`), and weight the draws where
 * the integral is not exact.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { sbcResult } from "../../src/calibration/sbc-result.ts";
import { Beta, gibbs, model, nuts, type Sampler } from "../../src/index.ts";
import { sbc } from "../../src/public/checks.ts";
import { gamma, halfNormal, lkj, normal, uniform } from "../../src/public/priors.ts";

const BATCH = 25;
const RANKS = 49;

const n = 12;
const rows = Array.from({ length: n }, (_, i) => i);
const table = {
  g: rows.map((i) => `g${i % 4}`),
  h: rows.map((i) => `h${(i * 5) % 3}`),
  x: rows.map((i) => Math.sin(1.7 * i + 0.3)),
  size: rows.map((i) => 1 + (i % 3)),
  // The response serves the compiler only: every data set is drawn from the prior.
  y: rows.map((i) => 1 + (i % 3 > 0 ? i % 2 : 0)),
  rating: rows.map((i) => 1 + (i % 4)),
};

const declared = model(table).formula("y ~ x + (1 | g)").prior("fixed", normal(0, 0.8)).prior("sd", halfNormal(0.7));
const trials = declared.response("y", { trials: "size" });
const ordered = declared.response("rating").prior("threshold", normal(0, 1.2));
/** More levels, in classes of two rows each. */
const many = Array.from({ length: 28 }, (_, i) => i);
const manyLevels = model({
  g: many.map((i) => `g${i % 14}`),
  x: many.map((i) => Math.sin(1.7 * i + 0.3)),
  y: many.map((i) => i % 2),
})
  .formula("y ~ x + (1 | g)")
  .prior("fixed", normal(0, 0.8))
  .prior("sd", halfNormal(0.7));
/** The balanced one-way layout of a variance that six levels tell of. */
const fewLevels = model({
  g: Array.from({ length: 30 }, (_, i) => `g${i % 6}`),
  y: Array.from({ length: 30 }, (_, i) => i % 2),
})
  .formula("y ~ 1 + (1 | g)")
  .prior("fixed", normal(0, 0.8))
  .prior("sd", halfNormal(0.7));
const shares = model({ ...table, share: rows.map((i) => (1 + i) / (2 + n)) })
  .formula("share ~ x + (1 | g)")
  .family(Beta())
  .prior("fixed", normal(0, 0.5))
  .prior("sd", halfNormal(0.5));
const dispersed = declared.dispersion("~ x").prior("fixed:disp", normal(0, 0.5));
/** Growth curves of six groups, both parameters random, with correlated residuals. */
const curves = model({
  g: Array.from({ length: 30 }, (_, i) => `g${Math.floor(i / 5)}`),
  t: Array.from({ length: 30 }, (_, i) => 0.4 * (1 + (i % 5))),
  y: Array.from({ length: 30 }, (_, i) => 3 - 2 * Math.exp(-0.4 * (i % 5)) + 0.1 * Math.sin(7 * i)),
})
  .response("y")
  .mean("a * (1 - exp(-exp(k) * t))", {
    parameters: { a: "~ 1 + (1 | g)", k: "~ 1 + (1 | g)" },
    start: { a: 3, k: 0 },
  })
  .residual({ correlation: "corAR1(~ 1 | g)" })
  .prior("fixed:a", normal(3, 1))
  .prior("fixed:k", normal(0, 0.4))
  .prior("sd:g.a", halfNormal(0.7))
  .prior("sd:g.k", halfNormal(0.3))
  .prior("sigma", halfNormal(0.4))
  .prior("aux:corAR1.Phi", uniform(-0.9, 0.9));
const MODELS: Readonly<Record<string, () => Parameters<typeof sbc>[0]>> = {
  gaussian: () => declared.prior("sigma", halfNormal(1)),
  "gaussian-slopes": () => declared.formula("y ~ x + (x | g)").prior("cor", lkj(2)).prior("sigma", halfNormal(1)),
  "gaussian-crossed": () => declared.formula("y ~ x + (1 | g) + (1 | h)").prior("sigma", halfNormal(1)),
  "gaussian-few": () => fewLevels.prior("sigma", halfNormal(1)),
  "gaussian-many": () => manyLevels.prior("sigma", halfNormal(1)),
  logit: () => trials.family({ name: "binomial" }),
  probit: () => trials.family({ name: "binomial", link: "probit" }),
  poisson: () => declared.family({ name: "poisson" }),
  nbinom2: () => declared.family({ name: "nbinom2" }).prior("aux", gamma(4, 2)),
  nbinom1: () => declared.family({ name: "nbinom1" }).prior("aux", gamma(4, 4)),
  Gamma: () => declared.family({ name: "Gamma", link: "log" }).prior("aux", gamma(4, 2)),
  cumulative: () => ordered.family({ name: "cumulative" }),
  // shares of their own: those of small precisions are rounded to 0 or 1
  beta: () => shares.prior("aux", gamma(4, 0.5)),
  "beta-dispersion": () => shares.dispersion("~ x").prior("fixed:disp", normal(2, 0.5)),
  "gaussian-dispersion": () => dispersed,
  "gaussian-random-dispersion": () => dispersed.dispersion("~ x + (1 | h)").prior("sd:disp", halfNormal(0.5)),
  "nbinom2-dispersion": () => dispersed.family({ name: "nbinom2" }),
  "nonlinear-ar1": () => curves,
  "nonlinear-ar1-joint": () => curves,
  ordinal: () => ordered.family({ name: "cumulative", link: "probit" }),
};

const gradient = nuts({ chains: 1, warmup: 100, draws: 150, target: "integrated", targetAcceptance: 0.9 });
const sweeps = (draws: number) => gibbs({ chains: 1, warmup: 150, draws });
const PAIRS: Readonly<Record<string, Sampler>> = {
  "gaussian:gibbs": sweeps(300),
  "gaussian-slopes:gibbs": sweeps(400),
  "gaussian-crossed:gibbs": sweeps(400),
  "gaussian-few:gibbs": sweeps(300),
  "gaussian-many:gibbs": sweeps(500),
  "probit:gibbs": sweeps(400),
  "logit:gibbs": sweeps(400),
  "nbinom2:gibbs": sweeps(400),
  "poisson:gibbs": sweeps(400),
  "ordinal:gibbs": sweeps(400),
  "gaussian:nuts": gradient,
  "gaussian-slopes:nuts": gradient,
  "logit:nuts": gradient,
  "probit:nuts": gradient,
  "poisson:nuts": gradient,
  "nbinom2:nuts": gradient,
  "nbinom1:nuts": gradient,
  "Gamma:nuts": gradient,
  "cumulative:nuts": gradient,
  "beta:nuts": gradient,
  "beta-dispersion:nuts": gradient,
  "gaussian-dispersion:nuts": gradient,
  "gaussian-random-dispersion:nuts": gradient,
  "nbinom2-dispersion:nuts": gradient,
  "nonlinear-ar1:nuts": gradient,
  "nonlinear-ar1-joint:nuts": nuts({ chains: 1, warmup: 300, draws: 300, target: "joint", targetAcceptance: 0.95 }),
};

/** One line of the file. */
interface Batch {
  readonly pair: string;
  readonly batch: number;
  readonly fits: number;
  /** Processor time. */
  readonly seconds: number;
  readonly lengthened: number;
  readonly divergent: number;
  readonly warnings: readonly string[];
  readonly ranks: Readonly<Record<string, readonly number[]>>;
}

const batchesIn = (file: string): Batch[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line) as Batch)
    : [];

async function runBatch(pair: string, batch: number): Promise<Batch> {
  const before = process.cpuUsage();
  const name = pair.split(":")[0]!;
  const result = await sbc(MODELS[name]!(), {
    fits: BATCH,
    sampler: PAIRS[pair]!,
    ranks: RANKS,
    seed: `${pair}/${batch}`,
  });
  const { user, system } = process.cpuUsage(before);
  return {
    pair,
    batch,
    fits: result.fits,
    seconds: Number(((user + system) / 1e6).toFixed(2)),
    lengthened: result.lengthened,
    divergent: result.divergent,
    warnings: result.warnings.map(({ message }) => message),
    ranks: Object.fromEntries(result.quantities.map(({ name: of, ranks }) => [of, Array.from(ranks)])),
  };
}

/** The value after a flag, taken out of the arguments. */
function flag(args: string[], name: string, fallback: string): string {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args.splice(at, 2)[1]!;
}

async function run(file: string, args: string[]): Promise<void> {
  const batches = Math.ceil(Number(flag(args, "fits", "1000")) / BATCH);
  const [share, shares] = flag(args, "share", "1/1").split("/").map(Number) as [number, number];
  const until = flag(args, "until", "");
  const wanted = args.length > 0 ? args : Object.keys(PAIRS);
  const done = new Set(batchesIn(file).map(({ pair, batch }) => `${pair}/${batch}`));
  for (let batch = 0; batch < batches; batch++) {
    if (batch % shares !== share - 1) continue;
    for (const pair of wanted) {
      if (done.has(`${pair}/${batch}`)) continue;
      if (until !== "" && new Date().toTimeString().slice(0, 5) >= until) return;
      appendFileSync(file, `${JSON.stringify(await runBatch(pair, batch))}\n`);
    }
  }
}

function summarise(file: string): void {
  const all = batchesIn(file);
  for (const pair of Object.keys(PAIRS)) {
    const own = all.filter((line) => line.pair === pair);
    if (own.length === 0) continue;
    const names = Object.keys(own[0]!.ranks);
    const total = (count: (line: Batch) => number) => own.reduce((sum, line) => sum + count(line), 0);
    const result = sbcResult({
      names,
      ranks: names.map((name) => Int32Array.from(own.flatMap(({ ranks }) => ranks[name]!))),
      possible: RANKS + 1,
      level: 0.95,
      warnings: [],
      lengthened: total(({ lengthened }) => lengthened),
      divergent: total(({ divergent }) => divergent),
    });
    const p = result.quantities.map(({ p_value }) => p_value);
    const line = {
      pair,
      fits: result.fits,
      secondsPerFit: Number((total(({ seconds }) => seconds) / result.fits).toFixed(3)),
      calibrated: result.calibrated,
      adjusted: Number(Math.min(1, names.length * Math.min(...p)).toFixed(4)),
      inside: `${result.quantities.filter(({ inside }) => inside).length}/${names.length}`,
      p_values: Object.fromEntries(result.quantities.map((q) => [q.name, Number(q.p_value.toFixed(4))])),
      lengthened: result.lengthened,
      divergent: result.divergent,
      warnings: [...new Set(own.flatMap(({ warnings }) => warnings))].length,
    };
    console.log(JSON.stringify(line));
    if (!result.calibrated) process.exitCode = 1;
  }
}

const [action, file, ...args] = process.argv.slice(2);
if (action === "run" && file) await run(file, args);
else if (action === "summarise" && file) summarise(file);
else throw new Error("Call it with run <file> or summarise <file>.");
