import { describe, expect, test } from "vitest";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { ar1, gee } from "../../src/frequentist/gee/method.ts";
import { model } from "../../src/model-builder.ts";
import { parseCsv } from "../../src/node/csv.ts";
import { predict } from "../../src/prediction/predict.ts";

const y = [1, 2, 4, 3, 5, 4, 7, 6, 1.5, 2.5, 4.4, 3.2];
const cycled = <T>(values: readonly T[]): T[] => y.map((_, i) => values[i % values.length]!);
const csv = (columns: Record<string, readonly unknown[]>) => {
  const names = Object.keys(columns);
  return parseCsv([names.join(), ...y.map((_, i) => names.map((name) => columns[name]![i]).join())].join("\n")).columns;
};
const groups = async (id: readonly unknown[]) =>
  (await model({ id, y }).formula("y ~ 1 + (1 | id)").fit()).ranef().map(({ level }) => level);

const messagesOf = async (table: Record<string, unknown>, formula: string): Promise<string> => {
  try {
    await model(table as never)
      .formula(formula)
      .fit();
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("levels of numbers", () => {
  test.each<[string, readonly unknown[], readonly string[]]>([
    [
      "more digits than R compares",
      [1e15 + 1, 1e15 + 2, 1e15 + 3],
      ["1000000000000001", "1000000000000002", "1000000000000003"],
    ],
    ["BigInts beyond every double", [10n ** 400n, 10n ** 400n + 1n], [String(10n ** 400n), String(10n ** 400n + 1n)]],
    ["BigInts beyond a double", [2n ** 53n, 2n ** 53n + 1n], ["9007199254740992", "9007199254740993"]],
    ["texts with gaps", ["02", "NA", "2", "10"], ["02", "2", "10"]],
  ])("%s", async (_, id, levels) => expect(await groups(cycled(id))).toEqual(levels));
});

describe("texts that are read as infinite numbers", () => {
  const id = cycled(["Infinity", "1e999", "1e998", "-Inf", "2"]);

  test("are labels as levels, each its own", async () => {
    const fit = await model(csv({ y, id })).formula("y ~ 1 + (1 | id)").fit();
    expect(fit.ranef().map(({ level }) => level)).toEqual(["-Inf", "2", "1e998", "1e999", "Infinity"]);
    expect(fit.warnings.map(({ code }) => code)).not.toContain("one-number");
    const gaps = [...id.slice(0, -1), "NA"].filter((text) => !/Inf/.test(text as string));
    expect(await messagesOf({ y: y.slice(0, gaps.length), id: gaps }, "y ~ 1 + (1 | id)")).toBe("accepted");
  });

  test("are refused as numbers, and so are numbers that are infinite", async () => {
    expect(await messagesOf(csv({ y, id }), "y ~ id")).toMatch(/^The column id is Infinity in row 1/);
    const computed = cycled([1 / 0, 1, 2]);
    expect(await messagesOf({ y, id: computed }, "y ~ 1 + (1 | id)")).toMatch(/^The column id is Infinity in row 1/);
  });
});

test("texts of a file that become one by trimming blanks are told of in the notes, and quotes keep them", async () => {
  const named = (fields: readonly string[]) => ({ y, id: cycled(fields) });
  const notes = async (fields: readonly string[]) =>
    (
      await model(csv(named(fields)))
        .formula("y ~ id")
        .fit()
    ).warnings.map(({ message }) => message);
  const [note] = await notes(["a", "b ", "c", "a ", "b ", " c"]);
  expect(note).toMatch(/^The column id holds "a", "c" with and without blanks around them: .* each is one level\./);
  expect(await notes(["a", " b", "c", "a", " b", "c"])).toEqual([]);
  const quoted = await model(csv(named(["a", '"a "', "b"])))
    .formula("y ~ 1 + (1 | id)")
    .fit();
  expect(quoted.ranef().map(({ level }) => level)).toEqual(["a", "a ", "b"]);
});

test("numbers beyond 2⁵³, which JavaScript cannot tell apart, are a warning", async () => {
  const id = [12345678901234560, 12345678901234560, 12345678901234564, 12345678901234564, 5, 5];
  const fit = await model({ id, y: [1, 2, 3, 5, 4, 4.5] })
    .formula("y ~ 1 + (1 | id)")
    .fit();
  expect(fit.warnings.map(({ code }) => code)).toContain("unsafe-integers");
});

describe("a column of a file", () => {
  const table = csv({ y, x: cycled(["1.50", "2", "01"]), id: cycled(["1E5", "100000", "007", "2.0"]) });
  const declared = model(table).formula("y ~ x + (1 | id)");

  test("is numbers as a covariate and what was written as a factor, of which the notes tell", async () => {
    const fit = await declared.fit();
    const plain = await model({ y, x: cycled([1.5, 2, 1]), id: cycled(["d", "c", "b", "a"]) })
      .formula("y ~ x + (1 | id)")
      .fit();
    expect(fit.ranef().map(({ level }) => level)).toEqual(["2.0", "007", "100000", "1E5"]);
    expect(fit.logLik).toBeCloseTo(plain.logLik, 10);
    expect(fit.tidy().map(({ term }) => term)).toEqual(plain.tidy().map(({ term }) => term));
    expect(fit.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('The column id holds one number written in different ways ("1E5" and "100000")'),
    );
  });

  test("is found in new rows by its text, else by its number where that is one level", async () => {
    const fit = await declared.fit();
    const at = (id: unknown) => predict(fit, { newdata: { x: [1], id: [id] } });
    const effect = Object.fromEntries(fit.ranef().map(({ level, estimate }) => [level, estimate!]));
    const intercept = at("007").rows[0]!.estimate! - effect["007"]!;
    for (const [given, level] of [
      ["1E5", "1E5"],
      [100000, "100000"],
      [7, "007"],
      [7n, "007"],
      [2, "2.0"],
    ] as const)
      expect(at(given).rows[0]!.estimate! - intercept).toBeCloseTo(effect[level]!, 10);
    for (const unseen of ["7", "1e5", 8])
      expect(() => at(unseen)).toThrow(/has a level of "id" that the fit has not seen/);
    const written = predict(fit, { newdata: parseCsv("x,id\n1,7.0\n1,100000").columns });
    expect(written.rows[0]!.estimate! - intercept).toBeCloseTo(effect["007"]!, 10);
    expect(written.warnings[0]!.message).toMatch(/column id of the new rows .*"7\.0" for "007"/);
  });

  test("meets declared levels by its number, and levels that would merge are refused", async () => {
    const levels = async (given: readonly string[], dose: readonly string[]) =>
      (
        await model(csv({ y, dose: cycled(dose) }))
          .factor("dose", given)
          .formula("y ~ dose")
          .fit()
      )
        .tidy()
        .map(({ term }) => term);
    expect(await levels(["2", "1"], ["1.0", "2.0"])).toEqual(["(Intercept)", "dose1", "sd__Observation"]);
    await expect(levels(["1", "2"], ["1.0", "1", "2"])).rejects.toThrow(/holds "1\.0" in row 1, which is not among/);
  });

  test("is what was written in a fit that was saved", async () => {
    const loaded = await loadFit(JSON.parse(JSON.stringify(saveFit(await declared.fit()))));
    expect(predict(loaded as never, { newdata: { x: [1], id: ["007"] } }).rows[0]!.estimate).toBe(
      predict(await declared.fit(), { newdata: { x: [1], id: ["007"] } }).rows[0]!.estimate,
    );
  });
});

test("fractions that agree to 15 digits are one level, of which the notes tell", async () => {
  const fit = await model({ y, g: cycled([0.1 + 0.2, 0.3, 0.5]) })
    .formula("y ~ factor(g)")
    .fit();
  expect(fit.tidy().map(({ term }) => term)).toEqual(["(Intercept)", "factor(g)0.5", "sd__Observation"]);
  expect(fit.warnings[0]!.message).toMatch(/fractions that agree to 15 digits \(0\.30000000000000004 and 0\.3\)/);
});

describe("interactions", () => {
  const A = cycled(["a:b", "a", "a:b", "a"]);
  const B = y.map((_, i) => (i % 4 === 0 ? "c" : i % 4 === 1 ? "b:c" : "d"));
  const declared = model({ y, A, B }).formula("y ~ 1 + (1 | A:B)");

  test("of levels with colons keep apart, in their names and in new rows", async () => {
    const fit = await declared.fit();
    const levels = fit.ranef().map(({ level }) => level);
    expect(levels).toEqual(['a:"b:c"', "a:d", '"a:b":c', '"a:b":d']);
    const rows = predict(fit, { newdata: { A: ["a:b", "a"], B: ["c", "b:c"] } }).rows;
    expect(rows[0]!.estimate).toBeCloseTo(predict(fit).rows[0]!.estimate!, 12);
    expect(rows[1]!.estimate).toBeCloseTo(predict(fit).rows[1]!.estimate!, 12);
    expect(rows[0]!.estimate).not.toBeCloseTo(rows[1]!.estimate!, 3);
  });

  test("without rows in the fit are new levels", async () => {
    const fit = await declared.fit();
    const newdata = { A: ["a"], B: ["c"] };
    expect(() => predict(fit, { newdata })).toThrow(/a level of "A:B" that the fit has not seen/);
    expect(predict(fit, { newdata, newLevels: "zero" }).rows[0]!.estimate).toBeCloseTo(fit.tidy()[0]!.estimate, 12);
    expect(predict(fit, { newdata, newLevels: "new-group" }).rows[0]!.std_error).toBeGreaterThan(0);
  });
});

describe("estimating equations", () => {
  test("have the clusters that were written, and occasions that are numbers", async () => {
    const declared = (id: readonly string[], wave: readonly unknown[]) =>
      model(csv({ y, x: y.map((_, i) => (i * 5) % 7), id, wave })).formula("y ~ x");
    const id = y.map((_, i) => ["01", "1", "2", "3"][Math.floor(i / 3)]!);
    const method = gee({ id: "id", wave: "wave", correlation: ar1() });
    const fit = await declared(id, cycled(["1", "2.0", "03"])).fit(method);
    const plain = await declared(
      id.map((level) => `g${level}`),
      cycled([1, 2, 3]),
    ).fit(method);
    expect(fit.tidy().map(({ estimate }) => estimate)).toEqual(plain.tidy().map(({ estimate }) => estimate));
    expect(fit.warnings.map(({ code }) => code)).toContain("one-number");
  });
});
