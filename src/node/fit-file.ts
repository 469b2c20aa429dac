/** Fits and checkpoints to and from files. */
import { readFile } from "node:fs/promises";
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
import { type Checkpoint, type CheckpointSink, parseCheckpoint } from "../samplers/checkpoint.ts";
import { checkpointLog, isCheckpointLog, readCheckpointLog } from "./checkpoint-log.ts";
import type { FilePath } from "./file-path.ts";
import { inFile, readFault } from "./read-fault.ts";
import { writeWhole } from "./whole-file.ts";

const writeFitOptions = optionsSchema({
  /** `json`: text that other programs read; `binary`: smaller, quickly read. Default `binary` where the name ends in `.bin`. */
  format: optional(choice(["json", "binary"])),
});

export type WriteFitOptions = OptionsOf<typeof writeFitOptions>;

/**
 * Writes a fit of any kind to a file: the declaration, the columns it used, and the estimate or the draws. The file is written whole or not
 * at all.
 *
 * @throws DeclarationError when the file cannot be written
 * @example await writeFit("sleep.json", await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit());
 */
export async function writeFit(path: FilePath, fit: SavableFit, options?: WriteFitOptions): Promise<void> {
  requireFit(fit, "writeFit()");
  const asked = readOptions(writeFitOptions, options, { of: "writeFit()" });
  const { format = String(path).endsWith(".bin") ? "binary" : "json" } = asked;
  writeWhole([path, format === "binary" ? fitToBytes(fit) : `${JSON.stringify(saveFit(fit))}\n`]);
}

/** Bytes of a file, or the fault there is with it. */
export async function readBytes(path: FilePath): Promise<Uint8Array<ArrayBuffer>> {
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
export async function readFit(path: FilePath, families: Readonly<Record<string, Family>> = {}): Promise<SavableFit> {
  const bytes = await readBytes(path);
  if (isPacked(bytes)) return inFile(path, () => loadFit(bytes, families));
  let saved: unknown;
  try {
    saved = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new DeclarationError([messages.notJson(String(path))]);
  }
  return inFile(path, () => loadFit(saved as SavedFit, families));
}

/**
 * For `sample(…, { checkpoint: checkpointFile(path) })`: keeps the last checkpoint in a file, which holds a whole one whenever the program
 * stops. What is new is added to it, so that it costs as little late in a long run as early: at most a twentieth of the time, and no memory that
 * grows with the draws. A checkpoint that would cost more is left out. Called with a checkpoint, it writes the whole of it.
 *
 * @throws DeclarationError (from the run) when the file cannot be written
 * @example
 * await herds.sample(nuts(), { checkpoint: checkpointFile("run.json") });
 * const fit = await resume(await readCheckpoint("run.json")); // after a crash
 */
export function checkpointFile(path: string): ((state: Checkpoint) => void) & CheckpointSink {
  return Object.assign((state: Checkpoint) => writeWhole([path, JSON.stringify(state)]), checkpointLog(path));
}

/**
 * The checkpoint in a file that `checkpointFile` keeps.
 *
 * @throws DeclarationError (as a rejection) when the file is absent or holds none
 */
export async function readCheckpoint(path: FilePath): Promise<Checkpoint> {
  const bytes = await readBytes(path);
  return inFile(path, () =>
    parseCheckpoint(isCheckpointLog(bytes) ? readCheckpointLog(String(path), bytes) : new TextDecoder().decode(bytes)),
  );
}
