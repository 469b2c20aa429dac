/** Why a file could not be read, as a fault. */
import * as messages from "../messages/files.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { FilePath } from "./file-path.ts";

export function readFault(path: string, error: NodeJS.ErrnoException): Issue {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return messages.fileNotFound(path);
  if (error.code === "EISDIR") return messages.fileIsFolder(path);
  return messages.fileUnreadable(path, error.code ?? error.message);
}

/** What `read` gives; its faults name the file. */
export async function inFile<T>(path: FilePath, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    throw new DeclarationError(error.issues.map((issue) => messages.namingFile(String(path), issue)));
  }
}
