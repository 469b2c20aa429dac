/** The posteriors with references, what of a fit is compared with them, and by how many Monte Carlo errors it is off. */
import type { Chains } from "../../src/diagnostics/chains.ts";
import { mapChains, mean, pooled, variance } from "../../src/diagnostics/chains.ts";
import { essBulk } from "../../src/diagnostics/effective-sample-size.ts";
import { mcseMean, mcseSd } from "../../src/diagnostics/mcse.ts";
import { rhat } from "../../src/diagnostics/rhat.ts";
import { reportedParameters } from "../../src/model/reported-parameters.ts";
import { predictionDraws } from "../../src/prediction/predict.ts";
import type { ConjugatePrior } from "../../src/priors/conjugate-prior.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { cbpp, DLL_PRIOR, dll, eightSchools, eightSchoolsFlat, epil, RIKZ_PRIOR, rikz, sleepstudy } from "./models.ts";
import type { Moments } from "./references.ts";
import * as references from "./references.ts";

type Declared = { compile(): Posterior["model"] };

export interface ReferenceCase {
  readonly declared: Declared;
  /** A prior given to the sampler. */
  readonly prior?: ConjugatePrior;
  /** The reference posteriors that a fit is compared with. */
  readonly references: Readonly<Record<string, Readonly<Record<string, Moments>>>>;
}

/** The cases on public data: eight schools under proper (E1) and flat priors (E2), sleepstudy (E7), cbpp with its risks (E8, E8m), epil. */
export const PUBLIC_CASES: Readonly<Record<string, () => ReferenceCase>> = {
  E1: () => ({
    declared: eightSchools(),
    references: { quadrature: references.EIGHT_SCHOOLS, rstan: references.EIGHT_SCHOOLS_STAN },
  }),
  E2: () => ({ declared: eightSchoolsFlat(), references: { quadrature: references.EIGHT_SCHOOLS_FLAT } }),
  E7: () => ({ declared: sleepstudy(), references: { "importance sampling": references.SLEEPSTUDY } }),
  E8: () => ({
    declared: cbpp(),
    references: { "importance sampling": references.CBPP, "E8m, averaged": references.CBPP_RISKS },
  }),
  epil: () => ({ declared: epil(), references: { rstan: references.EPIL } }),
};

type TableData = Parameters<typeof rikz>[0];

/** The cases whose tables the project does not hold; `table` reads one by name. */
export const OTHER_CASES: Readonly<Record<string, (table: (name: string) => TableData) => ReferenceCase>> = {
  RIKZ: (table) => ({ declared: rikz(table("RIKZ")), prior: RIKZ_PRIOR, references: { rstan: references.RIKZ } }),
  dll: (table) => ({ declared: dll(table("dll")), prior: DLL_PRIOR, references: { MCMCglmm: references.DLL } }),
};

/**
 * The draws of a quantity of a fit by its name in a reference: a table's term, `log term`, `var__…`, `u[level]`, `theta[level]`, `risk[period]`
 * (over the population of groups) and `typical[period]` (at random effect 0), `logit …` of these, and `a - b` of any.
 */
export function chainsOf(fit: Posterior, name: string): Chains {
  const difference = / - /.exec(name);
  if (difference) {
    const [a, b] = [name.slice(0, difference.index), name.slice(difference.index + 3)].map((part) =>
      chainsOf(fit, part),
    );
    return a!.map((chain, c) => chain.map((value, d) => value - b![c]![d]!));
  }
  const transformed = /^(log|logit) (.*)$/.exec(name);
  if (transformed) {
    const f = transformed[1] === "log" ? Math.log : (p: number) => Math.log(p / (1 - p));
    return mapChains(chainsOf(fit, transformed[2]!), f);
  }
  const { chains, drawsPerChain: length, size, values } = fit.draws;
  const total = chains * length;
  const x = (d: number) => values.subarray(d * size, (d + 1) * size);
  const split = (draws: Float64Array) =>
    Array.from({ length: chains }, (_, c) => draws.subarray(c * length, (c + 1) * length));
  const made = (value: (d: number) => number) => split(Float64Array.from({ length: total }, (_, d) => value(d)));
  const parameter = (term: string) => {
    const found = reportedParameters(fit.model).find((reported) => reported.term === term);
    if (!found) throw new Error(`The fit has no ${term}.`);
    return (d: number) => found.value(x(d));
  };
  const indexed = /^(u|theta|risk|typical)\[(.*)\]$/.exec(name);
  if (!indexed) {
    if (!name.startsWith("var__")) return made(parameter(name));
    const sd = parameter(name.replace("var__", "sd__"));
    return made((d) => sd(d) ** 2);
  }
  const [, kind, level] = indexed;
  if (kind === "risk" || kind === "typical") {
    const estimand = kind === "risk" ? "population" : "typical";
    const { values: draws } = predictionDraws(fit, { newdata: { period: [level!] }, estimand });
    return split(draws);
  }
  const { levels } = fit.model.design.random[0]!;
  const effects = fit.randomEffects()[0]!;
  const at = levels.indexOf(level!);
  const intercept = parameter("(Intercept)");
  return made((d) => effects[d * levels.length + at]! + (kind === "theta" ? intercept(d) : 0));
}

export interface Summary {
  readonly mean: number;
  readonly sd: number;
  readonly error: number;
  readonly errorOfSd: number;
  readonly ess: number;
  readonly rhat: number;
}

export function summaryOf(chains: Chains): Summary {
  const all = pooled(chains);
  return {
    mean: mean(all),
    sd: Math.sqrt(variance(all)),
    error: mcseMean(chains),
    errorOfSd: mcseSd(chains),
    ess: essBulk(chains),
    rhat: rhat(chains),
  };
}

export const momentsAsSummary = ([mean, sd, error, errorOfSd = error]: Moments) => ({ mean, sd, error, errorOfSd });

/** Differences of means and of sds in combined Monte Carlo errors. */
export function differences(
  a: Pick<Summary, "mean" | "sd" | "error" | "errorOfSd">,
  b: Pick<Summary, "mean" | "sd" | "error" | "errorOfSd">,
): { readonly mean: number; readonly sd: number } {
  return {
    mean: (a.mean - b.mean) / Math.hypot(a.error, b.error),
    sd: (a.sd - b.sd) / Math.hypot(a.errorOfSd, b.errorOfSd),
  };
}

/** Largest difference of a mean or an sd that is let pass: 7 false alarms in 10⁶ comparisons of normal estimates. */
export const LIMIT = 4.5;
