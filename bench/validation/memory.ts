/**
 * Memory of a posterior with 10 000 groups and 4 000 draws, its random effects regenerated and not stored. Prints JSON lines: the resident
 * set in MB after each step, and its peak. Each model runs in a process of its own.
 *
 * npx tsx bench/validation/memory.ts
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { model, nuts, type Posterior, poisson, populationAverage, predict } from "../../src/index.ts";
import { fitToBytes, loadFit } from "../../src/public/exchange.ts";
import { createRng } from "../../src/random/rng.ts";
import { poissonVariate } from "../../src/random/variates.ts";

const GROUPS = 10_000;
const ROWS = 50_000;
const CHAINS = 4;
const DRAWS = 1000;

/** Highest resident set of this process so far, in MB (Linux). */
function peak(): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Math.round(Number(line?.[1] ?? process.resourceUsage().maxRSS) / 1000);
}

function simulated(kind: string) {
  const rng = createRng("memory");
  const effects = Float64Array.from({ length: GROUPS }, () => 0.5 * rng.normal());
  const group = Array.from({ length: ROWS }, (_, i) => i % GROUPS);
  const x = Float64Array.from({ length: ROWS }, () => rng.normal());
  const eta = group.map((g, i) => 0.5 + 0.3 * x[i]! + effects[g]!);
  const y = Float64Array.from(eta, (value) =>
    kind === "gaussian" ? value + rng.normal() : poissonVariate(rng, Math.exp(value)),
  );
  return { y, x, g: group.map((g) => `g${g}`) };
}

async function run(kind: string): Promise<void> {
  const started = performance.now();
  const report = (step: string, extra: object = {}) =>
    console.log(
      JSON.stringify({
        model: kind,
        step,
        seconds: Math.round((performance.now() - started) / 100) / 10,
        rss: Math.round(process.memoryUsage.rss() / 1e6),
        peak: peak(),
        ...extra,
      }),
    );
  report("loaded");
  const declared = model(simulated(kind)).formula("y ~ x + (1 | g)");
  const fit = await (kind === "gaussian" ? declared : declared.family(poisson())).sample(
    nuts({ chains: CHAINS, warmup: 200, draws: DRAWS, seed: "memory", target: "integrated" }),
  );
  report("sampled", { method: fit.method, kept: fit.randomEffectsKept });
  const ranef = fit.ranef();
  report("ranef", { effects: ranef.length, stored: `${(GROUPS * CHAINS * DRAWS * 8) / 1e6} MB if stored` });
  const rows = fit.tidy({ effects: ["ran_vals"] });
  report("tidied", { effects: rows.length, leastEss: Math.round(Math.min(...rows.map((row) => row.ess_bulk!))) });
  const fitted = predict(fit, { newdata: newRows() });
  report("predicted", { rows: fitted.rows.length });
  populationAverage(fit, { at: { x: [0] } });
  report("averaged");
  const bytes = fitToBytes(fit);
  const again = loadFit(bytes) as Posterior;
  const same = again.randomEffectsOf!(1234)[0]!.every((b, k) => b === fit.randomEffectsOf!(1234)[0]![k]);
  report("saved and loaded", { bytes: bytes.length, sameEffects: same });
}

/** A row for each of 2 000 groups. */
const newRows = () => ({
  x: Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i)),
  g: Array.from({ length: 2000 }, (_, i) => `g${5 * i}`),
});

const [kind] = process.argv.slice(2);
if (kind) await run(kind);
else
  for (const each of ["gaussian", "poisson"])
    spawnSync(process.execPath, ["--import", "tsx", fileURLToPath(import.meta.url), each], { stdio: "inherit" });
