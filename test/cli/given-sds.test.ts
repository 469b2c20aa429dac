/** Given standard deviations on the command line. */
import { describe, expect, test } from "vitest";
import { runHere } from "./run-cli.ts";

const file = (name: string) => new URL(`../fixtures/reference/${name}.csv`, import.meta.url).pathname;

describe("fit", () => {
  test("takes them in the formula and by --sigma", async () => {
    const { status, stdout } = await runHere([
      ...["fit", file("Machines"), "--formula", "score ~ Machine + corh(0 + Machine | Worker, sd = c(4, 8, 4))"],
      ...["--sigma", "0.8", "--json"],
    ]);
    expect(status).toBe(0);
    const { tidy, glance } = JSON.parse(stdout) as {
      tidy: { term: string; estimate: number; std_error: number | null }[];
      glance: { logLik: number; sigma: number; df: number };
    };
    // glmmTMB with both held, see test/fixtures/covariance/given.R
    expect(glance.logLik).toBeCloseTo(-105.594919, 5);
    expect([glance.sigma, glance.df]).toEqual([0.8, 6]);
    expect(tidy.filter(({ term }) => term.startsWith("sd__"))).toMatchObject(
      [4, 8, 4, 0.8].map((estimate) => ({ estimate, std_error: null })),
    );
  });

  test.each(["0", "-1", "abc", ""])("refuses --sigma %s", async (value) => {
    const { status, stderr } = await runHere([
      ...["fit", file("Machines"), "--formula", "score ~ Machine", `--sigma=${value}`],
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain("The residual standard deviation must be a finite number above 0");
  });
});
