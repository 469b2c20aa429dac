/** Fits and checkpoints to and from files. */
import { readFile } from "node:fs/promises";
import { isPacked } from "../exchange/packed-tree.ts";
import type { SavableFit, SavedFit } from "../exchange/saved-fit.ts";
import { fitToBytes, loadFit, saveFit } from "../exchange/saved-fit.ts";
import type { Family } from "../families/family.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { type Checkpoint, parseCheckpoint } from "../samplers/checkpoint.ts";
import { readFault } from "./read-fault.ts";
import { writeWhole } from "./whole-file.ts";

export interface WriteFitOptions {
  /** `json`: text that other programs read; `binary`: smaller, quickly read. Default `binary` where the name ends in `.bin`. */
  readonly format?: "json" | "binary";
}

/**
 * Writes a fit of any kind to a file: the declaration, the columns it used, and the estimate or the draws. The file is written whole or not
 * at all.
 *
 * @throws DeclarationError when the file cannot be written
 * @example await writeFit("sleep.json", await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit());
 */
export async function writeFit(
  path: string | URL,
  fit: SavableFit,
  { format = String(path).endsWith(".bin") ? "binary" : "json" }: WriteFitOptions = {},
): Promise<void> {
  writeWhole([path, format === "binary" ? fitToBytes(fit) : `${JSON.stringify(saveFit(fit))}\n`]);
}

/** Bytes of a file, or the fault there is with it. */
export async function readBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new DeclarationError([readFault(String(path), error as NodeJS.ErrnoException)]);
  }
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
    writeWhole([path, JSON.stringify(state)]);
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
