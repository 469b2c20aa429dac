import { describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { type ContrastKind, cellContrasts, levelContrasts, levelsOf } from "../../src/effects/contrasts.ts";
import { averagingGrid } from "../../src/effects/grid.ts";
import { mergeRows, tableAt } from "../../src/effects/grid-table.ts";
import { usedColumns } from "../../src/effects/used-columns.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";

const columns = {
  y: [1, 2, 3, 4, 5, 6],
  dose: [0, 1, 2, 0, 1, 2],
  arm: ["low", "high", "low", "high", "low", "high"],
  age: [30, 40, 50, 60, 70, 80],
  clinic: ["a", "a", "b", "b", "c", "c"],
  note: ["p", "q", "r", "s", "t", "u"],
};
const table = toTable(columns);
const spec = model(columns).formula("y ~ dose * arm + log(age) + (dose | clinic)").spec;
const all = Int32Array.of(0, 1, 2, 3, 4, 5);

const counted = (rows: Int32Array) => ({ rows, frequencyWeights: null });

describe("the grid of averages", () => {
  it("takes the values seen, in the model's order, and crosses them with the last column fastest", () => {
    const { columns: names, cells } = averagingGrid(spec, table, counted(all), ["arm", "dose"], {});
    expect(names).toEqual(["arm", "dose"]);
    expect(cells).toEqual([
      { arm: "high", dose: 0 },
      { arm: "high", dose: 1 },
      { arm: "high", dose: 2 },
      { arm: "low", dose: 0 },
      { arm: "low", dose: 1 },
      { arm: "low", dose: 2 },
    ]);
    const declared = { ...spec, factors: { arm: ["low", "high", "never"] } };
    expect(averagingGrid(declared, table, counted(all), ["arm"], {}).cells).toEqual([{ arm: "low" }, { arm: "high" }]);
  });

  it("takes only rows that the fit used", () => {
    expect(averagingGrid(spec, table, counted(Int32Array.of(0, 3)), ["age"], {}).cells).toEqual([
      { age: 30 },
      { age: 60 },
    ]);
  });

  it("takes numbers given as text, and one empty cell when nothing is named", () => {
    expect(averagingGrid(spec, table, counted(all), [], { dose: ["0.5", 3] }).cells).toEqual([
      { dose: 0.5 },
      { dose: 3 },
    ]);
    expect(averagingGrid(spec, table, counted(all), [], {})).toEqual({ columns: [], cells: [{}] });
  });

  it("takes a column of many numbers at five observed quantiles, but a grouping factor at every level", () => {
    const many = {
      y: new Array(101).fill(1),
      v: Array.from({ length: 101 }, (_, k) => 100 - k),
      g: Array.from({ length: 101 }, (_, k) => k),
    };
    const long = toTable(many);
    const rows = Int32Array.from({ length: 101 }, (_, k) => k);
    const longSpec = model(many).formula("y ~ v + (1 | g)").spec;
    expect(averagingGrid(longSpec, long, counted(rows), ["v"], {}).cells).toEqual(
      [0, 25, 50, 75, 100].map((v) => ({ v })),
    );
    expect(averagingGrid(longSpec, long, counted(rows), ["g"], {}).cells).toHaveLength(101);
  });

  it("names every fault at once", () => {
    let thrown: unknown;
    try {
      averagingGrid(spec, table, counted(all), ["dosage", "note", "arm"], {
        arm: ["low"],
        age: [],
        dose: ["much"],
        clinic: ["z"],
      });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DeclarationError);
    expect((thrown as DeclarationError).issues.map(({ code, path }) => [code, path[1]])).toEqual([
      ["unknown-column", "dosage"],
      ["column-not-in-model", "note"],
      ["column-twice", "arm"],
      ["no-values", "age"],
      ["not-a-number", "dose"],
      ["unknown-level", "clinic"],
    ]);
    expect((thrown as DeclarationError).message).toMatch(
      /"z" is no level of the column "clinic": its levels are "a", "b", "c"\./,
    );
  });

  it("knows which columns a mean depends on", () => {
    const used = usedColumns(spec);
    expect([...used.mean]).toEqual(["dose", "arm", "age"]);
    expect([...used.group]).toEqual(["clinic"]);
  });
});

describe("rows that agree", () => {
  it("are merged with their joint weight", () => {
    expect(mergeRows(table, all, ["dose"], null)).toEqual({
      rows: Int32Array.of(0, 1, 2),
      weights: Float64Array.of(1 / 3, 1 / 3, 1 / 3),
    });
    const weighted = mergeRows(table, all, ["dose"], Float64Array.of(1, 1, 1, 3, 1, 1));
    expect(Array.from(weighted.weights)).toEqual([0.5, 0.25, 0.25]);
    expect(mergeRows(table, all, [], null).rows).toEqual(Int32Array.of(0));
    expect(mergeRows(table, Int32Array.of(1, 4), ["dose", "arm"], null).rows).toEqual(Int32Array.of(1, 4));
  });

  it("keep their other columns where one is replaced", () => {
    const made = tableAt(table, Int32Array.of(4, 1), { dose: 9, arm: "low" });
    expect(made.rows).toBe(2);
    expect([...made.column("dose")!.values]).toEqual([9, 9]);
    expect(made.column("arm")!.values).toEqual(["low", "low"]);
    expect([...made.column("age")!.values]).toEqual([70, 40]);
  });
});

describe("pairs of a contrast", () => {
  const grid = averagingGrid(spec, table, counted(all), ["arm", "dose"], {});
  const contrastPairs = (_: typeof grid, column: string, kind: ContrastKind) =>
    cellContrasts(grid, [{ column, contrasts: levelContrasts(kind, levelsOf(grid, column)) }]).map(
      ({ cells, coefficients }) => {
        expect(coefficients).toEqual([1, -1]);
        return cells;
      },
    );
  it("compare levels of one column within the others", () => {
    expect(contrastPairs(grid, "dose", "reference")).toEqual([
      [1, 0],
      [2, 0],
      [4, 3],
      [5, 3],
    ]);
    expect(contrastPairs(grid, "dose", "sequential")).toEqual([
      [1, 0],
      [2, 1],
      [4, 3],
      [5, 4],
    ]);
    expect(contrastPairs(grid, "dose", "pairwise")).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [4, 3],
      [5, 3],
      [5, 4],
    ]);
    expect(contrastPairs(grid, "arm", "reference")).toEqual([
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
    expect(contrastPairs(grid, "arm", "none")).toEqual([]);
  });
});
