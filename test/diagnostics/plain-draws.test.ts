/** Diagnostics of draws as a user may hold them: plain arrays, or what is none. */
import { expect, test } from "vitest";
import {
  essBulk,
  essByInterval,
  essByQuantile,
  essMean,
  essQuantile,
  essSd,
  essTail,
  mcseMean,
  mcseQuantile,
  mcseSd,
  psis,
  rhat,
} from "../../src/public/diagnostics.ts";

const plain = [1, 2].map((chain) => Array.from({ length: 40 }, (_, i) => Math.sin(37 * i + chain)));
const typed = plain.map((chain) => Float64Array.from(chain));
const quantile = <T>(of: (draws: readonly ArrayLike<number>[], p: number) => T) =>
  Object.defineProperty((draws: readonly ArrayLike<number>[]) => of(draws, 0.3), "name", { value: of.name });

test.each(
  [rhat, essBulk, essTail, essMean, essSd, mcseMean, mcseSd, quantile(essQuantile), quantile(mcseQuantile)].map(
    (of) => [of.name, of] as const,
  ),
)("%s takes plain arrays and refuses what is no chains", (name, of) => {
  expect(of(plain)).toBe(of(typed));
  expect(() => of("x" as never)).toThrow(`${name}() needs the draws of a quantity as a list of chains`);
  expect(() => of([[1, 2, 3], [1]])).toThrow("chains of one length, and these have 3, 1 draws");
});

test("ESS along the distribution takes plain arrays and refuses what cannot be", () => {
  expect(essByQuantile(plain)).toEqual(essByQuantile(typed));
  expect(essByInterval(plain)).toEqual(essByInterval(typed));
  expect(() => essByQuantile(["x"] as never)).toThrow("essByQuantile() needs the draws");
  expect(() => essByInterval(plain, 0)).toThrow("The number of intervals of essByInterval() must be a whole number");
  expect(() => essQuantile(plain, 2)).toThrow("The probability of essQuantile() must be a number from 0 to 1, not 2.");
});

test("psis takes plain arrays and refuses what is none", () => {
  expect(psis(plain[0]!)).toEqual(psis(typed[0]!));
  expect(() => psis("x" as never)).toThrow(
    'psis() needs the logarithms of importance ratios as an array of numbers, not "x"',
  );
});
