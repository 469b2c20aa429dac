import { describe, expect, it } from "vitest";
import { formatFixed, formatRows, rowDecimals } from "../../src/report/row-decimals.ts";

describe("decimals by row", () => {
  it("are the table's where magnitudes are alike", () => {
    const rows = [
      { estimate: 251.405, std_error: 6.8246 },
      { estimate: 10.467, std_error: 1.5458 },
      { estimate: 3, std_error: 0.51 },
    ];
    expect(rowDecimals(rows)).toEqual([3, 3, 3]);
  });
  it("are a row's own where its error is of another magnitude, or its estimate where it has none", () => {
    const rows = [
      { estimate: 251.405, std_error: 6.8246 },
      { estimate: 10.467, std_error: 1.5458 },
      { estimate: -0.00123, std_error: 0.00213 },
      { estimate: 81234567.8, std_error: 12345.6 },
      { estimate: 0.000456, std_error: null },
      { estimate: 0, std_error: null },
    ];
    const decimals = rowDecimals(rows);
    expect(decimals).toEqual([3, 3, 6, 0, 7, 3]);
    expect(
      formatRows(
        rows.map(({ estimate }) => estimate),
        decimals,
      ),
    ).toEqual(["251.405", "10.467", "-0.001230", "81234568", "0.0004560", "0.000"]);
  });
  it("of numbers beyond plain decimals, at least as many digits as their error says", () => {
    expect(formatFixed(1.2344e-9, 12)).toBe("1.234e-9");
    expect(formatFixed(5, 12)).toBe("5.000000000000");
    expect(formatFixed(3e-9, 3)).toBe("3.0e-9");
    expect(formatFixed(1.23456789e13, 0)).toBe("1.2345678900000e+13");
    expect(formatFixed(null, 3)).toBe("");
    expect(formatFixed(Number.NaN, 3)).toBe("NaN");
    expect(formatFixed(Number.NEGATIVE_INFINITY, 3)).toBe("-Inf");
    expect(rowDecimals([])).toEqual([]);
    expect(rowDecimals([{ estimate: 2 }, { estimate: 40, std_error: null }])).toEqual([0, 0]);
  });
});
