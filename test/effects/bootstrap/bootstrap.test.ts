/** Bootstraps of every kind: what they draw, what they say of it, and that they are a function of the seed alone. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toTable } from "../../../src/data/to-table.ts";
import { type BootstrapOptions, bootstrap } from "../../../src/effects/bootstrap/bootstrap.ts";
import type { RefittableFit } from "../../../src/effects/bootstrap-statistic.ts";
import { binomial } from "../../../src/families/binomial.ts";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { model } from "../../../src/model-builder.ts";
import type { Executor } from "../../../src/samplers/executor.ts";
import { performTask } from "../../../src/tasks/perform-task.ts";

function csv(name: string): Record<string, number[]> {
  const text = readFileSync(new URL(`../../../examples/data/${name}.csv`, import.meta.url), "utf8");
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const names = head!.split(",").map((cell) => cell.replaceAll('"', ""));
  const cells = lines.map((line) => line.split(",").map((cell) => Number(cell.replaceAll('"', ""))));
  return Object.fromEntries(names.map((column, k) => [column, cells.map((row) => row[k]!)]));
}

const sleepstudy = toTable(csv("sleepstudy"));
const reaction = await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit();
const byMl = await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit("ml");
const cbpp = toTable(csv("cbpp"));
const incidence = await model(cbpp)
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .factor("period", [1, 2, 3, 4])
  .family(binomial())
  .fit("laplace");

const errorsOf = (fit: RefittableFit, options: Omit<BootstrapOptions, "signal" | "onProgress" | "executor">) =>
  Object.fromEntries(bootstrap(fit, options).rows.map(({ term, std_error }) => [term, std_error!]));

/** Ratios of standard errors to others. */
const ratios = (found: Record<string, number>, wanted: Record<string, number>) =>
  Object.entries(wanted).map(([term, value]) => found[term]! / value);

const sentence = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof DeclarationError) return error.message;
    throw error;
  }
  return "";
};

describe("a parametric bootstrap", () => {
  // lme4 1.1-31: bootMer(lmer(Reaction ~ Days + (Days | Subject), sleepstudy), f, nsim = 1000, seed = 1), f of fixef and as.data.frame(VarCorr(m))$sdcor
  it("has the standard errors of bootMer", () => {
    const found = errorsOf(reaction, { kind: "parametric", draws: 300 });
    const wanted = {
      "(Intercept)": 6.792,
      Days: 1.542,
      "sd__(Intercept)": 6.027,
      sd__Days: 1.273,
      sd__Observation: 1.446,
    };
    for (const ratio of ratios(found, wanted)) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
  });

  it("is of the groups of the fit where their effects are held, as bootMer with use.u", () => {
    const found = errorsOf(reaction, { kind: "parametric", randomEffects: "fitted", draws: 300 });
    const wanted = { "(Intercept)": 3.71, Days: 0.657, "sd__(Intercept)": 4.07, sd__Observation: 1.55 };
    for (const ratio of ratios(found, wanted)) expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
  });

  it("refits what a whole refit finds", () => {
    for (const fit of [incidence, byMl]) {
      const { resamples } = bootstrap(fit, { kind: "parametric", draws: 20, seed: "same" });
      const simulated = fit.simulate({ draws: 20, seed: "same" });
      const size = fit.estimate.length;
      for (let b = 0; b < 20; b++) {
        const whole = (fit as MaximumLikelihood).refit(simulated.response(b)).estimate;
        resamples.replicates[b]!.forEach((value, i) => {
          expect(Math.abs(value - whole[i]!)).toBeLessThan(1e-3 * Math.sqrt(fit.covariance[i * (size + 1)]!) + 1e-9);
        });
      }
    }
  });
});

describe("a residual bootstrap", () => {
  // an own loop in R over lme4 1.1-31: ranef and resid centred, times chol(VarCorr) and the inverse of that of crossprod(u) / 18, sigma / sd; refit(); 1000 times
  it("has the standard errors of the algorithm written out over lme4", () => {
    const found = errorsOf(reaction, { kind: "residual", draws: 300 });
    const wanted = {
      "(Intercept)": 6.752,
      Days: 1.512,
      "sd__(Intercept)": 5.74,
      sd__Days: 1.177,
      sd__Observation: 2.92,
    };
    for (const ratio of ratios(found, wanted)) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
  });

  it("is of normal responses", () => {
    expect(sentence(() => bootstrap(incidence, { kind: "residual", draws: 2 }))).toContain("one normal distribution");
  });
});

/** Tasks as a worker does them, from structured clones. */
const cloning = (threads: number): Executor => ({
  threads,
  run: () => Promise.reject(new Error("no chains here")),
  runTasks: async (tasks, { onTask }) =>
    tasks.map((task, t) =>
      structuredClone(performTask(structuredClone(task) as never, (done, news) => onTask?.(t, done, news))),
    ),
});

