/** Texts of power analyses. */
import type { FitWarning, Issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";
import { shown } from "./options.ts";

export const testWords = {
  wald: "Wald's test (normal, χ²)",
  satterthwaite: "Satterthwaite's t or F",
  "kenward-roger": "Kenward and Roger's t or F",
  lrt: "likelihood ratio",
} as const;

export const ownTest = "a test of one's own";

export const whichTest = (terms: readonly string[]): Issue => ({
  code: "bad-power",
  path: ["test"],
  message:
    terms.length === 0
      ? "The mean has no term whose power could be asked for."
      : `Say which test's power it is, by a coefficient or a term as { test: "${terms[0]}" }: the mean has ${listed(quoted(terms), 12)}.`,
});

export const noSuchTest = (name: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "bad-power",
  path: ["test"],
  message: `The mean has no coefficient and no term "${name}"${nearest === null ? "" : `; did you mean "${nearest}"?`}${nearest === null ? "; it" : " It"} has ${listed(quoted(known), 12)}.`,
});

export const ratioOfTerm = (name: string, terms: readonly string[]): Issue => ({
  code: "bad-power",
  path: ["test"],
  message: `A likelihood ratio leaves out a whole term, and "${name}" is one coefficient; the terms are ${listed(quoted(terms), 12)}.`,
});

export const needsLikelihood = "Power is of tests of fits by likelihood; give a test of your own as a function.";

export const noOwnPValue = (p: unknown): string =>
  `The test must return a p value, a number from 0 to 1, and it returned ${shown(p)}.`;

export const noPValue = (name: string): string => `The fit has no p value of "${name}".`;

export const curveAndRoot = (): Issue => ({
  code: "bad-power",
  path: ["solveFor"],
  message: "Give along, for the power at some sizes, or solveFor, for the size that has a power: not both.",
});

export const notABracket = (value: unknown): Issue => ({
  code: "bad-power",
  path: ["solveFor"],
  message: `solveFor takes one column with the least and the largest size, as { g: [10, 500] } or { within: { g: [2, 50] } }, and not ${shown(value)}.`,
});

export const notSizes = (value: unknown): Issue => ({
  code: "bad-power",
  path: ["along"],
  message: `along takes one column with the sizes, as { g: [10, 20, 40] } or { within: { g: [2, 5] } }, and not ${shown(value)}.`,
});

export const observedPower = (): FitWarning => ({
  code: "observed-power",
  message:
    "The true effect is the pilot's own estimate: power at an estimate says no more than its p value. Give the effect that matters, as power(fit.with({ trt: 0.4 })).",
});

export const beyondBracket = (target: number, size: string, end: "least" | "largest", at: number): FitWarning => ({
  code: "power-not-bracketed",
  message:
    end === "largest"
      ? `The power is below ${target} for ${size} up to ${at}: look further.`
      : `The power is above ${target} for ${size} from ${at} on: look lower.`,
});

export const failedTests = (failed: number, of: number, first: string): FitWarning => ({
  code: "power-failures",
  message: `${failed} of ${of} fits failed, and are counted neither as rejections nor as the contrary; with_failures counts them as no rejection. The first: ${first}`,
});
