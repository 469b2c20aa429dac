/**
 * Runs a benchmark as plain JavaScript, bundled beforehand: under a TypeScript loader everything in the process runs slower, the library too.
 *
 * Run: npx tsx bench/plain.ts gee.ts [arguments of the benchmark]
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** Runs a benchmark of this folder; true when it ended well. */
export function runPlain(script: string, args: readonly string[] = []): boolean {
  // in this folder, so that the benchmark finds what lies beside it
  const outfile = fileURLToPath(new URL(`.${script.replace(/\W/g, "-")}.mjs`, import.meta.url));
  buildSync({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  try {
    return spawnSync(process.execPath, [outfile, ...args], { stdio: "inherit" }).status === 0;
  } finally {
    rmSync(outfile, { force: true });
  }
}

const [entry, script, ...args] = process.argv.slice(1);
if (entry === fileURLToPath(import.meta.url) && script && !runPlain(script, args)) process.exitCode = 1;
