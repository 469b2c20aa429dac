import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { confint } from "../../src/effects/confint.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { waldTable } from "../../src/frequentist/wald-table.ts";
import { model } from "../../src/model-builder.ts";
import { summaryText } from "../../src/report/summary.ts";
import { printTidy, tidyText } from "../../src/report/tidy-text.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const n = 60;
const data = {
  g: Array.from({ length: n }, (_, i) => `g${i % 6}\u001b[2J\n`),
  x: Array.from({ length: n }, (_, i) => Math.sin(7 * i)),
  y: Array.from({ length: n }, (_, i) => 3 + Math.sin(7 * i) + 0.5 * Math.cos(i) + (i % 6)),
  win: Array.from({ length: n }, (_, i) => Number(Math.sin(5 * i) + 0.3 * (i % 6) > 1)),
};
const gaussian = model(data).formula("y ~ x + (1 | g)");
const fits = {
  ml: await gaussian.fit(),
  gee: await model(data)
    .formula("win ~ x")
    .family(binomial())
    .fit(gee({ id: "g", correlation: exchangeable() })),
  posterior: await gaussian.sample(gibbs({ seed: 1, chains: 2, draws: 200, warmup: 50 })),
};

describe("a fit", () => {
  for (const [kind, fit] of Object.entries(fits)) {
    it(`is its summary as text, in a template and in Node's console: ${kind}`, () => {
      const text = summaryText(fit);
      expect(String(fit)).toBe(text);
      expect(`${fit}`).toMatch(/^Formula: .* x/m);
      expect(inspect(fit)).toBe(text);
      expect(inspect({ a: { b: { c: fit } } }).length).toBeLessThan(120);
      expect(fit.toString((part, role) => (role === "title" ? `<${part}>` : part))).toMatch(/^<.*>$/m);
    });
    it(`says what to send when it is cloned: ${kind}`, () => {
      expect(() => structuredClone(fit)).toThrow(/cannot be cloned or posted: send what saveFit\(fit\) gives/);
    });
    it(`is saved by JSON.stringify: ${kind}`, () => {
      expect(fit.toJSON()).toEqual(saveFit(fit));
      const back = loadFit(JSON.stringify(fit));
      expect(back.kind).toBe(fit.kind);
      expect(back.tidy()).toEqual(fit.tidy());
      expect(JSON.stringify(back)).toBe(JSON.stringify(fit));
    });
  }
  it("prints rows as it prints itself", () => {
    const said: string[] = [];
    const log = console.log;
    console.log = (text: string) => said.push(text);
    try {
      printTidy(fits.ml.tidy());
      printTidy(fits.ml);
      fits.ml.print();
    } finally {
      console.log = log;
    }
    expect(said).toEqual([tidyText(fits.ml.tidy()), tidyText(fits.ml.tidy()), summaryText(fits.ml)]);
  });
  it("is written for documents with the options of print(), and refuses others", () => {
    const { ml } = fits;
    expect(ml.toMarkdown({ vcov: "CR2" })).toMatch(/robust errors CR2/);
    expect(ml.toHTML({ ddf: "normal" })).toMatch(/z tests|Fixed effects</);
    expect(ml.toHTML({ vcov: "CR2" })).not.toBe(ml.toHTML());
    expect(ml.toLaTeX({ confLevel: 0.5 })).not.toBe(ml.toLaTeX());
    expect(ml.toCSV({ vcov: "CR2" })).not.toBe(ml.toCSV());
    for (const name of ["toMarkdown", "toHTML", "toLaTeX", "toCSV"] as const)
      expect(() => ml[name]({ nonsense: 1 } as object)).toThrow(/no option nonsense/);
  });
  it("names robust errors in the heading of its intervals", () => {
    expect(confint(fits.ml, { vcov: "CR2" }).toString()).toMatch(
      /^Wald intervals, by standard errors CR2 of coefficients, by the model's of the others, level 0.95/,
    );
    expect(confint(fits.ml, { vcov: "CR2", which: ["x"] }).toString()).toMatch(/errors CR2, level 0.95/);
  });
  it("names no other errors beside robust ones where those are of all parameters", async () => {
    const wins = await model(data).formula("win ~ x + (1 | g)").family(binomial()).fit();
    expect(confint(wins, { vcov: "CR0" }).toString()).toMatch(/^Wald intervals, by standard errors CR0, level 0.95/);
  });
  it("lets no control character of a level or name through", async () => {
    const odd = { ...data, "a\u001b]0;b\n": data.x } as object as typeof data;
    const fit = await model(odd)
      .formula("y ~ `a\u001b]0;b\n` + (1 | g)" as string)
      .fit();
    const table = tidyText(fit.tidy({ effects: ["fixed", "ran_vals"] }));
    for (const text of [table, summaryText(fit)]) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(table.split("\n").length).toBe(1 + 2 + 6);
  });
});

describe("intervals of standard deviations", () => {
  it("begin at 0 at a boundary, and carry a note where they span more than a factor of 100", () => {
    const compiled = gaussian.compile();
    const rowAt = (sd: number, error: number) => {
      const V = new Float64Array(16);
      V[10] = error ** 2;
      const rows = waldTable(compiled, Float64Array.of(3, 1, sd, 0.5), V, null, 0.95);
      expect(rows.filter(({ term }) => term !== "sd__(Intercept)").every(({ note }) => note === undefined)).toBe(true);
      return rows.find(({ term }) => term === "sd__(Intercept)")!;
    };
    expect(rowAt(0, 0)).toMatchObject({ estimate: 0, std_error: null, conf_low: 0, conf_high: null });
    expect(rowAt(0.1, 0.1).note).toBeUndefined();
    const wide = rowAt(0.1, 0.2);
    expect(wide.conf_high! / wide.conf_low!).toBeCloseTo(Math.exp(4 * 1.959963984540054), 6);
    expect(wide.note).toMatch(/spans a factor of 2540/);
    expect(tidyText([wide])).toMatch(/^Note: g sd__\(Intercept\): its Wald interval/m);
  });
});
