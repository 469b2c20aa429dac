/**
 * Whether the results of a study depend on how it was run: serially, on two workers, in chunks taken in another order, in three parts at a time, with a process
 * killed at 40 %, with both of two killed and the run taken up again. Prints the digest of all rows of each, and what was lost or is there twice.
 *
 *   npm run build && npx tsx bench/validation/studies.ts [replications, default 10000]
 *
 * Of `test/fixtures/studies/slopes.mjs`: two scenarios, a linear mixed model and a method of its own.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const total = Number(process.argv[2] ?? 10_000);
// two scenarios
const replications = String(Math.ceil(total / 2));
const study = "test/fixtures/studies/slopes.mjs";
const program = "dist/cli/main.js";
const folder = mkdtempSync(join(tmpdir(), "studies-"));
const chunk = String(Math.max(1, Math.round(Number(replications) / 50)));

const start = (dir: string, ...more: string[]): ChildProcess =>
  spawn(
    process.execPath,
    [program, "simulate", study, "--dir", dir, "--replications", replications, "--chunk-size", chunk, ...more],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on("close", resolve));
const chunks = (dir: string) => {
  try {
    return readdirSync(join(dir, "chunks")).filter((name) => name.endsWith(".parquet")).length;
  } catch {
    return 0;
  }
};
async function until(dir: string, share: number) {
  while (chunks(dir) < share * 100) await new Promise((resolve) => setTimeout(resolve, 20));
}

const runs: Readonly<Record<string, (dir: string) => Promise<unknown>>> = {
  serial: (dir) => ended(start(dir)),
  "2 workers": (dir) => ended(start(dir, "--workers", "2")),
  "from the last part on": (dir) => ended(start(dir, "--shard", "40/40")),
  "3 parts at a time": (dir) => Promise.all(["1/3", "2/3", "3/3"].map((part) => ended(start(dir, "--shard", part)))),
  "one of 2 killed at 40 %": async (dir) => {
    const [victim, other] = [start(dir, "--shard", "1/2"), start(dir)];
    await until(dir, 0.4);
    victim.kill("SIGKILL");
    await Promise.all([ended(victim), ended(other)]);
  },
  "both killed at 40 %, taken up again": async (dir) => {
    const both = [start(dir, "--shard", "1/2"), start(dir, "--shard", "2/2")];
    await until(dir, 0.4);
    for (const child of both) child.kill("SIGKILL");
    await Promise.all(both.map(ended));
    await ended(start(dir, "--workers", "2"));
  },
};

const digests = new Set<string>();
for (const [name, run] of Object.entries(runs)) {
  const dir = join(folder, name.replace(/\W+/g, "-"));
  const began = performance.now();
  await run(dir);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const text = execFileSync(process.execPath, [program, "collect", dir, "--json"], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const { rows, digest } = JSON.parse(text) as {
    rows: { scenario: string; replicate: number; method: string; estimand: string }[];
    digest: string;
  };
  const keys = new Set(rows.map((row) => `${row.scenario} ${row.replicate} ${row.method} ${row.estimand}`));
  const wanted = 2 * Number(replications) * 4;
  console.log(
    `${name.padEnd(36)} ${digest.slice(0, 23)}  ${wanted - keys.size} lost, ${rows.length - keys.size} twice, ${seconds} s`,
  );
  digests.add(digest);
}
rmSync(folder, { recursive: true });
console.log(digests.size === 1 ? "All the same." : "NOT the same.");
process.exitCode = digests.size === 1 ? 0 : 1;
