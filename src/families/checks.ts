/** Checks of a response, each a sentence that names the first rows at fault. */

import { responseIssues } from "../messages/families.ts";
import type { Issue } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";

/** Rows (1-based, of the table) whose value fails `valid`. */
export function checkRows(
  code: IssueCode,
  column: string,
  y: Float64Array,
  rows: Int32Array,
  valid: (value: number, i: number) => boolean,
  rule: string,
): Issue[] {
  const faults: { row: number; value: number }[] = [];
  for (let i = 0; i < y.length; i++) if (!valid(y[i]!, i)) faults.push({ row: (rows[i] ?? i) + 1, value: y[i]! });
  return responseIssues(code, column, faults, rule);
}

/** A count: a whole number of 0 or more. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
