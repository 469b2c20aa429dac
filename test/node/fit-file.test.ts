import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { laplace } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readFit, writeFit } from "../../src/node/fit-file.ts";
import { readTable } from "../../src/node/read-csv.ts";

const folder = mkdtempSync(join(tmpdir(), "marginalia-fit-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("writeFit and readFit", () => {
  it("bring back the same tables and predictions", async () => {
    const sleepstudy = await readTable("examples/data/sleepstudy.csv");
    const cbpp = await readTable("examples/data/cbpp.csv");
    const fits = [
      await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit(),
      await model(cbpp)
        .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
        .family({ name: "binomial" })
        .fit(laplace()),
    ];
    for (const [i, fit] of fits.entries()) {
      const path = join(folder, `fit-${i}.json`);
      await writeFit(path, fit);
      const read = await readFit(path);
      if (read.kind !== "ml") throw new Error("The fit came back as a posterior.");
      expect(read.tidy()).toEqual(fit.tidy());
      expect(read.glance()).toEqual(fit.glance());
      const modes = fit.ranef();
      for (const [j, row] of read.ranef().entries()) {
        expect([row.level, row.term]).toEqual([modes[j]!.level, modes[j]!.term]);
        expect(row.estimate).toBeCloseTo(modes[j]!.estimate, 10);
        expect(row.std_error).toBeCloseTo(modes[j]!.std_error, 10);
      }
      const fitted = fit.fitted();
      for (const [j, value] of read.fitted().entries()) expect(value).toBeCloseTo(fitted[j]!, 8);
    }
  });

  it("say what is wrong with a file that holds no fit", async () => {
    const text = join(folder, "text.json");
    writeFileSync(text, "estimate,se\n");
    await expect(readFit(text)).rejects.toThrow("is not JSON, so it holds no saved fit");
    const other = join(folder, "other.json");
    writeFileSync(other, "{}");
    await expect(readFit(other)).rejects.toThrow("not a fit saved by this library");
    await expect(readFit(join(folder, "absent.json"))).rejects.toThrow(/^There is no file/);
    const fit = await model({ y: [1, 2, 4], x: [1, 2, 3] })
      .formula("y ~ x")
      .fit();
    await expect(writeFit(join(folder, "no", "such", "folder.json"), fit)).rejects.toThrow(
      /cannot be written \(ENOENT\)/,
    );
  });
});
