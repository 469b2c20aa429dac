/** The cluster bootstrap of residual structures and nonlinear means, against a loop that resamples the table and declares the model on it. */
import { describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { clusterBootstrap } from "../../src/effects/cluster-bootstrap.ts";
import { binomial } from "../../src/families/binomial.ts";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { type FitMethod, laplace, lindstromBates, ml, pql } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng, type Rng } from "../../src/random/rng.ts";

type Columns = Record<string, number[]>;

/** Herds of a few animals, each with a short AR(1) series whose sd grows with v; rows shuffled. */
function herds(rng: Rng, count: number): Columns {
  const rows: Record<string, number>[] = [];
  for (let herd = 0; herd < count; herd++) {
    const effect = rng.normal();
    for (let animal = 0; animal < 2; animal++) {
      let e = rng.normal();
      for (let t = 1; t <= 3 + ((herd + animal) % 3); t++) {
        const [x, v] = [rng.normal(), 1 + rng.uniform()];
        e = 0.5 * e + Math.sqrt(0.75) * rng.normal();
        const y = 2 + 0.5 * x + effect + e * v;
        const hit = rng.uniform() < 1 / (1 + Math.exp(-x - effect)) ? 1 : 0;
        rows.push({ herd: 100 + herd, animal, id: 2 * herd + animal, t, x, v, y, hit, arm: (herd + t) % 2 });
      }
    }
  }
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(rng.uniform() * (i + 1));
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name]!)]));
}

/** The table of the picked herds, each copy with labels of its own. */
function resampled(columns: Columns, herds: readonly number[], picks: readonly number[]): Columns {
  const out: Columns = Object.fromEntries(Object.keys(columns).map((name) => [name, []]));
  picks.forEach((pick, copy) => {
    columns["herd"]!.forEach((herd, i) => {
      if (herd !== herds[pick]) return;
      for (const [name, values] of Object.entries(columns)) out[name]!.push(values[i]!);
      out["herd"]![out["herd"]!.length - 1] = copy;
      out["id"]![out["id"]!.length - 1] = 1000 * copy + columns["id"]![i]!;
    });
  });
  return out;
}

interface Case {
  readonly declare: (columns: Columns) => Model;
  readonly method: FitMethod;
  /** Largest difference of the estimates of the two ways of refitting, in standard errors of the original fit. */
  readonly within: number;
}

const on = (columns: Columns) => model(toTable(columns));
const cases: Record<string, Case> = {
  "AR(1) within animals nested in herds, with a variance function": {
    declare: (columns) =>
      on(columns).formula("y ~ x").residual({ variance: "varPower(~ v)", correlation: "corAR1(~ t | herd:animal)" }),
    method: ml(),
    within: 1e-3,
  },
  "groups labelled without their herd": {
    declare: (columns) => on(columns).formula("y ~ x").residual({ correlation: "corCompSymm(~ 1 | id)" }),
    method: ml(),
    within: 1e-3,
  },
  "correlation by occasions and strata of the variance": {
    declare: (columns) =>
      on(columns).formula("y ~ x").residual({ variance: "varIdent(~ 1 | arm)", correlation: "corSymm(~ t | id)" }),
    method: ml(),
    within: 5e-3,
  },
  "random effects of the herd beside the series of its animals": {
    declare: (columns) =>
      on(columns).formula("y ~ x + (1 | herd)").residual({ correlation: "corCAR1(~ t | herd:animal)" }),
    method: ml(),
    within: 1e-2,
  },
  "variances of the fitted values": {
    declare: (columns) => on(columns).formula("y ~ x").residual({ variance: "varExp(~ fitted(.))" }),
    method: ml(),
    within: 1e-2,
  },
  "a nonlinear mean by Laplace": {
    declare: (columns) =>
      on(columns)
        .response("y")
        .mean("a + b * exp(x / 4)", { parameters: { a: "~ 1 + (1 | herd)", b: "~ 1" }, start: { a: 0, b: 2 } }),
    method: laplace(),
    within: 1e-3,
  },
  "a nonlinear mean by Lindstrom-Bates": {
    declare: (columns) =>
      on(columns)
        .response("y")
        .mean("a + b * exp(x / 4)", { parameters: { a: "~ 1 + (1 | herd)", b: "~ 1" }, start: { a: 0, b: 2 } }),
    method: lindstromBates(),
    within: 1e-3,
  },
  "penalised quasi-likelihood": {
    declare: (columns) => on(columns).formula("hit ~ x + (1 | herd)").family(binomial()),
    method: pql(),
    within: 1e-3,
  },
};

