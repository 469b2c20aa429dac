/**
 * Recovery of residual structures by simulation, and the cost of an AR(1) series, as JSON lines.
 *
 *     node --import tsx bench/validation/residual.ts [data sets, default 300] [rows, default 2000] [part of a structure's text]
 *
 * For each structure: data simulated from it (groups of 10 rows; where it says so with a random intercept of sd 1 a group), fitted by maximum
 * likelihood (a variance of fitted values by its fixed-point iteration); for every row of the table the mean of the estimates against the
 * truth in standard errors of the mean (`z`), and how often the 95 % interval covers, inside the binomial band or not. A fit that has not converged
 * is counted in `failed`, and its estimates are in; `kinks` counts those whose likelihood has a kink at the maximum.
 */
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { ml } from "../../src/frequentist/method.ts";
import { reportedParameters } from "../../src/model/reported-parameters.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";

interface Structure {
  readonly variance?: string;
  readonly correlation?: string;
  /** ψ, in the order of the model's parameters. */
  readonly truth: readonly number[];
  /** Whether each g has a random intercept of sd 1. */
  readonly random?: boolean;
}

const STRUCTURES: readonly Structure[] = [
  { variance: "varFixed(~ v)", truth: [] },
  { variance: "varIdent(~ 1 | arm)", truth: [1.6] },
  { variance: "varPower(~ v)", truth: [0.7] },
  { variance: "varPower(~ v | arm)", truth: [0.7, -0.3] },
  { variance: "varExp(~ v)", truth: [0.3] },
  { variance: "varConstPower(~ v)", truth: [2, 1.5] },
  { variance: "varConstProp(~ v)", truth: [0.6] },
  { variance: "varConstProp(~ v | arm)", truth: [0.6, 0.3] },
  { variance: "varExp(~ fitted(.))", truth: [0.4] },
  { variance: "varComb(varIdent(~ 1 | arm), varExp(~ v))", truth: [0.6, 0.2] },
  { correlation: "corCompSymm(~ 1 | g)", truth: [0.4] },
  { correlation: "corCompSymm(~ 1 | g)", truth: [-0.07] },
  { correlation: "corSymm(~ visit | short)", truth: [0.5, 0.2, 0.3, -0.1, 0.4, 0.1] },
  { correlation: "corAR1(~ visit | g)", truth: [0.6] },
  { correlation: "corCAR1(~ time | g)", truth: [0.4] },
  { correlation: "corARMA(~ visit | g, p = 1, q = 1)", truth: [0.6, -0.3] },
  { correlation: "corARMA(~ visit | g, p = 2, q = 0)", truth: [0.5, 0.3] },
  { correlation: "corExp(~ east + north | g)", truth: [1.2] },
  { correlation: "corExp(~ east + north | g, nugget = TRUE)", truth: [2, 0.2] },
  { correlation: "corGaus(~ east + north | g)", truth: [0.8] },
  { correlation: "corLin(~ time | g)", truth: [2.5] },
  { correlation: "corRatio(~ east + north | g)", truth: [0.8] },
  { correlation: "corSpher(~ east + north | g)", truth: [2.5] },
  { correlation: "corGaus(~ east + north | g, nugget = TRUE)", truth: [1.2, 0.2] },
  { correlation: "corLin(~ time | g, nugget = TRUE)", truth: [4.5, 0.2] },
  { correlation: "corRatio(~ east + north | g, nugget = TRUE)", truth: [1.2, 0.2] },
  { correlation: "corSpher(~ east + north | g, nugget = TRUE)", truth: [3.5, 0.2] },
  { correlation: "corAR1(~ visit | g)", truth: [0.5], random: true },
  { correlation: "corCAR1(~ time | g)", truth: [0.3], random: true },
  { variance: "varPower(~ v)", correlation: "corAR1(~ visit | g)", truth: [0.7, 0.5], random: true },
  { correlation: "corExp(~ east + north | g)", truth: [0.8], random: true },
  { correlation: "corGaus(~ east + north | g)", truth: [0.8], random: true },
  { correlation: "corLin(~ time | g)", truth: [2.5], random: true },
  { correlation: "corRatio(~ east + north | g)", truth: [0.5], random: true },
  { correlation: "corSpher(~ east + north | g)", truth: [2], random: true },
];

/** Rows of a group; the times and places of a group are those of every LAYOUTS-th, whose correlations are factored together. */
const SIZE = 10;
const LAYOUTS = 20;

function table(rows: number, seed: string) {
  const rng = createRng(`${seed}/columns`);
  const column = (f: (i: number) => number) => Float64Array.from({ length: rows }, (_, i) => f(i));
  const layouts = (f: () => number) => {
    const values = Array.from({ length: LAYOUTS * SIZE }, f);
    return column((i) => values[i % values.length]!);
  };
  const visit = column((i) => (i % SIZE) + 1);
  const late = layouts(() => 0.8 * rng.uniform());
  return {
    y: column(() => rng.normal()),
    x: column(() => rng.normal()),
    v: column(() => 0.5 + 3 * rng.uniform()),
    arm: Array.from({ length: rows }, () => (rng.uniform() < 0.5 ? "a" : "b")),
    g: column((i) => Math.floor(i / SIZE)),
    short: column((i) => Math.floor(i / 4)),
    visit,
    time: visit.map((t, i) => t + late[i]!),
    east: layouts(() => 4 * rng.uniform()),
    north: layouts(() => 4 * rng.uniform()),
  };
}

