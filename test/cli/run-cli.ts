/** Runs the program: built, as a user does (`npm test` builds it first), or from its source in this process, which is quicker. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/cli/program.ts";

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `marginalia ARGS…` in `folder` without a terminal, and gives what it printed and its exit code. */
export function runCli(args: readonly string[], folder = process.cwd()): Promise<CliResult> {
  const program = join(process.cwd(), "dist", "cli", "main.js");
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** What the program does with ARGS, without starting one; no terminal. */
export async function runHere(args: readonly string[]): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const status = await runProgram(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    colour: false,
    terminal: false,
  });
  return { status, stdout, stderr };
}

/** A folder of tables for the time of a test file. */
export function folderOf(files: Readonly<Record<string, string>>): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "marginalia-cli-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
