import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Adjustment } from "../../src/effects/adjust-contrasts.ts";
import type { PopulationAverageOptions } from "../../src/effects/population-average.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { laplace, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/adjust.json"), "utf8"));
const fitMachines = async () => {
  const { columns } = await readColumns(fixture("reference/Machines.csv"));
  return model(columns).formula("score ~ Machine + (1 | Worker/Machine)").fit(reml());
};
let fit: Awaited<ReturnType<typeof fitMachines>>;
beforeAll(async () => {
  fit = await fitMachines();
});
const contrasts = (options: PopulationAverageOptions) =>
  populationAverage(fit, { by: "Machine", contrasts: "pairwise", estimands: ["population"], ...options }).contrasts;
const near = (value: number | null, wanted: number, within: number) =>
  expect(Math.abs(value! - wanted)).toBeLessThan(within);

describe("contrasts adjusted for their number", () => {
  it.each([
    ["tukey", 1e-5],
    ["sidak", 1e-6],
    ["scheffe", 1e-6],
    ["fdr", 1e-6],
    ["mvt", 2e-4],
    ["dunnett", 1e-4],
  ] as const)("by %s are emmeans'", (adjust, within) => {
    const rows = contrasts({ adjust, ...(adjust === "dunnett" && { contrasts: "reference" }) });
    const wanted = reference.machines[adjust];
    expect(rows).toHaveLength(wanted.p.length);
    rows.forEach((row, k) => {
      near(row.p_value, wanted.p[k], within);
      // emmeans' quantile of the multivariate t is found to 1e-3 only
      near(row.conf_low, wanted.lower[k], adjust === "mvt" || adjust === "dunnett" ? 0.02 : 1e-3);
      near(row.conf_high, wanted.upper[k], adjust === "mvt" || adjust === "dunnett" ? 0.02 : 1e-3);
    });
  });

  it("are refused where they do not go with the contrasts, the intervals or the side", () => {
    const refused = (options: PopulationAverageOptions, fault: RegExp) =>
      expect(() => contrasts(options)).toThrow(fault);
    refused({ adjust: "dunnett" }, /contrasts with a reference/);
    refused({ adjust: "tukey", side: "greater" }, /of two-sided tests alone/);
    refused({ adjust: "mvt", ci: "profile" }, /by profile/);
    refused({ adjust: "dunett" as Adjustment }, /dunnett/);
  });
});

describe("contrasts against a margin", () => {
  it.each([
    ["equivalence", { delta: 9 }],
    ["noninferiority", { delta: 2, side: "noninferiority" }],
    ["nonsuperiority", { delta: 10, side: "nonsuperiority" }],
    ["greater", { side: "greater" }],
  ] as const)("are emmeans' tests of %s", (name, options) => {
    contrasts(options).forEach(({ statistic, p_value }, k) => {
      near(statistic, reference[name].t[k], 1e-6);
      near(p_value, reference[name].p[k], 1e-6);
    });
  });

  it("are adjusted on their side, with intervals open on the other", () => {
    contrasts({ delta: 2, side: "noninferiority", adjust: "mvt" }).forEach(({ p_value, conf_low, conf_high }, k) => {
      near(p_value, reference.mvtNoninferiority.p[k], 2e-4);
      near(conf_low, reference.mvtNoninferiority.lower[k], 0.02);
      expect(conf_high).toBeNull();
    });
    contrasts({ delta: 9, adjust: "sidak" }).forEach(({ p_value }, k) => {
      near(p_value, reference.sidakEquivalence.p[k], 1e-6);
    });
  });

  it("take bounds in the unit of the measure, and leave the others untested", async () => {
    const { columns } = await readColumns(fixture("reference/cbpp.csv"));
    const herds = await model(columns)
      .factor("period", ["1", "2", "3", "4"])
      .family({ name: "binomial" })
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .fit(laplace());
    const rows = populationAverage(herds, {
      by: "period",
      contrasts: "sequential",
      estimands: ["population"],
      equivalence: { lower: 0.5, upper: 2 },
    }).contrasts;
    for (const { measure, estimate, std_error, statistic } of rows) {
      if (measure === "difference") expect(statistic).toBeNull();
      else {
        const error = std_error! / estimate!;
        near(statistic, (Math.abs(Math.log(estimate!)) - Math.LN2) / error, 1e-8);
      }
    }
    expect(() => contrasts({ equivalence: { lower: 2, upper: 1 } })).toThrow(/lower is less than the upper/);
    expect(() => contrasts({ equivalence: { lower: -1, upper: 1 }, delta: 1 })).toThrow(/give one of them/);
    expect(() => contrasts({ side: "greater", contrasts: "none" })).toThrow(/there are none/);
  });
});
