/** Fits beside those of R's packages: estimates, standard errors, variances and log-likelihoods within each case's tolerance. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FitMethod, TidyRow } from "../../src/index.ts";
import { agq, laplace, ml, model, populationAverage, reml } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";

interface Estimate {
  readonly estimate: number;
  readonly se: number;
}
interface VarianceComponent {
  readonly terms: readonly string[];
  readonly sd: readonly number[];
  readonly corr?: readonly (readonly number[])[];
}
interface Estimates {
  readonly fixed: Readonly<Record<string, Estimate>>;
  readonly varcomp?: Readonly<Record<string, VarianceComponent>>;
  readonly sigma?: number;
  readonly logLik?: number;
  readonly grid?: readonly Readonly<Record<string, string | number>>[];
  readonly populationAveraged?: readonly number[];
}
interface Case {
  readonly id: string;
  readonly dataset: string;
  readonly model: {
    readonly response: string;
    readonly family: string;
    readonly link: string;
    readonly fixed: string;
    readonly random: readonly string[];
    readonly trials?: string;
  };
  readonly factorLevels?: Readonly<Record<string, readonly string[]>>;
  readonly method: string;
  readonly estimates: Estimates;
  readonly secondEngine?: Partial<Estimates>;
  readonly exact?: { readonly logLikAtEngineEstimates?: number };
  readonly tolerance: Readonly<
    Record<"fixedInSE" | "seRel" | "sdRel" | "logLikAbs" | "popAvgAbs", number | undefined | null>
  >;
}

const folder = new URL("../fixtures/reference/", import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(new URL("fits.json", folder), "utf8"));

function methodOf(text: string): FitMethod {
  if (text.startsWith("REML")) return reml();
  if (text.startsWith("ML")) return ml();
  if (text.startsWith("Laplace")) return laplace();
  return agq(Number(/AGQ (\d+)/.exec(text)![1]));
}

async function fitOf(reference: Case) {
  const { response, family, link, fixed, random, trials } = reference.model;
  let declaration = model(await readTable(new URL(`${reference.dataset}.csv`, folder))).family({ name: family, link });
  for (const [column, levels] of Object.entries(reference.factorLevels ?? {}))
    declaration = declaration.factor(column, levels);
  const left = trials ? `${response} | trials(${trials})` : response;
  return declaration.formula(`${left} ${[fixed, ...random].join(" + ")}`).fit(methodOf(reference.method));
}

const sorted = (name: string) => name.split(":").sort().join(":");

/** Asserts |value − reference| ≤ slack with both numbers in the message. */
const within = (what: string, value: number | null | undefined, reference: number, slack: number) =>
  expect(Math.abs((value ?? Number.NaN) - reference), `${what}: ${value} beside ${reference}`).toBeLessThanOrEqual(
    slack,
  );

function checkVariances(rows: readonly TidyRow[], reference: Estimates, sdRel: number, gaussian: boolean) {
  for (const [name, { terms, sd, corr }] of Object.entries(reference.varcomp ?? {})) {
    const group = sorted(name.replace(/\.\d+$/, ""));
    const own = rows.filter((row) => row.effect === "ran_pars" && row.group !== null && sorted(row.group) === group);
    terms.forEach((term, a) => {
      const floor = 0.005 * (gaussian && reference.sigma ? reference.sigma : 0.01) + 1e-6;
      const row = own.find((candidate) => candidate.term === `sd__${term}`);
      within(`sd ${name}.${term}`, row?.estimate, sd[a]!, Math.max(sdRel * sd[a]!, floor));
      terms.slice(a + 1).forEach((other, offset) => {
        const rho = corr?.[a]?.[a + 1 + offset];
        if (rho === undefined || sd[a]! < 1e-4 || sd[a + 1 + offset]! < 1e-4) return;
        const correlation = own.find((candidate) => candidate.term === `cor__${term}.${other}`);
        within(`cor ${name}`, correlation?.estimate, rho, Math.max(0.01, 2 * sdRel));
      });
    });
  }
}

describe.each(cases.map((reference) => [reference.id, reference] as const))("%s", (id, reference) => {
  const expected: Estimates = { ...reference.estimates, ...reference.secondEngine };
  const { tolerance } = reference;

  it("agrees with the reference", async () => {
    const fit = await fitOf(reference);
    const rows = fit.tidy();
    expect(fit.verdict.code).toMatch(/converged|boundary/);
    if (id.startsWith("popavg_")) {
      const { grid, populationAveraged } = expected;
      const at = Object.fromEntries(
        Object.keys(grid![0]!).map((name) => [name, [...new Set(grid!.map((cell) => cell[name]!))]]),
      );
      const averages = populationAverage(fit, { at }).rows.filter((row) => row.estimand === "population");
      grid!.forEach((cell, i) => {
        const row = averages.find((candidate) =>
          Object.entries(cell).every(([name, value]) => String(candidate[name]) === String(value)),
        );
        within(JSON.stringify(cell), row?.estimate, populationAveraged![i]!, tolerance.popAvgAbs!);
      });
      return;
    }
    for (const [term, { estimate, se }] of Object.entries(expected.fixed)) {
      const row = rows.find((candidate) => candidate.effect === "fixed" && candidate.term === term);
      within(term, row?.estimate, estimate, tolerance.fixedInSE! * se + 1e-8);
      within(`se ${term}`, row?.std_error, se, tolerance.seRel! * se);
    }
    const gaussian = reference.model.family === "gaussian";
    checkVariances(rows, expected, tolerance.sdRel!, gaussian);
    if (gaussian) within("sigma", fit.glance().sigma, expected.sigma!, tolerance.sdRel! * expected.sigma!);
    if (tolerance.logLikAbs != null) within("logLik", fit.logLik, expected.logLik!, tolerance.logLikAbs);
    // lme4 drops constants from some quadrature log-likelihoods: there brute force stands in
    else if (reference.exact?.logLikAtEngineEstimates)
      within("logLik", fit.logLik, reference.exact.logLikAtEngineEstimates, 1e-3);
  });
});
