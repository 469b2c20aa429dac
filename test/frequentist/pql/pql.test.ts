import { beforeAll, describe, expect, it } from "vitest";
import { anova } from "../../../src/compare/anova.ts";
import { loadFit, saveFit } from "../../../src/exchange/saved-fit.ts";
import { binomial } from "../../../src/families/binomial.ts";
import { Gamma } from "../../../src/families/gamma.ts";
import { gaussian } from "../../../src/families/gaussian.ts";
import { nbinom2 } from "../../../src/families/negative-binomial.ts";
import { poisson } from "../../../src/families/poisson.ts";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { ml, pql, reml } from "../../../src/frequentist/method.ts";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { type Model, model } from "../../../src/model-builder.ts";
import { readTable } from "../../../src/node/index.ts";
import { createRng } from "../../../src/random/rng.ts";
import { summaryText } from "../../../src/report/summary.ts";
import reference from "./penalised-quasi-likelihood.json" with { type: "json" };

const read = (name: string) => readTable(new URL(`../../fixtures/reference/${name}.csv`, import.meta.url).pathname);

async function declared(id: string): Promise<Model> {
  switch (id) {
    case "bacteria":
      return model(await read("bacteria"))
        .formula("y01 ~ trt + wk2 + (1 | ID)")
        .factor("trt", ["placebo", "drug", "drug+"])
        .family(binomial());
    case "epil":
      return model(await read("epil"))
        .formula("y ~ lbase * trt + lage + V4 + (1 | subject)")
        .family(poisson());
    case "cbpp":
      return model(await read("cbpp"))
        .formula("cbind(incidence, size - incidence) ~ period + (1 | herd)")
        .factor("period", [1, 2, 3, 4])
        .family(binomial({ link: "probit" }));
    case "sleepstudy":
      return model(await read("sleepstudy"))
        .formula("Reaction ~ Days + (Days | Subject)")
        .family(Gamma({ link: "log" }));
    default:
      return model(await read("grouseticks"))
        .formula("TICKS ~ YEAR + I((HEIGHT - 461.7990074) / 100) + (1 | LOCATION/BROOD)")
        .factor("YEAR", [95, 96, 97])
        .family(poisson());
  }
}

describe("penalised quasi-likelihood beside MASS::glmmPQL", () => {
  const fits = new Map<string, MaximumLikelihood>();
  beforeAll(async () => {
    for (const { id } of reference.cases) fits.set(id, await (await declared(id)).fit(pql()));
  });

  // glmmPQL stops when the squares of η change by 1e-6 of their sum, which leaves about a thousandth of a standard error
  it.each(reference.cases)("$id: $call", ({ id, fixed, se, sd }) => {
    const fit = fits.get(id)!;
    const rows = fit.tidy();
    const coefficients = rows.filter((row) => row.effect === "fixed");
    expect(coefficients).toHaveLength(se.length);
    Object.values(fixed).forEach((estimate, j) => {
      if (id === "grouseticks" && j === 0) return; // the height is centred there at the mean of the table to the last digit
      expect(Math.abs(coefficients[j]!.estimate - estimate) / se[j]!).toBeLessThan(2e-3);
      expect(coefficients[j]!.std_error! / se[j]! - 1).toBeCloseTo(0, 2.5);
    });
    const sds = rows.filter(({ term }) => term.startsWith("sd__")).map((row) => row.estimate);
    expect(sds).toHaveLength(sd.length);
    sd.forEach((value, k) => {
      expect(Math.abs(sds[k]! / value - 1)).toBeLessThan(2e-3);
    });
  });

  it("has no likelihood, says so, and is refused by anova", () => {
    const fit = fits.get("bacteria")!;
    expect(fit.glance()).toMatchObject({ logLik: null, AIC: null, BIC: null, deviance: null, df: 6, method: "PQL" });
    expect(fit.warnings.map(({ code }) => code)).toContain("pql-bias");
    expect(summaryText(fit)).toMatch(/is biased, .* towards zero, badly so for binary/);
    expect(() => anova({ one: fit, other: fits.get("epil")! })).toThrow(/maximises no likelihood/);
  });

  it("solves the quasi-score equations: X'(y − μ) = 0 for canonical links, conditional means included", () => {
    for (const id of ["bacteria", "epil"]) {
      const fit = fits.get(id)!;
      const { X, names } = fit.model.design.predictors[0]!;
      const residual = fit.residuals();
      const size = names.map((_, j) => residual.reduce((sum, r, i) => sum + Math.abs(X[i * names.length + j]! * r), 0));
      names.forEach((_, j) => {
        const score = residual.reduce((sum, r, i) => sum + X[i * names.length + j]! * r, 0);
        expect(Math.abs(score) / size[j]!).toBeLessThan(1e-6);
      });
    }
  });

  it("predicts, simulates, and survives JSON with its dispersion", () => {
    const fit = fits.get("bacteria")!;
    const loaded = loadFit(JSON.stringify(saveFit(fit))) as MaximumLikelihood;
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect(loaded.glance()).toEqual(fit.glance());
    expect(loaded.ranef()).toEqual(fit.ranef());
    expect(Array.from(fit.fitted()).every((p) => p > 0 && p < 1)).toBe(true);
  });
});

