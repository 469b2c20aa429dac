import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folderOf, runHere } from "./run-cli.ts";

const folder = folderOf({ "target.csv": "recipe,people,rank\nA,3,1\nC,1,2\n" });
afterAll(() => folder.remove());
const cake = [
  "test/fixtures/small-sample/cake120.csv",
  "--formula",
  "angle ~ recipe * factor(temp) + (1 | recipe:replicate)",
];
const declared = [...cake, "--method", "reml"];
const ask = async (...flags: string[]) => {
  const { stdout, stderr, status } = await runHere(["average", ...declared, ...flags, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

describe("average", () => {
  it("weighs, compares and restricts as its flags say", async () => {
    const { average, contrasts } = await ask(
      ...["--by", "recipe", "--average-weights", "equal", "--compare", "reference", "--ref", "B"],
      ...["--measure", "difference"],
    );
    expect(average).toHaveLength(3);
    expect(contrasts.map(({ recipe }: { recipe: string }) => recipe)).toEqual(["A vs B", "C vs B"]);
    const own = await ask("--by", "recipe", "--average-weights", "equal", "--contrast", "A vs B=1,-1,0");
    expect(own.contrasts[0].recipe).toBe("A vs B");
    expect(own.contrasts[0].estimate).toBeCloseTo(contrasts[0].estimate, 10);
    const both = await ask(
      ...["--by", "recipe", "--by", "temp", "--compare", "pairwise,sequential"],
      ...["--compare-column", "recipe", "--compare-column", "temp"],
    );
    expect(both.contrasts).toHaveLength(15);
    expect(both.contrasts[0]).toMatchObject({ recipe: "B vs A", temp: "185 vs 175" });
  });

  it("averages over a target population of a file, and gives slopes", async () => {
    const path = join(folder.path, "target.csv");
    const { average } = await ask("--average-weights", path, "--target-share", "people");
    const each = (await ask("--by", "recipe")).average as { estimate: number }[];
    expect(average[0].estimate).toBeCloseTo(0.75 * each[0]!.estimate + 0.25 * each[2]!.estimate, 10);
    const { stdout } = await runHere([
      ...["average", cake[0]!, "--formula", "angle ~ temp + (1 | recipe:replicate)", "--method", "reml"],
      ...["--slopes", "temp", "--elasticity", "eydx", "--json"],
    ]);
    expect(JSON.parse(stdout).slopes[0].term).toBe("temp");
  });

  it("says what does not go together in flags", async () => {
    const fault = async (...flags: string[]) => (await runHere(["average", ...declared, ...flags])).stderr;
    expect(await fault("--average-weights", "equal", "--observed")).toMatch(
      /--observed .* and --average-weights equal/,
    );
    expect(await fault("--elasticity", "eyex")).toContain("--slopes COLUMN");
    expect(await fault("--contrast", "a=1,x")).toContain("'x' among its coefficients");
    expect(await fault("--by", "recipe", "--target-share", "n")).toContain("--average-weights FILE.csv");
    expect(await fault("--slopes", "recipe")).toContain('There is no slope in "recipe"');
  });
});
