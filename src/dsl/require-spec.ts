/** Whether a value is a declaration as plain data, and its refusal where it is none. */
import { notASpecOf } from "../messages/declaration.ts";
import { DeclarationError } from "../messages/issue.ts";
import { isRecord } from "../options/kinds.ts";
import type { ModelSpec } from "./model-spec.ts";

/**
 * @param of what needs it, as the user wrote it: `describe()`
 * @param whole whether more of it is read than the response and the predictors
 * @throws DeclarationError saying what was given instead
 */
export function requireSpec(value: unknown, of: string, whole = true): asserts value is ModelSpec {
  if (
    !isRecord(value) ||
    !Array.isArray(value["predictors"]) ||
    !("response" in value) ||
    (whole && typeof (value["family"] as { name?: unknown } | null)?.name !== "string")
  )
    throw new DeclarationError([{ code: "not-a-spec", path: [of], message: notASpecOf(of, value) }]);
}
