/** A fault of a declaration, thrown where it is met. */

import { refusal } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";

export function refuse(code: IssueCode, path: readonly string[], message: string): never {
  throw refusal(code, path, message);
}
