/**
 * Peak memory and time of a checkpointed run beside the same run without: `npm run build && npx tsx bench/validation/checkpoints.ts [draws]`.
 * Each run is a process of its own, with four chains in worker threads; memory is the process's peak resident set.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [, , first = "20000", child, every = "500"] = process.argv;

if (child === undefined) {
  const folder = mkdtempSync(join(tmpdir(), "marginalia-bench-"));
  try {
    console.log("draws   every  seconds (processor)  peak MB   file MB");
    for (const draws of [Number(first), 2 * Number(first)])
      for (const interval of ["0", "500", "200", "50"]) {
        const file = join(folder, `run-${draws}-${interval}.json`);
        const args = [process.argv[1]!, String(draws), file, interval];
        const run = spawnSync("npx", ["tsx", ...args], { encoding: "utf8" });
        console.log(
          `${String(draws).padEnd(7)} ${interval.padStart(5)}  ${run.stdout.trim()}${run.status === 0 ? "" : run.stderr}`,
        );
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
} else {
  const built = (path: string) => new URL(`../../dist/${path}`, import.meta.url).href;
  const { model, nuts }: typeof import("../../src/index.ts") = await import(built("index.js"));
  const { checkpointFile, readTable, workerExecutor }: typeof import("../../src/node/index.ts") = await import(
    built("node/index.js")
  );
  const table = await readTable("examples/data/sleepstudy.csv");
  const declared = model(table).formula("Reaction ~ Days + (Days | Subject)");
  const began = performance.now();
  const fit = await declared.sample(nuts({ chains: 4, draws: Number(first), seed: 1 }), {
    executor: workerExecutor(),
    ...(every !== "0" && { checkpoint: checkpointFile(child), every: Number(every) }),
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage();
  const megabytes = every === "0" ? 0 : statSync(child).size / 2 ** 20;
  console.log(
    `${seconds.toFixed(1).padStart(7)} (${((user + system) / 1e6).toFixed(1).padStart(6)})  ` +
      `${(process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(13)}  ${megabytes.toFixed(1).padStart(8)}`,
  );
  if (fit.draws.drawsPerChain !== Number(first)) process.exitCode = 1;
}
