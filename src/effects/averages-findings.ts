/** What is seen of averages and their contrasts while they are taken, as warnings in the end. */
import { emptyCells } from "../messages/averages.ts";
import {
  answeredByPrior,
  averageErrorsNotIdentified,
  averagesAtInfinity,
  averagesBeyondDoubles,
  averagesNotEstimable,
  averagesWithoutNoise,
} from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";

/** Averages and contrasts by their texts. */
class Named {
  readonly averages = new Set<string>();
  readonly contrasts = new Set<string>();

  add(contrast: boolean, text: string): void {
    (contrast ? this.contrasts : this.averages).add(text);
  }

  /** The warning about them; none where there are none. */
  warning(of: (averages: readonly string[], contrasts: readonly string[]) => FitWarning): FitWarning[] {
    return this.averages.size + this.contrasts.size > 0 ? [of([...this.averages], [...this.contrasts])] : [];
  }
}

export class AveragesFindings {
  /** Cells that there are no rows for. */
  readonly empty = new Set<string>();
  /** Cells whose averages are at the end of their range. */
  readonly ends = new Set<string>();
  readonly notEstimable = new Named();
  /** Errors that depend on a variance of which the data say nothing. */
  readonly moving = new Named();
  /** Values that are larger than a double can be. */
  readonly beyond = new Named();
  /** Errors that are rounding. */
  readonly exact = new Named();
  /** Whether a prior answers for what the data do not say. */
  prior = false;

  /** @param what is averaged, in words */
  warnings(what: string): FitWarning[] {
    return [
      ...(this.empty.size > 0 ? [emptyCells([...this.empty])] : []),
      ...(this.prior
        ? [answeredByPrior(what, [...this.notEstimable.averages])]
        : this.notEstimable.warning(averagesNotEstimable)),
      ...(this.ends.size > 0 ? [averagesAtInfinity([...this.ends])] : []),
      ...this.beyond.warning(averagesBeyondDoubles),
      ...this.moving.warning(averageErrorsNotIdentified),
      ...this.exact.warning(averagesWithoutNoise),
    ];
  }
}
