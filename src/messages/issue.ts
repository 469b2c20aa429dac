/**
 * Faults and warnings as data. A fault (`Issue`) stops the work and is thrown in a `DeclarationError` together with all the
 * others found at the same time; a warning (`FitWarning`) travels on the fit.
 */
import type { IssueCode } from "./issue-code.ts";
import type { WarningCode } from "./warning-code.ts";

/** One fault of a declaration, a table or an option: a whole sentence that names what is at fault and says what to do. */
export interface Issue {
  /** Machine-readable kind, in kebab case: `unknown-column`, `negative-count`, `formula-syntax`. */
  readonly code: IssueCode;
  /** Where: `["random", "Subject"]`, `["response"]`, `["column", "size"]`. */
  readonly path: readonly string[];
  /** A whole sentence for a person. */
  readonly message: string;
}

/** A fault as data. */
export const issue = (code: IssueCode, path: readonly string[], message: string): Issue => ({ code, path, message });

/** Something doubtful about a fit that was nevertheless returned. */
export interface FitWarning {
  /** Machine-readable kind, in kebab case: `boundary`, `separation`, `laplace-inaccurate`, `divergent-transitions`. */
  readonly code: WarningCode;
  /** A whole sentence for a person. */
  readonly message: string;
}

/**
 * Thrown for bad input. Carries every fault found, not only the first.
 *
 * @example
 * try { model(table).formula("y ~ x + (1 | h)") .fit() } catch (error) {
 *   if (error instanceof DeclarationError) for (const issue of error.issues) console.log(issue.message);
 * }
 */
export class DeclarationError extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(
      issues.length === 1
        ? issues[0]!.message
        : `The declaration has ${issues.length} faults:\n${issues.map((issue, i) => `  ${i + 1}. ${issue.message}`).join("\n")}`,
    );
    this.name = "DeclarationError";
    this.issues = issues;
  }
}

/** One fault as an error. */
export const declarationFault = (fault: Issue): DeclarationError => new DeclarationError([fault]);

/** One fault as an error, from its parts. */
export const refusal = (code: IssueCode, path: readonly string[], message: string): DeclarationError =>
  declarationFault(issue(code, path, message));
