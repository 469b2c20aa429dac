import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { laplace, ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { gamma, inverseGamma, lkj } from "../../src/priors/distributions.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/blme.json"), "utf8"));
const table = async (name: string) =>
  (await readColumns(fixture(`reference/${name}.csv`))).columns as object as Record<string, number[]>;
const relative = (value: number, wanted: number) => Math.abs(value / wanted - 1);

it("blme's default Wishart prior is a gamma prior on standard deviations and an LKJ prior on correlations", async () => {
  const herds = await model(await table("cbpp"))
    .factor("period", ["1", "2", "3", "4"])
    .family({ name: "binomial" })
    .formula("incidence | trials(size) ~ period + (1 | herd)")
    .prior("sd", gamma(2.5, 1e-8))
    .fit(laplace(), { penalised: true });
  const rows = herds.tidy();
  reference.cbpp.fixed.forEach((value: number, k: number) => {
    expect(relative(rows[k]!.estimate, value)).toBeLessThan(1e-3);
  });
  expect(relative(rows[4]!.estimate, reference.cbpp.sd)).toBeLessThan(1e-3);
  // blme's is of covariances relative to σ²: |Σ/σ²|^¾ has σ⁻³ beside
  const slopes = await model(await table("sleepstudy"))
    .formula("Reaction ~ Days + (Days | Subject)")
    .prior("sd", gamma(2.5, 1e-8))
    .prior("cor", lkj(1.75))
    .prior("sigma", inverseGamma(2, 1e-8))
    .fit(ml(), { penalised: true });
  const own = slopes.tidy().map(({ estimate }) => estimate);
  reference.sleepstudy.forEach((value: number, k: number) => {
    expect(relative(own[k]!, value)).toBeLessThan(1e-3);
  });
});
