import { expect, it } from "vitest";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { model } from "../../src/model-builder.ts";
import { varIdent } from "../../src/public/residual.ts";
import { few } from "../fixtures/small-sample/few-rows.ts";

const fitted = async (unit: number, method: "ml" | "reml") =>
  (await model({ ...few, w: few.w.map((w) => w * unit) })
    .formula("y ~ A + x + (1 | g)")
    .weights("w")
    .fit(method)) as MaximumLikelihood;

for (const method of ["ml", "reml"] as const)
  it(`no number depends on the unit of the weights (${method})`, async () => {
    const usual = (await fitted(1, method)).tidy();
    for (const unit of [1e-9, 1e-6, 1e4, 1e8]) {
      const fit = await fitted(unit, method);
      fit.tidy().forEach((row, i) => {
        const factor = row.group === "Residual" ? Math.sqrt(unit) : 1;
        for (const name of ["estimate", "std_error", "conf_low", "conf_high"] as const)
          expect(row[name]! / factor / usual[i]![name]! - 1, `${unit} ${row.term} ${name}`).toBeCloseTo(0, 4);
        if (row.df !== undefined && row.df !== null) expect(row.df / usual[i]!.df! - 1).toBeCloseTo(0, 4);
      });
    }
  });

it("no likelihood does, but for its constant, and no residual structure", async () => {
  const logLik = async (unit: number) =>
    (
      (await model({ ...few, w: few.w.map((w) => w * unit) })
        .formula("y ~ A + x + (1 | g)")
        .weights("w")
        .residual({ variance: varIdent("A") })
        .fit("ml")) as MaximumLikelihood
    ).logLik;
  const usual = await logLik(1);
  // y has the density of √w (y − Xβ) / σ times √w
  for (const unit of [1e-8, 1e8]) expect(await logLik(unit)).toBeCloseTo(usual, 6);
});

it("one weight far from the others does not set the unit", async () => {
  const withFirst = (first: number) =>
    model({ ...few, w: few.w.map((w, i) => (i === 0 ? first : w)) })
      .formula("y ~ A + x + (1 | g)")
      .weights("w")
      .fit("reml");
  const small = (await withFirst(1e-20)).tidy();
  (await withFirst(1e-300)).tidy().forEach((row, i) => {
    expect(row.estimate).toBeCloseTo(small[i]!.estimate, 4);
  });
});
