/** The two models the samplers are tested on, with the priors of their reference posteriors. */
import { readFileSync } from "node:fs";
import { model } from "../../src/model-builder.ts";
import { halfNormal, lkj, normal } from "../../src/priors/distributions.ts";

/** A CSV of examples/data as columns: numbers where every cell is one. */
export function exampleData(name: string): Record<string, string[] | number[]> {
  const text = readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url), "utf8");
  const [head, ...rows] = text.trim().split(/\r?\n/);
  const cells = rows.map((row) => row.split(",").map((cell) => cell.replaceAll('"', "")));
  return Object.fromEntries(
    head!.split(",").map((column, j) => {
      const values = cells.map((row) => row[j]!);
      const numeric = values.every((value) => value !== "" && Number.isFinite(Number(value)));
      return [column.replaceAll('"', ""), numeric ? values.map(Number) : values];
    }),
  );
}

/** `Reaction ~ Days + (Days | Subject)`. */
export const sleepstudy = () =>
  model(exampleData("sleepstudy"))
    .formula("Reaction ~ Days + (Days | Subject)")
    .prior("fixed:(Intercept)", normal(250, 100))
    .prior("fixed:Days", normal(0, 50))
    .prior("sd:Subject.(Intercept)", halfNormal(100))
    .prior("sd:Subject.Days", halfNormal(50))
    .prior("cor:Subject", lkj(2))
    .prior("sigma", halfNormal(100));

/** `incidence out of size ~ period + (1 | herd)`, logit. */
export const cbpp = () => {
  const data = exampleData("cbpp");
  return model({ ...data, period: data["period"]!.map(String) })
    .formula("cbind(incidence, size - incidence) ~ period + (1 | herd)")
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(1));
};