/** Two Monte Carlo standard errors of a coverage of 0.95, and of 300 sets 0.925 to 0.975. */
const inBand = (coverage: number, sets: number) =>
  Math.abs(coverage - 0.95) <= 2 * Math.sqrt((0.95 * 0.05) / sets) + 1e-9;

function recover({ variance, correlation, truth, random = false }: Structure, sets: number, rows: number): object {
  const started = performance.now();
  const structure = { ...(variance && { variance }), ...(correlation && { correlation }) };
  const columns = table(rows, "recovery");
  // occasions of corSymm are four to a set
  if (correlation?.startsWith("corSymm")) for (let i = 0; i < rows; i++) columns.visit[i] = (i % 4) + 1;
  const compiled = model(columns)
    .formula(random ? "y ~ x + (1 | g)" : "y ~ x")
    .residual(structure)
    .compile();
  const { design, layout } = compiled;
  const mean = columns.x.map((x) => 1 + 0.5 * x);
  for (const part of design.residual!.variance) if (part.fitted) part.covariate!.set(mean);
  const residual = residualStructure(design.residual!);
  residual.set(Float64Array.from(truth), 0);
  const sigma = 1.5;
  const x = Float64Array.from([1, 0.5, ...(random ? [1] : []), sigma, ...truth]);
  if (x.length !== layout.size) throw new Error(`${JSON.stringify(structure)} has ${layout.size} parameters`);
  const reported = reportedParameters(compiled);
  const estimates = reported.map(() => new Float64Array(sets));
  const covered = reported.map(() => 0);
  let failed = 0;
  let kinks = 0;
  const rng = createRng("recovery");
  for (let s = 0; s < sets; s++) {
    const stream = rng.fork(String(s));
    const y = Float64Array.from({ length: rows }, () => stream.normal());
    residual.colour(y);
    const effect = Float64Array.from({ length: Math.ceil(rows / SIZE) }, () => (random ? stream.normal() : 0));
    for (let i = 0; i < rows; i++) y[i] = mean[i]! + sigma * y[i]! + effect[columns.g[i]!]!;
    const fit = fitModel(compiled.withResponse(y), ml());
    if (fit.verdict.code !== "converged") failed++;
    if (fit.warnings.some(({ code }) => code === "likelihood-kink")) kinks++;
    fit.tidy().forEach(({ estimate, conf_low, conf_high }, k) => {
      const wanted = reported[k]!.value(x);
      estimates[k]![s] = estimate;
      if (conf_low! <= wanted && wanted <= conf_high!) covered[k]!++;
    });
  }
  const parameters = reported.map(({ term, value }, k) => {
    const values = estimates[k]!.sort();
    const wanted = value(x);
    const average = values.reduce((a, b) => a + b, 0) / sets;
    const sd = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0) / (sets - 1));
    const coverage = covered[k]! / sets;
    return {
      term,
      truth: wanted,
      mean: average,
      median: values[Math.floor(sets / 2)]!,
      sd,
      z: (average - wanted) / (sd / Math.sqrt(sets)),
      coverage,
      inBand: inBand(coverage, sets),
    };
  });
  return {
    structure: { ...structure, ...(random && { random: "(1 | g)" }) },
    sets,
    rows,
    failed,
    kinks,
    parameters,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Seconds of one fit of an AR(1) series by length, the best of three. */
function seriesCost(rows: number): object {
  const rng = createRng(`series/${rows}`);
  const y = new Float64Array(rows);
  for (let t = 0, e = 0; t < rows; t++) {
    e = 0.7 * e + Math.sqrt(1 - 0.49) * rng.normal();
    y[t] = 1 + 0.001 * (t % 100) + e;
  }
  const compiled = model({ y, x: y.map((_, t) => t % 100) })
    .formula("y ~ x")
    .residual({ correlation: "corAR1(~ 1)" })
    .compile();
  let seconds = Number.POSITIVE_INFINITY;
  let fit = fitModel(compiled, ml());
  for (let k = 0; k < 3; k++) {
    const started = performance.now();
    fit = fitModel(compiled, ml());
    fit.tidy();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return { series: "corAR1(~ 1)", rows, seconds, phi: fit.estimate.at(-1), evaluations: fit.evaluations };
}

const [sets = "300", rows = "2000", part = ""] = process.argv.slice(2);
for (const n of [1e3, 1e4, 1e5]) if (part === "" || part === "series") console.log(JSON.stringify(seriesCost(n)));
for (const structure of STRUCTURES)
  if (`${structure.variance ?? ""}${structure.correlation ?? ""}${structure.random ? " random" : ""}`.includes(part))
    console.log(JSON.stringify(recover(structure, Number(sets), Number(rows))));
