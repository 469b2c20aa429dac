/** First-order autoregressions of random effects in whole fits: against glmmTMB, nlme's gls and the residual structures here. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { agq, laplace, ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { corAR1, corExp } from "../../src/public/residual.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url).pathname;
interface Reference {
  readonly name: string;
  readonly logLik: number;
  readonly sd: number;
  readonly cor: number;
  readonly sigma?: number;
}
const { fits } = JSON.parse(readFileSync(fixture("covariance/autoregression.json"), "utf8")) as {
  fits: readonly Reference[];
};
const reference = (name: string): Reference => fits.find((fit) => fit.name === name)!;

type Columns = Record<string, (number | string)[]>;
const columns = async (name: string): Promise<Columns> => {
  const table = await readTable(fixture(`reference/${name}.csv`));
  return Object.fromEntries(table.columnNames().map((column) => [column, [...table.array(column)]])) as Columns;
};
const orthodont = await columns("Orthodont");
const epil = await columns("epil");
const where = (table: Columns, keep: (row: number) => boolean): Columns =>
  Object.fromEntries(Object.entries(table).map(([name, values]) => [name, values.filter((_, row) => keep(row))]));

interface Table {
  tidy(): { term: string; group: string | null; estimate: number }[];
}
const estimate = (fit: Table, term: RegExp, group: string | null = null): number =>
  fit.tidy().find((row) => term.test(row.term) && (group === null || row.group === group))!.estimate;

function expectReference(fit: Table & { logLik: number }, name: string): void {
  const expected = reference(name);
  expect(fit.logLik).toBeCloseTo(expected.logLik, 6);
  expect(estimate(fit, /^sd__/) / expected.sd).toBeCloseTo(1, 5);
  expect(estimate(fit, /^cor__/)).toBeCloseTo(expected.cor, 5);
  if (expected.sigma) expect(estimate(fit, /^sd__/, "Residual") / expected.sigma).toBeCloseTo(1, 5);
}

const growth = (structure = "ar1") =>
  model(orthodont).formula(`distance ~ age + ${structure}(0 + factor(age) | Subject)`);

describe("Gaussian models", () => {
  test("agree with glmmTMB by maximum likelihood and REML", async () => {
    expectReference(await growth().fit(ml()), "orthodont ml");
    const fit = await growth().fit();
    expect(fit.verdict.code).toBe("converged");
    expectReference(fit, "orthodont reml");
    const correlations = fit.tidy().filter(({ term }) => term.startsWith("cor__"));
    const [phi, square] = correlations.map((row) => row.estimate);
    expect(correlations.length).toBe(6);
    expect(square).toBeCloseTo(phi! ** 2, 12);
    expect(fit.df).toBe(5);
  });

  test("are the residual structures of gls where they stand for the residual", async () => {
    expectReference(await growth().dispersion("~ 0").fit(ml()), "gls ar1 ml");
    expectReference(await growth("hetar1").dispersion("~ 0").fit(), "gls hetar1 reml");
  });

  test("are an exponential correlation of residuals with a nugget", async () => {
    const fit = await growth().fit();
    const residual = await model(orthodont)
      .formula("distance ~ age")
      .residual({ correlation: corExp("age | Subject", { nugget: true }) })
      .fit();
    expect(fit.logLik).toBeCloseTo(residual.logLik, 7);
    // two years a step
    const range = estimate(residual, /range/);
    expect(estimate(fit, /^cor__/)).toBeCloseTo(Math.exp(-2 / range), 4);
  });

  test("declared levels without rows keep their place between the others", async () => {
    const some = where(orthodont, (row) => orthodont["age"]![row] !== 10);
    const table: Columns = { ...some, step: some["age"]!.map((age) => Number(age) / 2 - 4) };
    const named: Columns = { ...table, time: some["age"]!.map((age) => `t${age}`) };
    const fit = await model(named)
      .formula("distance ~ age + ar1(0 + time | Subject)")
      .factor("time", ["t8", "t10", "t12", "t14"])
      .dispersion("~ 0")
      .fit(ml());
    expect(fit.warnings.map(({ message }) => message).join()).toContain("keeps its place");
    const residual = await model(named)
      .formula("distance ~ age")
      .residual({ correlation: corAR1("step | Subject") })
      .fit(ml());
    expect(fit.logLik).toBeCloseTo(residual.logLik, 7);
    expect(estimate(fit, /^cor__timet8.timet10/)).toBeCloseTo(estimate(residual, /Phi/), 5);
    // and the effects there follow from their neighbours
    const between = fit.ranef().find(({ level, term }) => level === "M01" && term === "timet10")!;
    expect(Math.abs(between.estimate)).toBeGreaterThan(0.1);
  });

  test("levels that are numbers of uneven steps are taken as they come, with a warning", async () => {
    const some = where(orthodont, (row) => orthodont["age"]![row] !== 10);
    const fit = await model(some).formula("distance ~ age + ar1(0 + factor(age) | Subject)").fit();
    expect(fit.warnings.find(({ code }) => code === "uneven-levels")!.message).toContain("8, 12, 14");
  });
});

describe("other families", () => {
  test("Laplace's approximation agrees with glmmTMB", async () => {
    const fit = await model(epil)
      .formula("y ~ trt + age + ar1(0 + factor(period) | subject)")
      .family(poisson())
      .fit(laplace());
    const expected = reference("epil poisson");
    expect(fit.logLik).toBeCloseTo(expected.logLik, 5);
    expect(estimate(fit, /^sd__/)).toBeCloseTo(expected.sd, 3);
    expect(estimate(fit, /^cor__/)).toBeCloseTo(expected.cor, 4);
  });

  test("a correlation of 1 is a boundary, and is then a random intercept", async () => {
    const table: Columns = { ...epil, b: Array.from(epil["y"]!, (y) => Number(Number(y) > 4)) };
    const declared = (term: string) => model(table).formula(`b ~ trt + ${term}`).family(binomial());
    const fit = await declared("ar1(0 + factor(period) | subject)").fit(laplace());
    expect(fit.verdict.code).toBe("boundary");
    expect(estimate(fit, /^cor__/)).toBe(1);
    expect(fit.logLik).toBeCloseTo(reference("epil binary").logLik, 5);
    const intercept = await declared("(1 | subject)").fit(laplace());
    expect(fit.logLik).toBeCloseTo(intercept.logLik, 6);
  });

  test("of two levels are compound symmetry, by quadrature too", async () => {
    const two = where(epil, (row) => Number(epil["period"]![row]) <= 2);
    for (const method of [laplace(), agq(5)]) {
      const [ar1, homcs] = await Promise.all(
        ["ar1", "homcs"].map((structure) =>
          model(two).formula(`y ~ trt + ${structure}(0 + factor(period) | subject)`).family(poisson()).fit(method),
        ),
      );
      expect(ar1!.logLik).toBeCloseTo(homcs!.logLik, 6);
      expect(estimate(ar1!, /^cor__/)).toBeCloseTo(estimate(homcs!, /^cor__/), 4);
    }
  });
});

test("NUTS and Gibbs sampling agree", async () => {
  const declared = growth();
  const [hamiltonian, blocks] = await Promise.all([
    declared.sample(nuts({ chains: 2, warmup: 200, draws: 400, seed: "ar1" })),
    declared.sample(gibbs({ chains: 2, warmup: 300, draws: 2500, seed: "ar1" })),
  ]);
  for (const term of [/^sd__factor/, /^cor__/, /^age/]) {
    const [a, b] = [hamiltonian, blocks].map((fit) => fit.tidy().find((row) => term.test(row.term))!);
    const error = (row: NonNullable<typeof a>) => row.std_error! / Math.sqrt((row as { ess_bulk?: number }).ess_bulk!);
    expect((b as { ess_bulk?: number }).ess_bulk).toBeGreaterThan(100);
    expect(Math.abs(a!.estimate - b!.estimate)).toBeLessThan(5 * Math.hypot(error(a!), error(b!)));
  }
});

describe("declarations", () => {
  test("the builder, the formula and JSON say the same", () => {
    const formula = growth();
    const built = model(orthodont)
      .formula("distance ~ age")
      .random("Subject", "0 + factor(age)", { covariance: "ar1" });
    expect(built.spec).toEqual(formula.spec);
    expect(specFromJSON(JSON.parse(JSON.stringify(formula.spec)))).toEqual(formula.spec);
    expect(formula.describe()).toContain("b_Subject ~ N(0, Σ_Subject = σ²φ^|i − j|)");
  });

  test("a saved fit is the same again", async () => {
    const fit = await growth().fit();
    expect(loadFit(saveFit(fit)).tidy()).toEqual(fit.tidy());
  });

  test.each([
    ["ar1(age | Subject)", "without an intercept"],
    ["ar1(0 + age | Subject)", "age is numeric: make it a factor"],
    ["hetar1(0 + factor(age):Sex | Subject)", "levels of one factor"],
  ])("%s is refused with what to write", async (term, words) => {
    await expect(model(orthodont).formula(`distance ~ 1 + ${term}`).fit()).rejects.toThrow(words);
  });

  test("two levels in every row of their own cannot be told from the residual", async () => {
    const two = where(orthodont, (row) => Number(orthodont["age"]![row]) <= 10);
    await expect(model(two).formula("distance ~ 1 + ar1(0 + factor(age) | Subject)").fit()).rejects.toThrow(
      "cannot be told from the residual",
    );
  });
});
