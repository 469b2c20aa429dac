/** Texts of simulation studies. */
import type { Issue } from "./issue.ts";
import { listed, listedWithOr, quoted } from "./lists.ts";

export const unknownReference = (reference: string, methods: readonly string[]): Issue => ({
  code: "unknown-method",
  path: ["reference"],
  message: `The results have no method "${reference}" to compare with; they have ${listed(quoted(methods), 10)}.`,
});

export const noResults = (): Issue => ({
  code: "no-results",
  path: ["results"],
  message: "There are no results to summarise: the table has no rows.",
});

export const notResults = (columns: readonly string[]): Issue => ({
  code: "no-results",
  path: ["results"],
  message: `Results of a study are rows with the columns scenario, replicate, method, estimand, true_value, estimate, std_error, conf_low, conf_high, p_value and status; these have no ${listedWithOr(columns)}.`,
});

export const replicateTwice = (scenario: string, replicate: number, method: string, estimand: string): Issue => ({
  code: "replicate-twice",
  path: ["results", scenario],
  message: `Scenario ${scenario} has replicate ${replicate} of the method ${method} and the estimand ${estimand} more than once: a replicate is one row.`,
});
