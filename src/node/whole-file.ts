/**
 * Files written whole or not at all: beside the file, under a name that no other writer has, then put in its place at once. Whoever reads
 * the file, and whenever the program stops, finds the former content or the new.
 */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as messages from "../messages/files.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { FilePath } from "./file-path.ts";

const pathOf = (path: FilePath): string => (path instanceof URL ? fileURLToPath(path) : path);

/** The fault of a file that could not be written; other errors as they are. */
export function writeFault(path: FilePath, error: NodeJS.ErrnoException): Error {
  const { code } = error;
  return code === undefined ? error : new DeclarationError([messages.fileNotWritable(String(path), code)]);
}

/** Where a file's content goes: the file that a link leads to, and whether it is one that can be replaced (no device, no pipe). */
export function targetOf(path: string): {
  readonly file: string;
  readonly replaceable: boolean;
  readonly mode: number | null;
} {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { file: path, replaceable: true, mode: null };
  if (found.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
  return { file: realpathSync(path), replaceable: found.isFile(), mode: found.mode & 0o777 };
}

/** A name in the file's own folder, so that it can be moved in its place, which no one else has. */
export const partName = (file: string): string =>
  join(dirname(file), `.${basename(file).slice(0, 100)}.${randomUUID()}.part`);

/** Removes a file if it is there. */
function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It is gone, or was never made.
  }
}

/** Content that waits under its own name. */
interface Part {
  commit(): void;
  discard(): void;
}

function writePart(path: string, content: string | Uint8Array): Part {
  const { file, replaceable, mode } = targetOf(path);
  if (!replaceable) return { commit: () => writeFileSync(file, content), discard: () => undefined };
  const part = partName(file);
  const descriptor = openSync(part, "wx");
  try {
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (mode !== null) chmodSync(part, mode);
  } catch (error) {
    removeQuietly(part);
    throw error;
  }
  return { commit: () => renameSync(part, file), discard: () => removeQuietly(part) };
}

/** A file and what it is to hold. */
export type FileContent = readonly [path: FilePath, content: string | Uint8Array];

/**
 * Writes files that belong together: none is replaced before all of them are written.
 *
 * @throws DeclarationError naming the file that cannot be written
 */
export function writeWhole(...files: readonly FileContent[]): void {
  const parts: Part[] = [];
  let current: FilePath = "";
  try {
    for (const [path, content] of files) {
      current = path;
      parts.push(writePart(pathOf(path), content));
    }
    for (const [i, part] of parts.entries()) {
      current = files[i]![0];
      part.commit();
    }
  } catch (error) {
    for (const part of parts) part.discard();
    throw writeFault(current, error as NodeJS.ErrnoException);
  }
}

/**
 * Why a file cannot be written, found out by making one beside it and removing it; null where it can. For before the work whose result it
 * is to hold.
 */
export function writingFault(path: FilePath): Issue | null {
  try {
    const { file, replaceable } = targetOf(pathOf(path));
    if (!replaceable) {
      closeSync(openSync(file, "a"));
      return null;
    }
    const part = partName(file);
    closeSync(openSync(part, "wx"));
    unlinkSync(part);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return messages.fileNotWritable(String(path), code ?? message);
  }
}
