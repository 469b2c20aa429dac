import { describe, expect, it } from "vitest";
import { textTable } from "../../src/report/text-table.ts";
import { visible, visibleLines } from "../../src/report/visible-text.ts";

describe("text for a terminal", () => {
  it("has controls, separators and marks of direction written out", () => {
    expect(visible("a\u001b[31mb\u0007\u009b\u2028\u202ec")).toBe("a\\x1b[31mb\\x07\\x9b\\u2028\\u202ec");
    expect(visible("a\r\n\tb")).toBe("a\\r\\n\\tb");
    expect(visible("é π 語 ~ (x | g)")).toBe("é π 語 ~ (x | g)");
    expect(visibleLines("one\u001b\ntwo")).toBe("one\\x1b\ntwo");
  });
  it("so does every cell and header of a table, which stays one line a row", () => {
    const lines = textTable([
      { header: "g\n", cells: ["a\nb", "c"], align: "left" },
      { header: "estimate", cells: ["1", "22"] },
    ]);
    expect(lines).toEqual(["g\\n   estimate", "a\\nb         1", "c           22"]);
  });
});
