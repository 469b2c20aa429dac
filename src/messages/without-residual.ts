/** Texts of models without a residual variance. */

import type { Issue } from "./issue.ts";
import type { IssueCode } from "./issue-code.ts";
import { listedWithAnd } from "./lists.ts";

const issue = (code: IssueCode, message: string): Issue => ({ code, path: ["dispersion"], message });

export const residualStands = (groups: readonly string[]): Issue =>
  issue(
    "no-residual",
    `.dispersion("~ 0") (--dispersion "~ 0") leaves no residual variance, and ${
      groups.length === 0
        ? "the model has no random effects"
        : `the random effects of ${listedWithAnd([...new Set(groups)])} do not tell the rows of a level apart`
    }, so that the likelihood has no value: add random effects that stand for the residual, as (1 | row) or us(0 + time | subject), or leave the dispersion out.`,
  );

export const noResidualBeside = (what: string): Issue =>
  issue(
    "no-residual",
    `.dispersion("~ 0") (--dispersion "~ 0") leaves no residual variance, on which ${what} could act: leave one of the two out.`,
  );

export const noResidualSampled = (): Issue =>
  issue(
    "no-residual",
    `A posterior without a residual variance is not sampled: leave .dispersion("~ 0") (--dispersion "~ 0") out, and the random effects that stand for the residual, or maximise the likelihood by .fit().`,
  );

export const emptyDispersion = (family: string, name: string): string =>
  `A predictor "~ 0" leaves the parameter ${name} of the family "${family}" at one value that nothing chose: give it an intercept, or an offset as "~ 0 + offset(z)"; only a Gaussian model can do without its residual variance.`;
