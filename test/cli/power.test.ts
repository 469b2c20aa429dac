/** `marginalia power` against `power` of the same declaration, and its refusals. */
import { afterAll, describe, expect, it } from "vitest";
import { model } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";
import { power } from "../../src/public/studies.ts";
import { folderOf, runHere } from "./run-cli.ts";

const sleepstudy = new URL("../../examples/data/sleepstudy.csv", import.meta.url).pathname;
const pilot = [sleepstudy, "--formula", "Reaction ~ Days + (1 | Subject)", "--parameter", "Days=2"];
const folder = folderOf({
  "design.csv": `arm,g\n${Array.from({ length: 40 }, (_, i) => `${Math.floor(i / 4) % 2},g${Math.floor(i / 4)}`).join("\n")}\n`,
});
afterAll(() => folder.remove());

describe("marginalia power", () => {
  it("of a pilot is the library's, along sizes", async () => {
    const flags = ["--along", "Subject=6,9", "--replications", "10", "--seed", "s", "--json"];
    const { stdout, stderr, status } = await runHere(["power", ...pilot, ...flags]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const fit = await model(await readTable(sleepstudy))
      .formula("Reaction ~ Days + (1 | Subject)")
      .fit();
    const found = await power(fit.with({ Days: 2 }), { along: { Subject: [6, 9] }, replications: 10, seed: "s" });
    expect(JSON.parse(stdout).power).toEqual(JSON.parse(JSON.stringify(found.rows)));
  });

  it("of declared parameters needs no response", async () => {
    const given = ["(Intercept)=0", "arm=1", "sd:g.(Intercept)=0.5", "sigma=1"].flatMap((text) => [
      "--parameter",
      text,
    ]);
    const design = [`${folder.path}/design.csv`, "--formula", "y ~ arm + (1 | g)"];
    const found = await runHere([
      "power",
      ...design,
      ...given,
      "--solve",
      "g=6,60",
      "--by",
      "wald",
      "--replications",
      "60",
    ]);
    expect(found.stderr).toBe("");
    expect(found.stdout).toMatch(/Power 0\.8: g = \d+/);
    const missing = await runHere(["power", ...design, "--parameter", "arm=x", "--along", "g=1", "--solve", "g=2,3"]);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toMatch(/arm must be a number[\s\S]*not both|not both[\s\S]*arm must be a number/);
    const none = await runHere(["power", ...design, "--parameter", "arm=1"]);
    expect(none.stderr).toContain("have none");
  });
});
