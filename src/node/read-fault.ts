/** Why a file could not be read, as a fault. */
import * as messages from "../messages/files.ts";
import type { Issue } from "../messages/issue.ts";

export function readFault(path: string, error: NodeJS.ErrnoException): Issue {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return messages.fileNotFound(path);
  if (error.code === "EISDIR") return messages.fileIsFolder(path);
  return messages.fileUnreadable(path, error.code ?? error.message);
}
