import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";

export const formulaIssue = (code: IssueCode, message: string): Issue => ({ code, path: ["formula"], message });

/** A DeclarationError of one fault of a formula. */
export const formulaFault = (code: IssueCode, message: string): DeclarationError =>
  new DeclarationError([formulaIssue(code, message)]);
