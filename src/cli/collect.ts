/** Gathering faults, so that all of them are reported at once. */
import { DeclarationError, type Issue } from "../messages/issue.ts";

/** What `make` returns, or undefined with its faults added to `issues`. Errors that are no fault of the input pass through. */
export function collect<T>(issues: Issue[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    addFaults(issues, error);
    return undefined;
  }
}

/** As `collect`, for a promise. */
export async function collectAsync<T>(issues: Issue[], make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    addFaults(issues, error);
    return undefined;
  }
}

/** Throws all faults together, each once, when there are any. */
export function throwFaults(issues: readonly Issue[]): void {
  const distinct = issues.filter((issue, i) => issues.findIndex(({ message }) => message === issue.message) === i);
  if (distinct.length > 0) throw new DeclarationError(distinct);
}

function addFaults(issues: Issue[], error: unknown): void {
  if (!(error instanceof DeclarationError)) throw error;
  issues.push(...error.issues);
}
