import { beforeAll, describe, expect, it } from "vitest";
import { scoreTest } from "../../src/compare/score-test.ts";
import { bootstrap } from "../../src/effects/bootstrap/bootstrap.ts";
import { confint } from "../../src/effects/confint.ts";
import { estimate } from "../../src/effects/estimate.ts";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { laplace, pql } from "../../src/frequentist/method.ts";
import { profile } from "../../src/frequentist/profile/profile.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { summaryText } from "../../src/report/summary.ts";
import type { Task } from "../../src/samplers/executor.ts";
import { performTask } from "../../src/tasks/perform-task.ts";
import { exampleColumns, handMadePosterior } from "../prediction/hand-made-fits.ts";

const declare = async () =>
  model(await exampleColumns("cbpp"))
    .factor("period", ["1", "2", "3", "4"])
    .formula("incidence | trials(size) ~ period + (1 | herd)")
    .family(binomial());

let cbpp: MaximumLikelihood;
beforeAll(async () => {
  cbpp = await (await declare()).fit(laplace());
});

describe("confidence intervals", () => {
  it("are by profile unless another method is asked for, and of the parameters named", () => {
    const profiled = confint(cbpp, { which: ["period2", "herd sd__(Intercept)"] });
    expect(profiled.method).toBe("profile");
    expect(profiled.rows.map(({ term }) => term)).toEqual(["period2", "sd__(Intercept)"]);
    const [row] = profile(cbpp, { which: "period2" }).rows;
    expect(profiled.rows[0]).toEqual(row);
    const wald = confint(cbpp, { method: "wald", level: 0.9 });
    const tidied = cbpp.tidy({ confLevel: 0.9 });
    expect(wald.rows.map(({ conf_low }) => conf_low)).toEqual(tidied.map(({ conf_low }) => conf_low));
  });

  it("of REML fits are by the restricted likelihood, of coefficients by t, and by maximum likelihood where that is asked", async () => {
    const sleepstudy = await model(await exampleColumns("sleepstudy"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit();
    const which = ["Days", "Subject sd__Days"];
    const own = confint(sleepstudy, { which });
    const days = sleepstudy.tidy().find(({ term }) => term === "Days")!;
    expect(own.rows.map(({ ci }) => ci)).toEqual(["t", "restricted profile"]);
    expect(own.rows[0]).toMatchObject({ conf_low: days.conf_low, conf_high: days.conf_high });
    expect(own.toString()).toContain("restricted likelihood, of coefficients by t with Satterthwaite's");
    const asked = confint(sleepstudy, { which, method: "profile" });
    expect(asked.rows.map(({ ci }) => ci)).toEqual(["ml profile", "restricted profile"]);
    expect(asked.rows[1]).toEqual(own.rows[1]);
    const ml = confint(sleepstudy, { which, likelihood: "ml" });
    expect(ml.rows.map(({ ci }) => ci)).toEqual(["ml profile", "ml profile"]);
    expect(ml.rows[0]).toEqual(asked.rows[0]);
    // confint(lmer(Reaction ~ Days + (Days | Subject), sleepstudy)) of lme4 1.1-31
    expect(ml.rows[1]!.conf_high).toBeCloseTo(8.7533834, 2);
    const profiled = sleepstudy.tidy({ ci: "profile" }).filter(({ term }) => term === "Days" || term === "sd__Days");
    expect(profiled.map(({ conf_low }) => conf_low)).toEqual(asked.rows.map(({ conf_low }) => conf_low));
    expect(summaryText(sleepstudy, undefined, { ci: "profile" })).toContain("(of coefficients by maximum likelihood)");
    expect(() => confint(cbpp, { likelihood: "restricted" })).toThrow("The restricted likelihood is of REML fits");
    expect(() => confint(sleepstudy, { method: "wald", likelihood: "ml" })).toThrow("leave likelihood out");
  });

  it("are percentiles of a bootstrap, or quantiles of draws", () => {
    const options = { method: "bootstrap", draws: 20, seed: 3, which: "period2" } as const;
    const [row] = confint(cbpp, options).rows;
    expect(row!.conf_low).toBeLessThan(row!.conf_high!);
    expect(confint(cbpp, options).rows).toEqual([row]);
  });

  it("of a bootstrap are of the kind asked for, and a promise of the same numbers over an executor", async () => {
    const options = { method: "bootstrap", kind: "parametric", draws: 8, seed: 3, which: "period2" } as const;
    const found = confint(cbpp, options);
    expect(found.toString()).toContain("Percentiles of a parametric bootstrap");
    const { rows } = bootstrap(cbpp, { kind: "parametric", draws: 8, seed: 3 });
    expect(found.rows[0]).toMatchObject({ conf_low: rows[1]!.conf_low, conf_high: rows[1]!.conf_high });
    const twoThreads = {
      threads: 2,
      run: () => Promise.reject(),
      runTasks: async (tasks: Task[]) => tasks.map((task) => performTask(task as never, () => {})),
    };
    const long = await confint(cbpp, { ...options, executor: twoThreads as never });
    expect(long.rows).toEqual(found.rows);
    expect(() => confint(cbpp, { kind: "parametric" })).toThrow(
      'kind is of intervals by bootstrap, and these are of the method "profile"',
    );
  });

  it("of a response without noise are no profiles, which would be of rounding", async () => {
    const x = Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const exact = await model({ x, g: x.map((_, i) => i % 5), y: x.map((value) => 2 + 3 * value) })
      .formula("y ~ x + (1 | g)")
      .fit();
    expect(confint(exact).method).toBe("wald");
    for (const work of [
      () => confint(exact, { method: "profile" }),
      () => confint(exact, { likelihood: "ml" }),
      () => profile(exact),
      () => exact.tidy({ ci: "profile" }),
      () => scoreTest(exact, "(0 + x | g)"),
    ])
      expect(work).toThrow("residual variance of this fit is zero to rounding");
    expect(exact.tidy({ ci: "auto" })).toHaveLength(4);
  });

  it("are refused by sentences where a fit has none", async () => {
    const declared = await declare();
    const bySteps = await declared.fit(pql());
    const equations = await declared.formula("incidence | trials(size) ~ period").fit(gee({ id: "herd" }));
    expect(confint(bySteps).method).toBe("wald");
    expect(confint(equations).method).toBe("wald");
    expect(() => confint(bySteps, { method: "profile" })).toThrow("A profile needs a likelihood of all parameters");
    expect(() => confint(equations, { method: "profile" })).toThrow('no intervals of the method "profile"');
    expect(() => confint(cbpp, { method: "posterior" })).toThrow('no intervals of the method "posterior"');
    expect(() => confint(cbpp, { which: "perod2" })).toThrow('did you mean "period2"?');
    expect(() => confint(cbpp, { level: 0.9, confLevel: 0.9 })).toThrow("level");
  });
});

describe("tidy({ ci })", () => {
  it("has Wald intervals unless profiles are asked for, and profiles where Wald's are not to be trusted", async () => {
    const wald = cbpp.tidy();
    const profiled = cbpp.tidy({ ci: "profile" });
    const chosen = cbpp.tidy({ ci: "auto" });
    expect(wald.every(({ ci }) => ci === undefined)).toBe(true);
    expect(profiled.map(({ conf_low }) => conf_low)).toEqual(confint(cbpp).rows.map(({ conf_low }) => conf_low));
    expect(profiled.map(({ p_value }) => p_value)).toEqual(wald.map(({ p_value }) => p_value));
    // 15 herds: the error of log sd is 0.28
    expect(chosen.map(({ ci }) => ci)).toEqual([undefined, undefined, undefined, undefined, "profile"]);
    expect(chosen.slice(0, 4)).toEqual(wald.slice(0, 4));
    expect(summaryText(cbpp, undefined, { ci: "profile" })).toContain("Intervals: profile likelihood");
  });

  it("is refused where there is no likelihood", async () => {
    const equations = await (await declare()).formula("incidence | trials(size) ~ period").fit(gee({ id: "herd" }));
    expect(() => equations.tidy({ ci: "profile" })).toThrow("which only maximum-likelihood fits have");
    expect(equations.tidy({ ci: "wald" })).toEqual(equations.tidy());
  });
});

describe("a profile of an estimand", () => {
  it("is that of the parameter it is a function of", () => {
    const [sd] = profile(cbpp, { which: "herd sd__(Intercept)" }).rows;
    const share = (value: number) => value ** 2 / (value ** 2 + Math.PI ** 2 / 3);
    const icc = intraclassCorrelation(cbpp, { ci: "profile" })[0]!;
    expect(icc.conf_low).toBeCloseTo(share(sd!.conf_low!), 6);
    expect(icc.conf_high).toBeCloseTo(share(sd!.conf_high!), 6);
    const own = estimate(cbpp, (p) => share(p["sd__(Intercept)"]!), { method: "profile" }).rows[0]!;
    expect(own.conf_low).toBeCloseTo(icc.conf_low!, 6);
  });

  it("ends at 0 for a share and a variance that may be 0, and is open for the logarithm", async () => {
    const { columns } = await readColumns(new URL("../fixtures/profile/singular-slopes.csv", import.meta.url));
    const slopes = await model(columns).formula("y ~ x + (x || g)").fit();
    const [sd] = profile(slopes, { which: "g sd__x" }).rows;
    expect(sd!.conf_low).toBe(0);
    const [variance] = estimate(slopes, (p) => p["sd__x"]! ** 2, { method: "profile" }).rows;
    expect(variance!.conf_low).toBeCloseTo(0, 5);
    expect(variance!.conf_high).toBeCloseTo(sd!.conf_high! ** 2, 6);
    const [onLog] = estimate(slopes, (p) => p["sd__x"]! ** 2, { method: "profile", scale: "log" }).rows;
    expect(onLog!.conf_low).toBe(0);
    const batches = await model(
      (await readColumns(new URL("../fixtures/reference/Dyestuff2.csv", import.meta.url))).columns,
    )
      .formula("Yield ~ 1 + (1 | Batch)")
      .fit();
    const [icc] = intraclassCorrelation(batches, { ci: "profile" });
    expect(icc).toMatchObject({ estimate: 0, conf_low: 0 });
    // by uniroot() of the REML criterion of lme4 1.1-31 (devFunOnly = TRUE) at theta² = icc / (1 - icc)
    expect(icc!.conf_high).toBeCloseTo(0.31940433, 6);
    const byMl = await model(
      (await readColumns(new URL("../fixtures/reference/Dyestuff2.csv", import.meta.url))).columns,
    )
      .formula("Yield ~ 1 + (1 | Batch)")
      .fit("ml");
    // the same of the deviance
    expect(intraclassCorrelation(byMl, { ci: "profile" })[0]!.conf_high).toBeCloseTo(0.2484098, 6);
  });

  it("is of averages and contrasts: of a typical group a function of the coefficients", () => {
    const [coefficient] = profile(cbpp, { which: "(Intercept)" }).rows;
    const { rows, contrasts } = populationAverage(cbpp, {
      at: { period: ["1", "2"] },
      estimands: ["typical"],
      contrasts: "reference",
      ci: "profile",
    });
    expect(rows[0]!.conf_low).toBeCloseTo(1 / (1 + Math.exp(-coefficient!.conf_low!)), 6);
    const [ratio] = profile(cbpp, { which: "period2" }).rows;
    const odds = contrasts.find(({ measure }) => measure === "odds ratio")!;
    expect(odds.conf_low).toBeCloseTo(Math.exp(ratio!.conf_low!), 6);
    expect(odds.conf_high).toBeCloseTo(Math.exp(ratio!.conf_high!), 6);
  });

  it("is not of what depends on random effects", () => {
    const ask = () => populationAverage(cbpp, { at: { period: ["1"] }, estimands: ["conditional"], ci: "profile" });
    expect(ask).toThrow("A conditional average depends on the random effects");
  });
});

describe("a statistic of one's own", () => {
  it("has the error of the delta method, as a contrast of averages has", () => {
    const { contrasts } = populationAverage(cbpp, {
      at: { period: ["1", "2"] },
      estimands: ["population"],
      contrasts: "reference",
    });
    const ratio = contrasts.find(({ measure }) => measure === "ratio")!;
    const own = estimate(cbpp, (_, ask) => ask.average({ period: "2" }) / ask.average({ period: "1" }), {
      scale: "log",
      null: 1,
    }).rows[0]!;
    expect(own.estimate).toBeCloseTo(ratio.estimate!, 12);
    expect(own.std_error).toBeCloseTo(ratio.std_error!, 7);
    expect(own.conf_low).toBeCloseTo(ratio.conf_low!, 7);
    expect(own.p_value).toBeCloseTo(ratio.p_value!, 7);
  });

  it("is taken draw by draw, and refit by refit", () => {
    const posterior = handMadePosterior(
      cbpp.model,
      [[...cbpp.estimate], [...cbpp.estimate].map((value) => value + 0.1)],
      [],
    );
    const draws = estimate(posterior, (p) => p["period2"]! - p["period3"]!);
    expect(draws.rows[0]!.std_error).toBeCloseTo(0, 12);
    const boot = estimate(cbpp, (p) => ({ double: 2 * p["period2"]!, same: p["period2"]! }), {
      method: "bootstrap",
      draws: 20,
      seed: 3,
    });
    const [row] = confint(cbpp, { method: "bootstrap", draws: 20, seed: 3, which: "period2" }).rows;
    expect(boot.rows[1]!.conf_low).toBeCloseTo(row!.conf_low!, 10);
    expect(boot.rows[0]!.conf_high).toBeCloseTo(2 * row!.conf_high!, 10);
  });

  it("names parameters of the fit and gives numbers", () => {
    expect(() => estimate(cbpp, (p) => p["perod2"]!)).toThrow('did you mean "period2"?');
    expect(() => estimate(cbpp, () => Number.NaN)).toThrow("no finite number");
    expect(() => estimate(cbpp, () => ({}))).toThrow("must give a number");
  });
});
