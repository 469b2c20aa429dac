/** Where the search for the parameters of a residual structure begins, in what units it steps, and where it says there is nothing to find. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { model } from "../../src/model-builder.ts";

const lines = readFileSync(new URL("../fixtures/reference/Orthodont.csv", import.meta.url), "utf8")
  .trim()
  .split(/\r?\n/)
  .map((line) => line.replaceAll('"', "").split(","));
const column = (name: string) => lines.slice(1).map((line) => line[lines[0]!.indexOf(name)]!);
const orthodont = {
  distance: column("distance").map(Number),
  age: column("age").map(Number),
  Subject: column("Subject"),
};

describe("the search for a structure's parameters", () => {
  const times = (stretch: number) => orthodont.age.map((age) => age * stretch);
  const at = (correlation: string, stretch = 1) =>
    model({ ...orthodont, t: times(stretch) })
      .formula("distance ~ age")
      .residual({ correlation })
      .fit();
  const phi = (fit: Awaited<ReturnType<typeof at>>) => fit.tidy().find(({ term }) => /Phi/.test(term))!;

  it("leaves 0 where all lags are even, and the likelihood is level there", async () => {
    // ages 8, 10, 12, 14: the likelihood knows φ² only
    const unit = await at("corAR1(~ t | Subject)", 0.5);
    for (const kind of ["corAR1(~ t | Subject)", "corCAR1(~ t | Subject)", "corARMA(~ t | Subject, p = 1)"]) {
      const fit = await at(kind);
      expect(fit.logLik).toBeCloseTo(unit.logLik, 7);
      expect(phi(fit).estimate).toBeCloseTo(Math.sqrt(phi(unit).estimate), 4);
      expect(phi(fit).std_error! / (phi(unit).std_error! / (2 * phi(fit).estimate))).toBeCloseTo(1, 3);
    }
  });

  it("finds the same fit in seconds as in years", async () => {
    const year = 365 * 24 * 3600;
    const years = await at("corCAR1(~ t | Subject)");
    const seconds = await at("corCAR1(~ t | Subject)", year);
    expect(seconds.logLik).toBeCloseTo(years.logLik, 6);
    expect(Math.log(phi(seconds).estimate) * year).toBeCloseTo(Math.log(phi(years).estimate), 4);
    expect(phi(seconds).std_error! / (phi(years).std_error! / phi(years).estimate / year)).toBeCloseTo(1, 3);
    const expon = (stretch: number) =>
      model({ ...orthodont, t: times(stretch) })
        .formula("distance ~ age")
        .residual({ variance: "varExp(~ t)" })
        .fit();
    const of = (fit: Awaited<ReturnType<typeof expon>>) => fit.tidy().find(({ term }) => term === "varExp.expon")!;
    const [small, large] = [of(await expon(1)), of(await expon(1e6))];
    expect((large.estimate / small.estimate) * 1e6).toBeCloseTo(1, 4);
    expect((large.std_error! / small.std_error!) * 1e6).toBeCloseTo(1, 4);
  });

  it("says where there is nothing to find", async () => {
    const twice = model(orthodont).formula("distance ~ age + (1 | Subject)");
    for (const correlation of ["corCompSymm(~ 1 | Subject)", "corSymm(~ 1 | Subject)"]) {
      const { design } = twice.residual({ correlation }).compile();
      expect(design.warnings.map(({ code }) => code)).toContain("intercept-twice");
    }
    expect(twice.residual({ correlation: "corAR1(~ 1 | Subject)" }).compile().design.warnings).toEqual([]);
    const alone = await at("corExp(~ t, nugget = TRUE)");
    expect(alone.verdict.code).toBe("not identified");
    expect(alone.verdict.reason).toMatch(/corExp.nugget is estimated as 1: the residuals are not correlated/);
  });
});
