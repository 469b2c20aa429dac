/** Fits to and from files. */
import { readFile, writeFile } from "node:fs/promises";
import type { Family } from "../families/family.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { loadFit, saveFit } from "../frequentist/saved-fit.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { readFault } from "./read-fault.ts";

/**
 * Writes a maximum-likelihood fit to a JSON file: the declaration, the columns it used and the estimate.
 *
 * @throws DeclarationError when the file cannot be written
 * @example await writeFit("sleep.json", await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit());
 */
export async function writeFit(path: string | URL, fit: MaximumLikelihood): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(saveFit(fit))}\n`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new DeclarationError([messages.fileNotWritable(String(path), code ?? message)]);
  }
}

/**
 * Reads a fit that `writeFit` wrote. Nothing is refitted: tables, predictions, averages and refits work as before.
 *
 * @param families the user's own families, by name
 * @throws DeclarationError when the file is absent or holds no saved fit
 * @example const fit = await readFit("sleep.json");
 */
export async function readFit(
  path: string | URL,
  families: Readonly<Record<string, Family>> = {},
): Promise<MaximumLikelihood> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new DeclarationError([readFault(String(path), error as NodeJS.ErrnoException)]);
  }
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    throw new DeclarationError([messages.notJson(String(path))]);
  }
  return loadFit(saved as Parameters<typeof loadFit>[0], families);
}
