import { describe, expect, it } from "vitest";
import { textTable } from "../../src/report/text-table.ts";

describe("text tables", () => {
  it("align columns by their widest cell, without spaces at line ends", () => {
    expect(
      textTable([
        { header: "term", cells: ["(Intercept)", "x"], align: "left" },
        { header: "estimate", cells: ["-1.5", "12.25"] },
        { header: "note", cells: ["", "µ"], align: "left" },
      ]),
    ).toEqual(["term         estimate  note", "(Intercept)      -1.5", "x               12.25  µ"]);
  });
  it("leave widths alone when styled", () => {
    const style = (text: string, role: string) => `<${role}>${text}</${role}>`;
    expect(
      textTable(
        [
          { header: "a", cells: ["long"], align: "left" },
          { header: "b", cells: ["1"] },
        ],
        style,
      ),
    ).toEqual(["<header>a</header>     <header>b</header>", "<label>long</label>  1"]);
  });
  it("print a header alone when there are no rows", () => {
    expect(textTable([{ header: "a", cells: [] }])).toEqual(["a"]);
    expect(textTable([])).toEqual([""]);
  });
});
