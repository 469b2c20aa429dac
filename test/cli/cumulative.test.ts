import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runHere } from "./run-cli.ts";

const wine = fileURLToPath(new URL("../../examples/data/wine.csv", import.meta.url));
const declaration = ["--formula", "rating ~ temp + contact + (1 | judge)", "--family", "cumulative"];
const run = async (command: string, more: readonly string[]) => {
  const { status, stdout, stderr } = await runHere([command, wine, ...declaration, ...more, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
};
type Rows = { estimate: number; category?: string; estimand: string }[];

describe("--family cumulative", () => {
  it("fits, thresholds named by the categories beside them", async () => {
    const { tidy, glance } = await run("fit", ["--method", "agq:10"]);
    expect(tidy.map(({ term }: { term: string }) => term)).toEqual([
      "tempwarm",
      "contactyes",
      "sd__(Intercept)",
      "1|2",
      "2|3",
      "3|4",
      "4|5",
    ]);
    expect(glance.logLik).toBeCloseTo(-81.53246, 4);
  });

  it("takes the order of the categories from --factor", async () => {
    const reversed = ["--factor", "rating=5,4,3,2,1", "--method", "laplace"];
    const { tidy } = await run("fit", reversed);
    const forward = (await run("fit", ["--method", "laplace"])).tidy;
    const value = (rows: { term: string; estimate: number }[], term: string) =>
      rows.find((row) => row.term === term)!.estimate;
    expect(value(tidy, "tempwarm")).toBeCloseTo(-value(forward, "tempwarm"), 4);
    expect(value(tidy, "5|4")).toBeCloseTo(-value(forward, "4|5"), 4);
  });

  it("predicts probabilities, classes and scores", async () => {
    const ask = async (type: string): Promise<Rows> =>
      (await run("predict", ["--newdata", wine, "--estimand", "population", "--type", type, "--method", "laplace"]))
        .predict;
    const probabilities = await ask("response");
    const [scores, classes] = [await ask("score"), await ask("class")];
    expect(probabilities).toHaveLength(360);
    expect(scores).toHaveLength(72);
    scores.forEach(({ estimate }, i) => {
      const own = probabilities.slice(5 * i, 5 * i + 5);
      expect(own.map(({ category }) => category)).toEqual(["1", "2", "3", "4", "5"]);
      expect(estimate).toBeCloseTo(
        own.reduce((sum, p, k) => sum + (k + 1) * p.estimate, 0),
        10,
      );
      expect(classes[i]!.estimate).toBe(Math.max(...own.map((p) => p.estimate)));
    });
  });

  it("averages probabilities, or with --score the expected number of the category", async () => {
    const averages = (await run("average", ["--by", "temp", "--method", "laplace"])).average as Rows;
    const scores = (await run("average", ["--by", "temp", "--method", "laplace", "--score"])).average as Rows;
    expect(averages).toHaveLength(10);
    expect(scores).toHaveLength(2);
    scores.forEach(({ estimate }, c) => {
      const own = averages.slice(5 * c, 5 * c + 5);
      expect(estimate).toBeCloseTo(
        own.reduce((sum, p, k) => sum + (k + 1) * p.estimate, 0),
        10,
      );
    });
  });

  it("refuses what it cannot be asked, and exits with 2", async () => {
    const { status, stderr } = await runHere(["fit", wine, ...declaration, "--method", "reml"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Restricted maximum likelihood is defined here for Gaussian models only");
    const link = await runHere(["fit", wine, ...declaration, "--link", "cauchit"]);
    expect(link.status).toBe(2);
    expect(link.stderr).toContain("'logit' or 'probit' or 'cloglog' or 'loglog'");
  });
});
