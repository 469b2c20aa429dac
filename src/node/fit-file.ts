/** Fits and checkpoints to and from files. */

import { renameSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { optional } from "valibot";
import { isPacked } from "../exchange/packed-tree.ts";
import type { SavableFit, SavedFit } from "../exchange/saved-fit.ts";
import { fitToBytes, loadFit, saveFit } from "../exchange/saved-fit.ts";
import type { Family } from "../families/family.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { requireFit } from "../model/require-fit.ts";
import { choice } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Checkpoint, parseCheckpoint } from "../samplers/checkpoint.ts";
import { readFault } from "./read-fault.ts";

const writeFitOptions = optionsSchema({
  /** `json`: text that other programs read; `binary`: smaller, quickly read. Default `binary` where the name ends in `.bin`. */
  format: optional(choice(["json", "binary"])),
});

export type WriteFitOptions = OptionsOf<typeof writeFitOptions>;

/**
 * Writes a fit of any kind to a file: the declaration, the columns it used, and the estimate or the draws.
 *
 * @throws DeclarationError when the file cannot be written
 * @example await writeFit("sleep.json", await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit());
 */
export async function writeFit(path: string | URL, fit: SavableFit, options?: WriteFitOptions): Promise<void> {
  requireFit(fit, "writeFit()");
  const asked = readOptions(writeFitOptions, options, { of: "writeFit()" });
  const { format = String(path).endsWith(".bin") ? "binary" : "json" } = asked;
  const content = format === "binary" ? fitToBytes(fit) : `${JSON.stringify(saveFit(fit))}\n`;
  try {
    await writeFile(path, content);
  } catch (error) {
    throw writeFault(path, error as NodeJS.ErrnoException);
  }
}

/** Bytes of a file, or the fault there is with it. */
export async function readBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new DeclarationError([readFault(String(path), error as NodeJS.ErrnoException)]);
  }
}

/** The fault of a file that could not be written; other errors as they are. */
export function writeFault(path: string | URL, error: NodeJS.ErrnoException): Error {
  const { code } = error;
  return code === undefined ? error : new DeclarationError([messages.fileNotWritable(String(path), code)]);
}

/**
 * Reads a fit that `writeFit` wrote, in either format. Nothing is fitted or sampled: tables, predictions, averages and refits work as
 * before, and a posterior can be extended.
 *
 * @param families the user's own families, by name
 * @throws DeclarationError when the file is absent or holds no saved fit
 * @example const fit = await readFit("sleep.json");
 */
export async function readFit(
  path: string | URL,
  families: Readonly<Record<string, Family>> = {},
): Promise<SavableFit> {
  const bytes = await readBytes(path);
  if (isPacked(bytes)) return loadFit(bytes, families);
  let saved: unknown;
  try {
    saved = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new DeclarationError([messages.notJson(String(path))]);
  }
  return loadFit(saved as SavedFit, families);
}

/**
 * For `sample(…, { checkpoint: checkpointFile(path) })`: keeps the last checkpoint in a file. The file is replaced at once, so that it holds
 * a whole checkpoint whenever the program stops.
 *
 * @throws DeclarationError (from the run) when the file cannot be written
 * @example
 * await herds.sample(nuts(), { checkpoint: checkpointFile("run.json") });
 * const fit = await resume(await readCheckpoint("run.json")); // after a crash
 */
export function checkpointFile(path: string): (state: Checkpoint) => void {
  return (state) => {
    try {
      writeFileSync(`${path}.part`, JSON.stringify(state));
      renameSync(`${path}.part`, path);
    } catch (error) {
      throw writeFault(path, error as NodeJS.ErrnoException);
    }
  };
}

/**
 * The checkpoint in a file that `checkpointFile` keeps.
 *
 * @throws DeclarationError (as a rejection) when the file is absent or holds none
 */
export async function readCheckpoint(path: string | URL): Promise<Checkpoint> {
  return parseCheckpoint(new TextDecoder().decode(await readBytes(path)));
}
