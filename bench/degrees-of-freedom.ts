/**
 * Kenward-Roger's errors and degrees of freedom of random intercepts and slopes of groups of 10 rows: seconds and peak resident memory, each size in a process
 * of its own, beside pbkrtest in the same run at the first size. `nByN` is what one dense matrix of rows × rows would need. All memory in MB.
 *
 * Run, after `npm run build`: npx tsx bench/degrees-of-freedom.ts [ROWS …, default 1000 10000 100000]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { library } from "./library.ts";
import { report } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { createRng, model } = library;
const GROUP = 10;
const CHILD = "--child";

interface Simulated {
  readonly y: number[];
  readonly x: number[];
  readonly g: string[];
}

function simulated(rows: number): Simulated {
  const rng = createRng("degrees of freedom");
  const table: Simulated = { y: [], x: [], g: [] };
  for (let group = 0; group < rows / GROUP; group++) {
    const intercept = rng.normal();
    const slope = 0.3 * rng.normal();
    for (let x = 0; x < GROUP; x++) {
      table.y.push(intercept + slope * x + rng.normal());
      table.x.push(x);
      table.g.push(`g${group}`);
    }
  }
  return table;
}

/** Highest resident set of this process so far. */
const peak = () => Math.round(process.resourceUsage().maxRSS / 1000);
const rounded = (value: number) => Number(value.toPrecision(4));

async function measure(rows: number): Promise<void> {
  const declared = model(simulated(rows)).formula("y ~ x + (x | g)");
  const started = performance.now();
  const fit = await declared.fit("reml");
  const fitted = performance.now();
  const fitPeak = peak();
  const row = fit.tidy({ ddf: "kenward-roger" }).find(({ term }) => term === "x")!;
  report({
    id: `kenward-roger-${rows}`,
    rows,
    fitSeconds: rounded((fitted - started) / 1000),
    seconds: rounded((performance.now() - fitted) / 1000),
    fitPeak,
    peak: peak(),
    nByN: rounded((8 * rows * rows) / 1e6),
    std_error: row.std_error,
    df: row.df,
  });
}

/** pbkrtest on the same data. */
function peer(rows: number): void {
  const folder = mkdtempSync(join(tmpdir(), "degrees-of-freedom-"));
  try {
    const { y, x, g } = simulated(rows);
    const path = join(folder, "data.csv");
    writeFileSync(path, ["y,x,g", ...y.map((value, i) => `${value},${x[i]},${g[i]}`)].join("\n"));
    for (const line of runPeer("degrees-of-freedom.R", [path]) ?? []) report(line);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, ...others] = process.argv.slice(2);
if (first === CHILD) await measure(Number(others[0]));
else {
  const sizes = first === undefined ? [1000, 10_000, 100_000] : [first, ...others].map(Number);
  for (const rows of sizes) {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), CHILD, String(rows)];
    const run = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (run.status !== 0) process.exitCode = 1;
  }
  peer(sizes[0]!);
}