describe.each(Object.entries(cases))("%s", (_, { declare, method, within }) => {
  it("refits what a loop over the resampled table fits", () => {
    const columns = herds(createRng("herds"), 25);
    const fit = fitModel(declare(columns).compile(), method);
    const names: string[] = [];
    const statistic = (one: typeof fit) => {
      const rows = one.tidy();
      names.splice(0, names.length, ...rows.map(({ term }) => term));
      return Object.fromEntries(rows.map(({ term, estimate }) => [term, estimate]));
    };
    const resamples = 4;
    const seed = "by hand";
    const boot = clusterBootstrap(fit, {
      resamples,
      seed,
      cluster: "herd",
      statistic: (one) => statistic(one as typeof fit),
    });
    expect(boot.failures).toEqual([]);
    // clusters are numbered as they appear
    const levels = [...new Set(columns["herd"])];
    expect(boot.clusters).toBe(levels.length);
    const errors = fit.tidy().map(({ std_error }) => std_error!);
    for (let b = 1; b <= resamples; b++) {
      const stream = createRng(seed).fork(`resample ${b}`);
      const picks = levels.map(() => Math.floor(stream.uniform() * levels.length));
      expect(new Set(picks).size).toBeLessThan(levels.length);
      const again = statistic(fitModel(declare(resampled(columns, levels, picks)).compile(), method));
      names.forEach((name, j) => {
        const found = boot.replicates[(b - 1) * names.length + j]!;
        expect(Math.abs(found - again[name]!)).toBeLessThan(within * errors[j]!);
      });
      // a duplicated cluster is no second helping of one series: the statistics do move
      expect(Math.abs(again[names[1]!]! - fit.tidy()[1]!.estimate)).toBeGreaterThan(1e-3 * errors[1]!);
    }
  });
});

describe("what it is for", () => {
  it("gives the standard errors of a right model, and those a wrong one does not", () => {
    const columns = herds(createRng("right"), 80);
    const declared = on(columns).formula("y ~ x + (1 | herd)").residual({ correlation: "corAR1(~ t | id)" });
    const right = fitModel(declared.compile(), ml());
    const boot = clusterBootstrap(right, { resamples: 100, seed: "right" });
    right.tidy({ effects: ["fixed"] }).forEach(({ std_error }, j) => {
      // a standard deviation over 100 resamples is known to 7 %
      expect(boot.rows[j]!.std_error / std_error!).toBeGreaterThan(0.75);
      expect(boot.rows[j]!.std_error / std_error!).toBeLessThan(1.3);
    });
    // without the herds the error of the intercept is far too small
    const naive = fitModel(on(columns).formula("y ~ x").residual({ variance: "varExp(~ v)" }).compile(), ml());
    const robust = clusterBootstrap(naive, { resamples: 100, seed: "naive", cluster: "herd" });
    const reported = naive.tidy()[0]!.std_error!;
    expect(robust.rows[0]!.std_error / reported).toBeGreaterThan(1.5);
    expect(robust.rows[0]!.std_error / right.tidy()[0]!.std_error!).toBeLessThan(1.35);
  });

  it("covers the truth about as often as it says", () => {
    const sets = 40;
    let covered = 0;
    for (let s = 0; s < sets; s++) {
      const fit = fitModel(
        on(herds(createRng(`coverage ${s}`), 25))
          .formula("y ~ x")
          .residual({ correlation: "corAR1(~ t | id)" })
          .compile(),
        ml(),
      );
      const { normal_low, normal_high } = clusterBootstrap(fit, { resamples: 40, seed: s, cluster: "herd" }).rows[0]!;
      if (normal_low <= 2 && 2 <= normal_high) covered++;
    }
    // 0.95 of 40 is 38; fewer than 33 would happen once in 300 times, and the intervals of the fit itself cover about 0.8
    expect(covered).toBeGreaterThanOrEqual(33);
  });
});

describe("its clusters", () => {
  const columns = herds(createRng("clusters"), 12);
  const series = (correlation: string) => fitModel(on(columns).formula("y ~ x").residual({ correlation }).compile());

  it("are the groups of the correlation where there are no random effects", () => {
    expect(clusterBootstrap(series("corAR1(~ t | id)"), { resamples: 2, seed: 1 }).clusters).toBe(24);
  });

  it("must hold correlated rows whole", () => {
    const across = () =>
      clusterBootstrap(series("corAR1(~ t | herd:animal)"), { resamples: 2, seed: 1, cluster: "arm" });
    expect(across).toThrow(DeclarationError);
    expect(across).toThrow(/corAR1\(\) correlates rows of different clusters.*coarser one/);
    const whole = () => clusterBootstrap(series("corExp(~ x + v)"), { resamples: 2, seed: 1, cluster: "herd" });
    expect(whole).toThrow(/correlates all rows as one series, which cannot be cut into clusters/);
  });

  it("that leave a stratum of the variance without rows are a failure with its reason", () => {
    const rare = { ...columns, arm: columns["herd"]!.map((herd) => (herd === 100 ? 1 : 0)) };
    const fit = fitModel(on(rare).formula("y ~ x").residual({ variance: "varIdent(~ 1 | arm)" }).compile());
    const boot = clusterBootstrap(fit, { resamples: 20, seed: 1, cluster: "herd" });
    expect(boot.failures.length).toBeGreaterThan(2);
    expect(boot.failures.length + boot.kept).toBe(20);
    for (const { reason } of boot.failures) expect(reason).toContain("No row of the resample is of 1");
  });
});