describe.each(["parametric", "cluster", "nested", "residual", "weights"] as const)("a bootstrap of kind %s", (kind) => {
  it("is the same bits over any number of workers, and after it was stopped and resumed", async () => {
    const options = { kind, draws: 6, seed: "same bits" } as const;
    const whole = bootstrap(byMl, options);
    expect(whole.kept).toBe(6);
    for (const threads of [1, 2, 4]) {
      const other = await bootstrap(byMl, { ...options, executor: cloning(threads) });
      expect(other.replicates).toEqual(whole.replicates);
      expect(other.rows).toEqual(whole.rows);
    }
    const first = bootstrap(byMl, { ...options, draws: 3 });
    const record = JSON.parse(JSON.stringify(first.record)) as typeof first.record;
    expect(bootstrap(byMl, { ...options, resume: record }).replicates).toEqual(whole.replicates);
    expect(sentence(() => bootstrap(byMl, { ...options, seed: "others", resume: record }))).toContain("another seed");
  });
});

describe("what a bootstrap is asked", () => {
  it("has every interval, each a row of a quantity", () => {
    const interval = ["percentile", "basic", "studentised", "bca", "normal"] as const;
    const { rows, names, warnings } = bootstrap(incidence, { draws: 40, interval });
    expect(rows.map(({ method }) => method)).toEqual(interval.flatMap((method) => names.map(() => method)));
    for (const { estimate, conf_low, conf_high } of rows) {
      expect(conf_low!).toBeLessThan(estimate);
      expect(conf_high!).toBeGreaterThan(estimate);
    }
    expect(warnings.map(({ code }) => code)).toContain("bootstrap-few");
  });

  it("takes a statistic of parameters and averages", () => {
    const { rows } = bootstrap(byMl, {
      kind: "parametric",
      draws: 40,
      interval: "studentised",
      statistic: (p, ask) => ({ slope: p["Days"]!, difference: ask.average({ Days: 3 }) - ask.average({ Days: 2 }) }),
    });
    expect(rows[1]!.estimate).toBeCloseTo(rows[0]!.estimate, 8);
    expect(rows[1]!.std_error).toBeCloseTo(rows[0]!.std_error!, 8);
    // an error of a statistic in each refit is by the gradient of it
    const slope = bootstrap(byMl, { kind: "parametric", draws: 40, interval: "studentised" });
    const known = slope.rows.find(({ term }) => term === "Days")!;
    expect(rows[1]!.conf_low).toBeCloseTo(known.conf_low!, 4);
    expect(rows[1]!.conf_high).toBeCloseTo(known.conf_high!, 4);
  });

  it("refuses what a kind has no place for, by sentences", () => {
    expect(sentence(() => bootstrap(byMl, { within: "Days" }))).toContain("of the nested bootstrap");
    expect(sentence(() => bootstrap(byMl, { randomEffects: "fitted" }))).toContain("simulates no random effects");
    expect(sentence(() => bootstrap(byMl, { kind: "weights", interval: "studentised" }))).toContain(
      "no standard errors",
    );
    expect(sentence(() => bootstrap(byMl, { kind: "nested", within: "Days" }))).toContain("rows in several clusters");
    expect(bootstrap(reaction, { kind: "weights", draws: 2 }).warnings[0]!.code).toBe("bootstrap-not-restricted");
  });
});

describe("clusters that cut groups apart", () => {
  const crossed = toTable({
    subject: Array.from({ length: 24 }, (_, i) => Math.floor(i / 4)),
    item: Array.from({ length: 24 }, (_, i) => i % 4),
    y: Array.from({ length: 24 }, (_, i) => Math.sin(3 * i) + Math.cos(Math.floor(i / 4)) + Math.sin(i % 4)),
  });

  it("are refused, and of crossed factors the other one is said to stay as it is", async () => {
    const one = await model(crossed).formula("y ~ 1 + (1 | subject)").fit("ml");
    for (const kind of ["cluster", "nested", "weights"] as const)
      expect(sentence(() => bootstrap(one, { kind, cluster: "item", draws: 2 }))).toContain(
        "levels of subject have rows in several of them",
      );
    const both = await model(crossed).formula("y ~ 1 + (1 | subject) + (1 | item)").fit("ml");
    const { warnings, rows } = bootstrap(both, { cluster: "subject", draws: 1 });
    expect(warnings.map(({ code }) => code)).toContain("bootstrap-crossed");
    // one resample has no spread
    expect(rows[0]).toMatchObject({ std_error: null, conf_low: null, conf_high: null });
  });
});
