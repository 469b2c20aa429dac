/** How far a study is, and how fast. */
import type { StudyProgress } from "./study.ts";
import type { Tally } from "./tally.ts";

/** @param earlier data sets that were done before this run */
export function progressOf(done: number, total: number, tally: Tally, began: number, earlier = 0): StudyProgress {
  const seconds = (performance.now() - began) / 1000;
  const perSecond = done > earlier && seconds > 0 ? (done - earlier) / seconds : null;
  return {
    done,
    total,
    failed: tally.failed,
    perSecond,
    secondsLeft: perSecond === null ? null : Math.max(0, total - done) / perSecond,
    mcse: tally.errors(),
  };
}