describe("penalised quasi-likelihood of other models", () => {
  it("is maximum likelihood for a linear model", async () => {
    const declaration = model(await read("sleepstudy"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .family(gaussian());
    const quasi = await declaration.fit(pql());
    const exact = await declaration.fit(ml());
    const pairs = quasi.tidy().map((row, k) => [row.estimate, exact.tidy()[k]!.estimate] as const);
    for (const [a, b] of pairs) expect(Math.abs(a / b - 1)).toBeLessThan(1e-5);
    expect(quasi.warnings).toEqual([]);
  });

  it("fits crossed random effects, with the bias it warns of", async () => {
    const declaration = model(await read("sim_crossed20"))
      .formula("cnt ~ x + (1 | a) + (1 | b)")
      .family(poisson());
    const fit = await declaration.fit(pql());
    expect(fit.verdict.code).toBe("converged");
    const score = fit.residuals().reduce((sum, r) => sum + r, 0);
    expect(Math.abs(score)).toBeLessThan(1e-4);
  });

  it("refuses what it cannot do in whole sentences", async () => {
    const table = await read("epil");
    const fault = async (attempt: Promise<unknown>) => {
      const error = await attempt.then(
        () => null,
        (reason) => reason as DeclarationError,
      );
      expect(error).toBeInstanceOf(DeclarationError);
      return error!.issues.map(({ message }) => message).join(" ");
    };
    const declaration = model(table).formula("y ~ trt + (1 | subject)");
    expect(await fault(declaration.family(nbinom2()).fit(pql()))).toMatch(/variance known up to a factor/);
    expect(await fault(declaration.family(poisson()).fit(pql(), { penalised: true }))).toMatch(
      /maximises no likelihood/,
    );
    expect(await fault(declaration.family(poisson()).fit(reml()))).toMatch(/restricted/i);
    expect(() => pql({ iterations: 0 })).toThrow(/whole number/);
    expect(() => pql({ tolerance: -1 })).toThrow(/finite number above 0/);
  });
});

it("ends at numbers where its iterations run away, with the verdict that says why", async () => {
  const table = { y: [0, 0, 1, 1, 0, 0], x: [0, 0, 2, 5, 0, 0], g: [..."aaaaad"] };
  const fit = await model(table).formula("y ~ x + (x | g)").family(binomial()).fit(pql());
  expect(fit.verdict.code).toBe("separation");
  expect(fit.estimate.every(Number.isFinite)).toBe(true);
  expect(fit.fitted().every(Number.isFinite)).toBe(true);
  expect(
    fit
      .tidy()
      .filter(({ effect }) => effect === "fixed")
      .map(({ std_error }) => std_error),
  ).toEqual([null, null]);
});

describe("an effect for each row", () => {
  const table = () => {
    const rng = createRng("rows");
    const data = { g: [] as string[], row: [] as string[], x: [] as number[], y: [] as number[] };
    const effects = Array.from({ length: 10 }, () => 0.5 * rng.normal());
    for (let i = 0; i < 80; i++) {
      const x = rng.normal();
      const mean = Math.exp(1.5 + 0.3 * x + effects[i % 10]! + 0.5 * rng.normal());
      data.g.push(`g${i % 10}`);
      data.row.push(`r${i}`);
      data.x.push(x);
      data.y.push(Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal())));
    }
    return data;
  };
  for (const formula of ["y ~ x + (1 | row)", "y ~ x + (1 | g) + (1 | row)"])
    it(`of ${formula} does not keep the iterations going in vain, and the verdict says why`, async () => {
      const fit = await model(table()).formula(formula).family(poisson()).fit(pql());
      // the iterations may settle; where they do not, the estimates are numbers still and the reason names the term
      for (const { estimate } of fit.tidy()) expect(Number.isFinite(estimate)).toBe(true);
      expect(fit.evaluations).toBeLessThanOrEqual(20);
      expect(fit.verdict.code).toBe("failed");
      expect(fit.verdict.reason).toContain("'row' has a level for each row");
    });
});

describe("few rows that the random effects explain to the last digit", () => {
  const cases = [
    {
      name: "a residual of zero, which is a maximum",
      table: { y: [2, 4, 3, 4, 3, 3, 3], x: [..."caababb"], g: [..."abdcadd"] },
      formula: "y ~ x + (x | g)",
      family: poisson(),
      code: "boundary",
    },
    {
      name: "working likelihoods that rise without end",
      table: {
        y: [0, 0, 1, 0, 1, 1, 0, 0, 0, 1],
        x: [..."ccbccabacb"],
        g: ["a", "b", "b", "c", "d", "e", "e", "c", "f", "h"],
      },
      formula: "y ~ x + (x | g)",
      family: poisson(),
      code: "failed",
    },
    {
      name: "an effect and a slope for each row",
      table: { y: [1.48, 1.63, 8.96, 0.92, 0.1, 9, 7.19], x: [-4, 0, 0, 3, 0, -2, 0], g: [..."abcdefg"] },
      formula: "y ~ x + (x | g)",
      family: Gamma({ link: "log" }),
      code: "boundary",
    },
    {
      name: "separation",
      table: { y: [0, 1, 1, 0, 1, 0, 1], g: [..."ddccabd"], h: [..."1341413"] },
      formula: "y ~ 1 + (1 | g) + (1 | h)",
      family: binomial(),
      code: "separation",
    },
  ];
  it.each(cases)("$name: $code after a bounded search", async ({ table, formula, family, code }) => {
    let evaluations = 0;
    const fit = await model(table as Record<string, number[] | string[]>)
      .formula(formula)
      .family(family)
      .fit(pql(), {
        onProgress: (progress) => {
          evaluations = progress.evaluations;
        },
      });
    expect(fit.verdict.code).toBe(code);
    // twenty to a hundred times as many where searches go on at the rounding of their criterion
    expect(evaluations).toBeLessThan(6000);
  });
});
