import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { model, predict } from "../../src/index.ts";

const g = Array.from({ length: 40 }, (_, i) => `g${i % 8}`);
const x = g.map((_, i) => i % 4);
const y = g.map((_, i) => 1 + 0.5 * (i % 4) + Math.cos(i % 8) + 0.1 * Math.sin(i * i));
const declared = model({ y, x, g }).formula("y ~ x + (1 | g)");

test("a prediction prints its first rows and stays data", async () => {
  const fit = await declared.fit();
  const one = fit.predict({ newdata: { x: [1], g: ["g2"] }, estimand: "typical" });
  expect(String(one).split("\n")).toEqual([
    "Predictions: type response, estimand typical",
    "",
    expect.stringMatching(/^row +estimate +std_error +conf_low +conf_high$/),
    expect.stringMatching(/^ +1( +-?\d\.\d+){4}$/),
  ]);
  const all = predict(fit, { se: false });
  const lines = all.toString().split("\n");
  expect(lines[2]).toMatch(/^row +estimate$/);
  expect(lines).toHaveLength(34);
  expect(lines.at(-1)).toBe("… and 10 more");
  const log = vi.spyOn(console, "log").mockReturnValue();
  all.print();
  expect(log).toHaveBeenCalledExactlyOnceWith(String(all));
  log.mockRestore();
  expect(structuredClone(all)).toEqual(all);
  expect(Object.keys(all)).toEqual(["estimand", "type", "rows", "warnings"]);
});

test("what cannot be predicted is printed without a number, with its reason", async () => {
  const fit = await declared.fit();
  const text = String(fit.predict({ newdata: { x: [1, null], g: ["g2", "g2"] }, estimand: "typical" }));
  expect(text).toMatch(/\n +2 *\n\nWarning: /);
});

test("a declaration prints what it says", () => {
  expect(String(declared)).toBe(`${declared.describe()}\nRows: 40`);
  expect(inspect(declared)).toBe(String(declared));
  expect(inspect({ deep: { deeper: [declared] } }, { depth: 1 })).not.toContain("Rows: 40");
  expect(String(model({ y }))).toContain("Rows: 40");
});
