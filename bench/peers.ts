/** Runs an R script that times a peer and reads the JSON lines it prints; null where R or a package is missing. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export type PeerLine = Readonly<Record<string, unknown>> & { readonly id: string };

export function runPeer(script: string, args: readonly string[] = []): PeerLine[] | null {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const run = spawnSync("Rscript", [path, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.error || run.status !== 0) {
    const why = run.error ? "Rscript was not found" : run.stderr.trim().split("\n").at(-1);
    console.error(`peer ${script} left out: ${why}`);
    return null;
  }
  return run.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
