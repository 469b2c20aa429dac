import { DeclarationError, type Issue } from "../messages/issue.ts";

export const formulaIssue = (code: string, message: string): Issue => ({ code, path: ["formula"], message });

/** A DeclarationError of one fault of a formula. */
export const formulaFault = (code: string, message: string): DeclarationError =>
  new DeclarationError([formulaIssue(code, message)]);
