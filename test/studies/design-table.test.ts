import { describe, expect, it } from "vitest";
import type { Table } from "../../src/data/table.ts";
import { model, simulate } from "../../src/index.ts";
import { designTable } from "../../src/studies/design-table.ts";

function values(table: Table, name: string): (number | string | null)[] {
  const column = table.column(name)!;
  return Array.from({ length: table.rows }, (_, row) => column.values[row] ?? null);
}

const countBy = (labels: readonly unknown[]): number[] => {
  const counts = new Map<unknown, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()];
};

describe("designTable()", () => {
  it("has groups of rows with a treatment between or within them, ready to be simulated", () => {
    const between = designTable({ g: 20, within: 5, treatment: "between" });
    expect(between.names).toEqual(["g", "time", "treatment"]);
    expect(countBy(values(between, "g"))).toEqual(new Array(20).fill(5));
    expect(values(between, "treatment").slice(0, 11)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0]);
    expect(values(designTable({ g: 2, within: 3, treatment: "within" }), "treatment")).toEqual([0, 1, 0, 0, 1, 0]);
    const declared = model(between).formula("y ~ treatment + (1 | g)");
    const parameters = { "(Intercept)": 0, treatment: 1, "sd__(Intercept)": 1, sigma: 1 };
    expect(simulate(declared, { parameters }).n).toBe(100);
  });

  it("nests, crosses, and takes sizes from lists and distributions, by seed", () => {
    const nested = designTable({
      school: 3,
      class: [2, 1, 2],
      within: { min: 2, max: 6 },
      treatment: { arm: "school" },
    });
    expect(new Set(values(nested, "class")).size).toBe(5);
    const sizes = countBy(values(nested, "class"));
    expect(sizes.every((size) => size >= 2 && size <= 6)).toBe(true);
    expect(new Set(values(nested, "school").map((school, row) => `${school}${values(nested, "arm")[row]}`)).size).toBe(
      3,
    );
    const crossed = designTable({
      subject: 4,
      item: 6,
      structure: "crossed",
      treatment: { type: { vary: "item", levels: ["a", "b"] } },
    });
    expect(crossed.rows).toBe(24);
    expect(values(crossed, "type").slice(0, 6)).toEqual(["a", "b", "a", "b", "a", "b"]);
    const poisson = (seed: number) => countBy(values(designTable({ g: 2000, within: { mean: 4 }, seed }), "g"));
    const mean = poisson(1).reduce((sum, size) => sum + size, 0) / 2000;
    expect(Math.abs(mean - 4)).toBeLessThan(4 * Math.sqrt(3 / 2000));
    expect(poisson(1)).toEqual(poisson(1));
    expect(poisson(1)).not.toEqual(poisson(2));
  });

  it("allocates at random in balance, and draws covariates of rows and of groups", () => {
    const table = designTable({
      g: 10,
      within: 3,
      treatment: { trt: { vary: "between", allocation: "random" } },
      covariates: { age: { normal: [50, 10], by: "g" }, x: { uniform: [2, 3] } },
    });
    expect(values(table, "trt").filter((trt) => trt === 1).length).toBe(15);
    expect(new Set(values(table, "age")).size).toBe(10);
    expect(new Set(values(table, "x")).size).toBe(30);
    expect(values(table, "x").every((x) => Number(x) >= 2 && Number(x) <= 3)).toBe(true);
  });

  it("loses rows by dropout and by chance", () => {
    const share = (table: Table, time: number) => values(table, "time").filter((t) => t === time).length / 4000;
    const hazard = designTable({ g: 4000, within: 4, dropout: { hazard: 0.2 } });
    expect(share(hazard, 0)).toBe(1);
    expect(Math.abs(share(hazard, 3) - 0.8 ** 3)).toBeLessThan(0.035);
    const weibull = designTable({ g: 4000, within: 5, dropout: { weibull: { proportion: 0.3, shape: 2 } } });
    expect(Math.abs(share(weibull, 4) - 0.7)).toBeLessThan(0.035);
    // S(t) = exp(log(0.7) (t/4)²)
    expect(Math.abs(share(weibull, 2) - 0.7 ** 0.25)).toBeLessThan(0.025);
    expect(Math.abs(designTable({ g: 1000, within: 4, missing: 0.1 }).rows / 4000 - 0.9)).toBeLessThan(0.02);
  });

  it("gives no two columns one name", () => {
    const design = { g: 20, within: 5, seed: 1 };
    for (const more of [
      { treatment: { g: "between" } },
      { treatment: { time: "between" } },
      { covariates: { g: { normal: [50, 1] } } },
      { treatment: { x: "between" }, covariates: { x: { uniform: [0, 1] } } },
    ] as const)
      expect(() => designTable({ ...design, ...more } as never)).toThrow(/two columns "(g|time|x)"/);
    expect(() => designTable({ ...design, covariates: { age: { normal: [50, -1] } } } as never)).toThrow("at least 0");
  });

  it("names everything that cannot be", () => {
    expect(() => designTable({ within: 5 })).toThrow("no grouping factor");
    expect(() => designTable({ g: 0, treatmnt: "between" } as never)).toThrow(/"g" must be[\s\S]*option "treatment"/);
    expect(() => designTable({ g: 4, within: 0.5, dropout: { hazard: 2 } })).toThrow(/within[\s\S]*dropout/);
    expect(() => designTable({ g: 4, treatment: { trt: "h" } })).toThrow('none of "between", "within", "g"');
    expect(() => designTable(3 as never)).toThrow("and not 3");
  });
});
