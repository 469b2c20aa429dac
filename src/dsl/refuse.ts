/** A fault of a declaration, thrown where it is met. */
import { refusal } from "../messages/issue.ts";

export function refuse(code: string, path: readonly string[], message: string): never {
  throw refusal(code, path, message);
}
