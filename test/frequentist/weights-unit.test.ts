import { expect, it } from "vitest";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { model } from "../../src/model-builder.ts";
import { varIdent } from "../../src/public/residual.ts";
import { createRng } from "../../src/random/rng.ts";
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

it.each([1e-8, 1e8])("a predictor of σ takes the unit of weights, %f, into its intercept alone", async (unit) => {
  const rows = simulatedRows();
  const fitted = async (by: number) =>
    (await model({ ...rows, w: rows.w.map((w) => w * by) })
      .formula("y ~ x + (1 | g)")
      .dispersion("~ x")
      .weights("w")
      .fit("ml")) as MaximumLikelihood;
  const [usual, fit] = [await fitted(1), await fitted(unit)];
  expect(fit.logLik).toBeCloseTo(usual.logLik, 8);
  fit.tidy().forEach((row, i) => {
    const before = usual.tidy()[i]!;
    const shift = row.component === "disp" && row.term === "(Intercept)" ? Math.log(unit) / 2 : 0;
    expect(row.estimate - shift, row.term).toBeCloseTo(before.estimate, 5);
    expect(row.std_error! / before.std_error! - 1, row.term).toBeCloseTo(0, 5);
  });
});

it("a row that is next to exact leaves degrees of freedom and errors of the others as they are", async () => {
  for (const formula of ["y ~ A + x + (1 | g)", "y ~ x + (x | g)"])
    for (const at of [0, 9]) {
      const tidy = async (first: number) =>
        (
          (await model({ ...few, w: few.w.map((w, i) => (i === at ? first : w)) })
            .formula(formula)
            .weights("w")
            .fit("reml")) as MaximumLikelihood
        ).tidy();
      const large = await tidy(1e6);
      for (const weight of [1e9, 1e12, 1e14])
        (await tidy(weight)).forEach((row, i) => {
          const label = `${formula} ${at} ${weight} ${row.term}`;
          expect(row.estimate, label).toBeCloseTo(large[i]!.estimate, 3);
          if (row.std_error !== null) expect(row.std_error / large[i]!.std_error!, label).toBeCloseTo(1, 3);
          if (typeof row.df === "number") expect(row.df / large[i]!.df! - 1, label).toBeCloseTo(0, 3);
        });
    }
});

/** 15 groups of 8 rows with residual standard deviations that rise with x, and weights about 1. */
function simulatedRows() {
  const rng = createRng("w");
  const rows = { y: [] as number[], x: [] as number[], w: [] as number[], g: [] as string[] };
  for (let j = 0; j < 15; j++) {
    const effect = 0.75 * rng.normal();
    for (let i = 0; i < 8; i++) {
      const [x, w] = [rng.normal(), 0.5 + rng.uniform()];
      rows.y.push(1 + 0.5 * x + effect + (Math.exp(0.2 * x) * rng.normal()) / Math.sqrt(w));
      rows.x.push(x);
      rows.w.push(w);
      rows.g.push(`g${j}`);
    }
  }
  return rows;
}
