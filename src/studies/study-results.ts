/** The results of a study as whoever ran it gets them. */
import { type PerformanceOptions, performance } from "./performance.ts";
import type { ReplicateRow } from "./replicate-row.ts";
import type { Study, StudyResults } from "./study.ts";

export function studyResults(
  study: Pick<Study, "name" | "scenarios">,
  rows: readonly ReplicateRow[],
  stopped: Readonly<Record<string, number>> = {},
  notes: readonly string[] = [],
): StudyResults {
  return {
    study: study.name,
    rows,
    settings: Object.fromEntries(study.scenarios.map(({ name, settings }) => [name, settings])),
    stopped,
    notes,
    performance: (asked?: PerformanceOptions) => performance(rows, asked),
  };
}
