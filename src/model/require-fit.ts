/** Whether a value is a fit, and its refusal where it is none. */
import { DeclarationError } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type { Fit } from "./fit.ts";

const KINDS: readonly unknown[] = ["ml", "posterior", "gee"] satisfies Fit["kind"][];

export const isFit = (value: unknown): value is Fit =>
  typeof value === "object" &&
  value !== null &&
  KINDS.includes((value as Fit).kind) &&
  typeof (value as Fit).tidy === "function" &&
  typeof (value as Fit).model === "object";

/**
 * Refuses what is no fit: rows, a declaration, a promise, nothing.
 *
 * @param of what needs it, as the user wrote it: `predict()`
 * @throws DeclarationError saying what was given instead
 */
export function requireFit(value: unknown, of: string): asserts value is Fit {
  if (!isFit(value)) throw new DeclarationError([notAFit(of, value)]);
}
