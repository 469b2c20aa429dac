/** The files that a command is to write, looked at before its work. */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { outputIsInput, sameOutput } from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { writingFault } from "../node/whole-file.ts";

/** A path that is the same for all names of a file. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/**
 * Adds a fault for each file that cannot be written, that another option writes too, or that the command reads.
 *
 * @param outputs files by the option that names them; undefined where it was not given
 * @param inputs files that the command reads
 */
export function checkOutputs(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: readonly (string | undefined)[],
  issues: Issue[],
): void {
  const read = new Set(inputs.flatMap((path) => (path === undefined ? [] : [canonical(path)])));
  const written = new Map<string, string>();
  for (const [flag, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    const fault = writingFault(path);
    const name = canonical(path);
    const other = written.get(name);
    if (fault) issues.push(fault);
    else if (read.has(name)) issues.push(outputIsInput(flag, path));
    else if (other !== undefined) issues.push(sameOutput(flag, other, path));
    written.set(name, flag);
  }
}
