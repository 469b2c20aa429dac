import { describe, expect, it } from "vitest";
import { model, type TableInput } from "../../src/index.ts";
import { normalCdf } from "../../src/special/distributions.ts";
import { extend } from "../../src/studies/extend.ts";
import { power } from "../../src/studies/power.ts";
import { rootOf } from "../../src/studies/size-for-power.ts";

/** Groups of 5 rows, the arm between groups. */
const design = (groups: number): TableInput => {
  const index = Array.from({ length: groups * 5 }, (_, i) => Math.floor(i / 5));
  return { arm: index.map((g) => g % 2), g: index.map((g) => `g${g}`) };
};
const mechanism = {
  model: model(design(20)).formula("y ~ arm + (1 | g)"),
  parameters: { "(Intercept)": 0, arm: 1, "sd__(Intercept)": 0.8, sigma: 1 },
};

describe("power()", () => {
  it("is that of the t test of group means in a balanced design", async () => {
    // R 4.2: power of t with G - 2 degrees of freedom, se = sqrt((0.64 + 1/5) * 4/G), by pt(qt(.975, G - 2), G - 2, ncp = 1/se)
    const exact = 0.6362;
    const found = await power(mechanism, { along: { g: [20] }, replications: 200, seed: 1 });
    const [row] = found.rows;
    expect(row).toMatchObject({ along: "g", size: 20, n: 200, failures: 0 });
    expect(Math.abs(row!.power! - exact)).toBeLessThan(3.5 * row!.mcse!);
    expect(String(found)).toContain("Satterthwaite");
    // the same data at the same size, whatever else is asked
    const more = await power(mechanism, { along: { g: [4, 20] }, replications: 15, seed: 1 });
    const again = await power(mechanism, { along: { g: [20] }, replications: 15, seed: 1 });
    expect(more.rows[1]).toEqual(again.rows[0]);
  });

  it("tests terms by likelihood ratio, and by functions", async () => {
    const ratio = await power(mechanism, { by: "lrt", replications: 20 });
    const own = await power(mechanism, {
      replications: 20,
      test: async (data) => {
        const full = await data.fit("ml");
        const chisq = 2 * (full.logLik - (await data.formula("y ~ 1 + (1 | g)").fit("ml")).logLik);
        return 2 * (1 - normalCdf(Math.sqrt(chisq)));
      },
    });
    expect(ratio.rows[0]!.rejections).toBe(own.rows[0]!.rejections);
  });

  it("takes nothing but p values from a test of one's own", async () => {
    for (const value of [Number.NaN, undefined, 2, true, -1, "0.01"]) {
      const { rows } = await power(mechanism, { test: () => value as number, replications: 3, seed: 1 });
      expect(rows[0], String(value)).toMatchObject({ n: 0, failures: 3 });
    }
  });

  it("counts failures apart, between two bounds", async () => {
    let calls = 0;
    const found = await power(mechanism, {
      replications: 10,
      test: () => {
        if (calls++ % 2 === 0) throw new Error("no fit");
        return 0;
      },
    });
    expect(found.rows[0]).toMatchObject({ power: 1, n: 5, failures: 5, with_failures: 0.5, failures_rejecting: 1 });
    expect(found.warnings[0]!.message).toContain("no fit");
  });

  it("finds the size that has a power, or says that there is none", async () => {
    // any sizes do for a test whose power is known: Φ(√n − 5) rejects at 0.8 from n = 34.1 on
    let rows = 0;
    const of = (replicate: number) => normalCdf(Math.sqrt(rows / 5) - 5) > (replicate * 0.618034) % 1;
    let calls = 0;
    const found = await power(mechanism, {
      solveFor: { g: [10, 200] },
      replications: 1500,
      test: (data) => {
        rows = data.table().rows;
        return of(calls++) ? 0 : 1;
      },
    });
    const { size, conf_low, conf_high } = found.solution!;
    expect(conf_low!).toBeLessThanOrEqual(35);
    expect(conf_high!).toBeGreaterThanOrEqual(34);
    expect(size!).toBeGreaterThan(31);
    expect(size!).toBeLessThan(38);
    const never = await power(mechanism, { solveFor: { g: [10, 20] }, replications: 50, test: () => 1 });
    expect(never.solution!.size).toBeNull();
    expect(never.warnings[0]!.message).toContain("up to 20");
    // tallies that lie on the line give its root
    const exact = [16, 25, 36, 49].map((size) => ({
      size,
      tested: 1e6,
      rejected: 1e6 * normalCdf(-3 + 0.7 * Math.sqrt(size)),
    }));
    expect(rootOf(exact, 0.9)!.root).toBeCloseTo((1.2815516 + 3) / 0.7, 4);
  });

  it("says what of a pilot is doubtful, and refuses what it cannot do", async () => {
    const pilot = await model({
      ...(design(8) as object),
      y: Array.from({ length: 40 }, (_, i) => Math.sin(i * i)),
    } as TableInput)
      .formula("y ~ arm + (1 | g)")
      .fit();
    const observed = await power(pilot, { replications: 3 });
    expect(observed.warnings[0]!.code).toBe("observed-power");
    expect((await power(extend(pilot.with({ arm: 2 }), { g: 12 }), { replications: 3 })).warnings).toEqual([]);
    await expect(power(mechanism, { test: "amr" })).rejects.toThrow('did you mean "arm"');
    await expect(power(mechanism, { along: { g: [0] } })).rejects.toThrow("one column with the sizes");
    await expect(power(mechanism, { solveFor: { g: [20, 10] } })).rejects.toThrow("least and the largest");
    await expect(power(mechanism, { along: { h: [10] } })).rejects.toThrow('no column "h"');
    await expect(power(3 as never)).rejects.toThrow("takes a fit");
  });
});
