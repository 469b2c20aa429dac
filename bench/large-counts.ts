/**
 * Time of fits and draws of large counts beside those of small ones, the same rows and groups: one line a family, method and size with the ratio, which
 * should stay below 1.5.
 *
 * Run: npx tsx bench/large-counts.ts [REGEXP]
 */
import { agq, binomial, gibbs, laplace, model, nbinom1, nbinom2, nuts, poisson } from "../src/index.ts";
import { createRng } from "../src/public/engines.ts";

const GROUPS = 50;
const ROWS = 20;
const REPEATS = 5;
const only = new RegExp(process.argv[2] ?? ".");

/** Counts of mean e^level, or successes of `level` trials, normal where that is as good. */
function rows(level: number, trials: boolean, overdispersion: number) {
  const rng = createRng(`large ${level}`);
  const data = { g: [] as string[], x: [] as number[], y: [] as number[], n: [] as number[] };
  for (let j = 0; j < GROUPS; j++) {
    const effect = 0.4 * rng.normal();
    for (let i = 0; i < ROWS; i++) {
      const x = rng.normal();
      const eta = 0.2 * x + effect;
      const p = 1 / (1 + Math.exp(-eta));
      const mean = trials ? level * p : Math.exp(level + eta + overdispersion * rng.normal());
      const sd = Math.sqrt(trials ? mean * (1 - p) : mean);
      data.g.push(`g${j}`);
      data.x.push(x);
      data.y.push(
        Math.min(trials ? level : Number.POSITIVE_INFINITY, Math.max(0, Math.round(mean + sd * rng.normal()))),
      );
      data.n.push(trials ? level : 1);
    }
  }
  return data;
}

const kinds = [
  { name: "poisson", family: poisson(), sizes: [1, 10, 20], trials: false, overdispersion: 0 },
  { name: "nbinom2", family: nbinom2(), sizes: [2, 10, 20], trials: false, overdispersion: 0.5 },
  { name: "nbinom1", family: nbinom1(), sizes: [2, 10, 20], trials: false, overdispersion: 0.5 },
  { name: "binomial", family: binomial(), sizes: [10, 1e5, 1e9], trials: true, overdispersion: 0 },
  { name: "binomial probit", family: binomial({ link: "probit" }), sizes: [10, 1e9], trials: true, overdispersion: 0 },
];
const chains = { seed: 1, chains: 1, warmup: 200, draws: 200 };

for (const { name, family, sizes, trials, overdispersion } of kinds) {
  const declare = (size: number) =>
    model(rows(size, trials, overdispersion))
      .formula(trials ? "cbind(y, n - y) ~ x + (1 | g)" : "y ~ x + (1 | g)")
      .family(family);
  const methods: Record<string, (size: number) => Promise<unknown>> = {
    laplace: (size) => declare(size).fit(laplace()),
    "agq 7": (size) => declare(size).fit(agq(7)),
    nuts: (size) => declare(size).sample(nuts(chains)),
    ...(name === "nbinom1" || name === "binomial probit"
      ? {}
      : { gibbs: (size) => declare(size).sample(gibbs(chains)) }),
  };
  for (const [method, run] of Object.entries(methods)) {
    if (!only.test(`${name} ${method}`)) continue;
    let small = Number.NaN;
    for (const size of sizes) {
      let best = Number.POSITIVE_INFINITY;
      for (let k = 0; k < REPEATS; k++) {
        const before = process.cpuUsage();
        await run(size);
        const used = process.cpuUsage(before);
        best = Math.min(best, (used.user + used.system) / 1000);
      }
      if (size === sizes[0]) small = best;
      console.log(
        JSON.stringify({
          family: name,
          method,
          size,
          milliseconds: Math.round(best),
          ratio: +(best / small).toFixed(2),
        }),
      );
    }
  }
}
