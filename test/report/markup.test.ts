import { describe, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { compare } from "../../src/compare/compare.ts";
import { confint } from "../../src/effects/confint.ts";
import { estimate } from "../../src/effects/estimate.ts";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { waldTest } from "../../src/frequentist/gee/wald-test.ts";
import { profile } from "../../src/frequentist/profile/profile.ts";
import { model } from "../../src/model-builder.ts";
import { parseCsv } from "../../src/node/csv.ts";
import { predict } from "../../src/prediction/predict.ts";
import { inMarkup, markupStyle } from "../../src/report/markup.ts";
import { tableOf } from "../../src/report/table-of.ts";
import { textTable } from "../../src/report/text-table.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const nasty = ["a|b", "*x*_y", '<b>&"', "50% $#{~^\\", "[a](b)", "- item", "1. one", "\u0001\n", "σ²", "`c`"];
const report = [
  markupStyle("Title <1>", "title"),
  ...textTable(
    [
      { header: "te|rm", cells: nasty, align: "left" },
      { header: "n", cells: nasty.map((_, i) => String(-i)) },
    ],
    markupStyle,
  ),
  "",
  "- one_line",
  "   and <another>",
].join("\n");

describe("a report in markup", () => {
  // what pandoc 2.17 reads back as the texts above
  it("is GitHub's Markdown", () => {
    expect(inMarkup(report, "markdown").split("\n")).toEqual([
      "**Title \\<1\\>**",
      "",
      "| te\\|rm | n |",
      "| :-- | --: |",
      "| a\\|b | 0 |",
      "| \\*x\\*\\_y | -1 |",
      '| \\<b\\>\\&" | -2 |',
      "| 50% \\$#{\\~^\\\\ | -3 |",
      "| \\[a\\](b) | -4 |",
      "| \\- item | -5 |",
      "| 1\\. one | -6 |",
      "| \\\\x01\\\\n | -7 |",
      "| σ² | -8 |",
      "| \\`c\\` | -9 |",
      "",
      "\\- one\\_line\\",
      "and \\<another\\>",
      "",
    ]);
  });
  it("is HTML", () => {
    const html = inMarkup(report, "html");
    expect(html).toContain("<p><strong>Title &lt;1&gt;</strong></p>");
    expect(html).toContain('<tr><td>&lt;b&gt;&amp;&quot;</td><td style="text-align: right">-2</td></tr>');
    expect(html).toContain("<p>- one_line<br>\nand &lt;another&gt;</p>");
  });
  it("is LaTeX", () => {
    const latex = inMarkup(report, "latex");
    expect(latex).toContain("\\begin{tabular}{lr}");
    expect(latex).toContain("50\\% \\$\\#\\{\\textasciitilde{}\\textasciicircum{}\\textbackslash{} & $-$3 \\\\");
    expect(latex).toContain("{[}a{]}(b) & $-$4 \\\\");
    expect(latex).toContain("\\ensuremath{\\sigma}\\textsuperscript{2} & $-$8");
  });
});

const n = 48;
const data = {
  g: Array.from({ length: n }, (_, i) => `g|${i % 8}`),
  x: Array.from({ length: n }, (_, i) => Math.sin(7 * i)),
  y: Array.from({ length: n }, (_, i) => 3 + Math.sin(7 * i) + 0.5 * Math.cos(i) + (i % 8)),
  win: Array.from({ length: n }, (_, i) => Number(Math.sin(5 * i) + 0.3 * (i % 8) > 1)),
};
const declared = model(data).formula("y ~ x + (1 | g)");
const fit = await declared.fit();
const bayes = await declared.sample(gibbs({ seed: 1, chains: 2, draws: 100, warmup: 50 }));
const equations = await model(data)
  .formula("win ~ x")
  .family(binomial())
  .fit(gee({ id: "g", correlation: exchangeable() }));

describe("whatever prints", () => {
  const results = {
    "a fit": fit,
    "a posterior": bayes,
    "estimating equations": equations,
    anova: anova(fit, { type: 3 }),
    compare: compare({ fit, bayes }),
    confint: confint(fit, { method: "wald" }),
    profile: profile(fit, { which: "x" }),
    estimate: estimate(fit, (p) => p["x"]! ** 2),
    intraclassCorrelation: intraclassCorrelation(fit),
    populationAverage: populationAverage(fit),
    predict: predict(fit),
    tableOf: tableOf(fit.tidy({ effects: ["fixed", "ran_vals"] })),
    "Wald's test": waldTest(equations, ["x"]),
  };
  for (const [name, result] of Object.entries(results)) {
    it(`has a table of the same numbers in every markup, and rows as CSV: ${name}`, () => {
      const [markdown, html, latex] = [result.toMarkdown(), result.toHTML(), result.toLaTeX()];
      // cells of the printed text, whatever stands between them
      const numbers = result.toString().match(/-?\d+\.\d{2,}/g)!;
      expect(numbers.length).toBeGreaterThan(0);
      for (const number of numbers) {
        expect(markdown).toContain(number);
        expect(html).toContain(number);
        expect(latex).toContain(number.replace("-", ""));
      }
      expect(markdown).toMatch(/^\| :?-/m);
      expect(html).toContain("</table>");
      expect(latex).toContain("\\end{tabular}");
      expect(markdown + html + latex).not.toMatch(/\p{Cc}(?<!\n)/u);
      const { names, columns } = parseCsv(result.toCSV());
      expect(names.some((column) => ["estimate", "p_value"].includes(column))).toBe(true);
      expect(columns[names[0]!]!.length).toBeGreaterThan(0);
    });
  }
  it("leaves results data: nothing that can be enumerated or cloned is added", () => {
    expect(Object.keys(confint(fit, { method: "wald" }))).toEqual(["method", "rows", "warnings"]);
  });
  it("are rows of any kind, or a fault", () => {
    const table = tableOf([
      { term: "a", p_value: 0.0001, size: 2, at: { x: 1 } },
      { term: "b", none: null },
    ]);
    expect(String(table)).toBe('term  p_value  size  at\na      <0.001     2  {"x":1}\nb');
    expect(() => tableOf(5 as never)).toThrow(/must be rows, as tidy\(\)/);
  });
  it("prints with the options of the summary", () => {
    expect(fit.toString({ ddf: "kenward-roger" })).toContain("Kenward and Roger");
    expect(() => fit.toString({ dff: "normal" } as never)).toThrow(/did you mean.*ddf/i);
  });
});
