import { describe, expect, it } from "vitest";
import { DeclarationError, model } from "../../src/index.ts";

const n = 12;
const table = {
  y: Array.from({ length: n }, (_, i) => 3 + Math.sin(5 * i)),
  x: Array.from({ length: n }, (_, i) => (i * 5) % 7),
  g: Array.from({ length: n }, (_, i) => "abc"[i % 3]!),
};
const times = (column: "x" | "y", power: number) => ({
  ...table,
  [column]: table[column].map((value) => value * 10 ** power),
});
const messageOf = async (act: Promise<unknown>): Promise<string> => {
  try {
    await act;
    return "accepted";
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.issues.map(({ message }) => message).join(" ");
  }
};

describe("numbers whose squares are beyond double precision", () => {
  it.each([170, 300, -170, -300])("are refused as a response, 1e%i", async (power) => {
    for (const formula of ["y ~ x", "y ~ x + (1 | g)"])
      expect(await messageOf(model(times("y", power)).formula(formula).fit())).toMatch(
        /^y has values of up to 3\.91e.*, whose squares are beyond the range of double precision; give it in another unit\.$/,
      );
  });

  it.each([170, -170])("are refused as a covariate, a slope, a product and an offset, 1e%i", async (power) => {
    for (const formula of ["y ~ x", "y ~ 1 + (0 + x | g)", "y ~ g + g:x", "y ~ I(x * 1)"])
      expect(await messageOf(model(times("x", power)).formula(formula).fit())).toMatch(
        /x.* has values of up to 6\.00e/,
      );
    expect(await messageOf(model(times("x", power)).formula("y ~ 1 + offset(x)").fit())).toMatch(/^The offset has/);
  });

  it("are no fault next to larger ones, and units short of them change nothing", async () => {
    const few = { ...table, x: table.x.map((value, i) => (i === 3 ? 1e-200 : value)) };
    expect(await messageOf(model(few).formula("y ~ x").fit())).toBe("accepted");
    const plain = await model(table).formula("y ~ x + (1 | g)").fit();
    for (const power of [140, -140]) {
      const fit = await model(times("y", power)).formula("y ~ x + (1 | g)").fit();
      expect(fit.logLik + (n - 2) * power * Math.LN10).toBeCloseTo(plain.logLik, 8);
    }
  });
});
