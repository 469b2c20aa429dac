import { describe, expect, it } from "vitest";
import { formatColumn, formatNumber, formatPValue } from "../../src/report/format-number.ts";

describe("numbers as text", () => {
  it("share decimals in a column, enough for four digits of what is typical", () => {
    expect(formatColumn([1.23456, -0.5, 2])).toEqual(["1.235", "-0.500", "2.000"]);
    expect(formatColumn([0.0123456, 0.2])).toEqual(["0.0123", "0.2000"]);
    expect(formatColumn([251.405, 10.467])).toEqual(["251.4", "10.5"]);
  });
  it("are whole where all are", () => {
    expect(formatColumn([3, 180, 73421])).toEqual(["3", "180", "73421"]);
    expect(formatColumn([25_000_000, 3])).toEqual(["25000000", "3"]);
  });
  it("are scientific where plain decimals would hide them", () => {
    expect(formatColumn([1.5, 0.0000123])).toEqual(["1.500", "1.2e-5"]);
    expect(formatColumn([123456789.5])).toEqual(["1.2e+8"]);
    expect(formatNumber(0.00000012)).toBe("1.2e-7");
  });
  it("are never a negative zero, and say what they are not", () => {
    expect(formatColumn([-0, 1.5])).toEqual(["0.000", "1.500"]);
    expect(formatColumn([null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([
      "",
      "",
      "NaN",
      "Inf",
      "-Inf",
    ]);
    expect(formatColumn([])).toEqual([]);
  });
  it("have as many decimals as asked", () => {
    expect(formatColumn([1.23456, 2], 4, 1)).toEqual(["1.2", "2.0"]);
  });
  it("as p-values stop at 0.001", () => {
    expect([0.0499, 0.00099, 1, null, Number.NaN].map(formatPValue)).toEqual(["0.050", "<0.001", "1.000", "", "NaN"]);
  });
});
