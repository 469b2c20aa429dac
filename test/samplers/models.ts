/** The models the samplers are tested on, with the priors of their reference posteriors. */
import { readFileSync } from "node:fs";
import { model } from "../../src/model-builder.ts";
import { mcmcglmmPrior } from "../../src/priors/conjugate-prior.ts";
import { flat, halfCauchy, halfNormal, halfStudentT, lkj, normal } from "../../src/priors/distributions.ts";

type TableData = Record<string, string[] | number[]>;

/** A CSV of examples/data as columns: numbers where every cell is one. */
export const exampleData = (name: string): TableData =>
  columnsOfCsv(new URL(`../../examples/data/${name}.csv`, import.meta.url));

/** A CSV file as columns: numbers where every cell is one. */
export function columnsOfCsv(file: URL | string): TableData {
  const text = readFileSync(file, "utf8");
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

/** `Reaction ~ Days + (Days | Subject)`, of all rows or of those given. */
export const sleepstudy = (data = exampleData("sleepstudy")) =>
  model(data)
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
    .formula("cbind(incidence, size - incidence) ~ period + (1 | herd)" as string)
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(1));
};

/** Rubin (1981): effects of coaching with their known standard errors; `y | se(sigma) ~ 1 + (1 | school)`. */
const schools = () =>
  model({
    school: ["A", "B", "C", "D", "E", "F", "G", "H"],
    y: [28, 8, -3, 7, -1, 1, 18, 12],
    sigma: [15, 10, 16, 11, 9, 11, 10, 18],
  })
    .formula("y ~ 1 + (1 | school)")
    .standardErrors("sigma");

export const eightSchools = () => schools().prior("fixed", normal(0, 5)).prior("sd", halfCauchy(5));

export const eightSchoolsFlat = () => schools().prior("fixed", flat()).prior("sd", flat());

/** Seizure counts: `y ~ lbase * trt + lage + V4 + (1 | subject)`, Poisson. */
export const epil = () =>
  model(columnsOfCsv(new URL("../fixtures/reference/epil.csv", import.meta.url)))
    .formula("y ~ lbase * trt + lage + V4 + (1 | subject)")
    .family({ name: "poisson" })
    .prior("fixed", normal(0, 2.5))
    .prior("fixed:(Intercept)", normal(0, 5))
    .prior("sd", halfStudentT(3, 2.5));

/** Species richness on beaches, with inverse-gamma(1, 1) variances: see `RIKZ_PRIOR`. */
export const rikz = (data: TableData) =>
  model(data).formula("Richness ~ NAP + (1 | Beach)").prior("fixed", normal(0, 100));

/** Inverse gamma(1, 1) of both variances. */
export const RIKZ_PRIOR = mcmcglmmPrior({ G: [{ V: 1, nu: 2 }], R: { V: 1, nu: 2 } });

/** Sex comb teeth of lines of flies. */
export const dll = (data: TableData) => model(data).formula("SCT ~ 1 + (1 | line)");

/** MCMCglmm's priors of that fit. */
export const DLL_PRIOR = mcmcglmmPrior({ B: { mu: [0], V: 1e8 }, G: [{ V: 1, nu: 0.002 }], R: { V: 1, nu: 0.002 } });
