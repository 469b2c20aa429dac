/**
 * Generated input against every door of the library: `npm run build && npx tsx bench/validation/fuzz/main.ts [inputs] [seed] [kinds]`.
 *
 * `inputs` (default 100000) is how many in all. One JSON line a kind (formulas, tables, options, arguments, engines, files): how many inputs were accepted and refused, and the failures with their smallest
 * example: an error that is no refusal in a sentence, an input that takes over two seconds of processor time, and one that was accepted although
 * its result cannot be. Ends with 1 where there is any. The seed makes the run repeatable.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runKind } from "./run-kind.ts";

/** The share of each kind in the inputs: more of what is cheap. */
const SHARES: Readonly<Record<string, number>> = {
  formulas: 0.3,
  tables: 0.25,
  options: 0.12,
  arguments: 0.1,
  engines: 0.08,
  files: 0.15,
};
/** Seconds without a new input after which a run is stopped: an input that never ends. */
const STOPPED = 300;

const [, script, inputs = "100000", seed = "1", kinds = Object.keys(SHARES).join(","), heartbeat] = process.argv;

if (heartbeat !== undefined) {
  const { trials } = (await import(`./${kinds}.ts`)) as typeof import("./formulas.ts");
  console.log(
    JSON.stringify(await runKind(kinds, await trials(), Number(inputs), Number(seed), openSync(heartbeat, "w"))),
  );
} else {
  const folder = mkdtempSync(join(tmpdir(), "marginalia-fuzz-"));
  try {
    const asked = kinds.split(",");
    const shares = asked.reduce((sum, kind) => sum + SHARES[kind]!, 0);
    const total = { inputs: 0, rawErrors: 0, hangs: 0, nonsense: 0 };
    for (const kind of asked) {
      const line = await runChild(kind, Math.ceil((Number(inputs) * SHARES[kind]!) / shares), join(folder, kind));
      console.log(line);
      const result = JSON.parse(line) as Awaited<ReturnType<typeof runKind>>;
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += result[key];
    }
    console.log(JSON.stringify({ kind: "all", ...total }));
    if (total.rawErrors + total.hangs + total.nonsense > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The line of one kind, run in a process of its own, which is ended when one input never ends. */
function runChild(kind: string, share: number, beat: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", fileURLToPath(`file://${script}`), String(share), seed, kind, beat],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let out = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  return new Promise((resolve) => {
    let last = Date.now();
    const watch = setInterval(() => {
      last = Math.max(last, statSync(beat, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (Date.now() - last > STOPPED * 1000) child.kill();
    }, 1000);
    child.on("close", (code) => {
      clearInterval(watch);
      if (code === 0) return resolve(out.trim());
      const input = statSync(beat, { throwIfNoEntry: false }) ? readFileSync(beat, "utf8").trim() : "";
      // ended from here for not going on, or by an error that nothing caught
      const failure = code === null ? "hang" : "raw";
      const examples = [{ failure, message: "the process was ended or died", smallest: input }];
      const counts = { rawErrors: Number(code !== null), hangs: Number(code === null), nonsense: 0 };
      resolve(JSON.stringify({ kind, inputs: Number.parseInt(input, 10) || 0, ...counts, examples }));
    });
  });
}
