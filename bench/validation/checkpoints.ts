/**
 * Peak memory and time of a checkpointed run beside the same run without, of this build and of others in the same run:
 * `npm run build && npx tsx bench/validation/checkpoints.ts [draws [folders of other built checkouts …]]`.
 * Each run is a process of its own, with four chains in worker threads; memory is the process's peak resident set. A run that takes more than
 * MOST_MEGABYTES or MOST_SECONDS is stopped, and says so.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const MOST_MEGABYTES = 3000;
const MOST_SECONDS = 120;

/** The resident set of a process in MB; 0 when it has ended. */
function residentSet(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** What a run printed, or why it was stopped. */
function watched(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(import.meta.url), ...args]);
  const began = performance.now();
  let output = "";
  let stopped: string | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  let megabytes = 0;
  const timer = setInterval(() => {
    megabytes = Math.max(megabytes, residentSet(child.pid!));
    const seconds = (performance.now() - began) / 1000;
    if (megabytes < MOST_MEGABYTES && seconds < MOST_SECONDS) return;
    stopped = `stopped after ${seconds.toFixed(0)} s at ${megabytes.toFixed(0)} MB`;
    child.kill("SIGKILL");
  }, 100);
  return new Promise((settle) => {
    child.on("exit", (code, signal) => {
      clearInterval(timer);
      settle(
        stopped ?? `${output.trim()}${code === 0 ? "" : ` ended by ${signal ?? code} at ${megabytes.toFixed(0)} MB`}`,
      );
    });
  });
}

/** One run by a built checkout: `every` 0 is without checkpoints. */
async function run(root: string, draws: number, every: number, file: string): Promise<void> {
  const built = (path: string) => pathToFileURL(join(root, "dist", path)).href;
  const { model, nuts }: typeof import("../../src/index.ts") = await import(built("index.js"));
  const { checkpointFile, readTable, workerExecutor }: typeof import("../../src/node/index.ts") = await import(
    built("node/index.js")
  );
  const table = await readTable(join(root, "examples/data/sleepstudy.csv"));
  const declared = model(table).formula("Reaction ~ Days + (Days | Subject)");
  const began = performance.now();
  const fit = await declared.sample(nuts({ chains: 4, draws, seed: 1 }), {
    executor: workerExecutor(),
    ...(every > 0 && { checkpoint: checkpointFile(file), every }),
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage();
  const megabytes = every === 0 ? 0 : statSync(file).size / 2 ** 20;
  console.log(
    `${seconds.toFixed(1).padStart(7)} (${((user + system) / 1e6).toFixed(1).padStart(6)})  ` +
      `${(process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(13)}  ${megabytes.toFixed(1).padStart(8)}`,
  );
  if (fit.draws.drawsPerChain !== draws) process.exitCode = 1;
}

const [, , first = "20000", ...others] = process.argv;
if (first === "run") {
  const [root, draws, every, file] = others as [string, string, string, string];
  await run(root, Number(draws), Number(every), file);
} else {
  const folder = mkdtempSync(join(tmpdir(), "marginalia-bench-"));
  const own = fileURLToPath(new URL("../..", import.meta.url));
  try {
    console.log("build  every  seconds (processor)  peak MB   file MB");
    for (const every of ["0", "500", "200", "50"])
      for (const [k, root] of [own, ...others.map((path) => resolve(path))].entries()) {
        const file = join(folder, `run-${k}-${every}.json`);
        const printed = await watched(["run", root, first, every, file]);
        console.log(`${k === 0 ? "this " : `other${k}`} ${every.padStart(6)}  ${printed}`);
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
