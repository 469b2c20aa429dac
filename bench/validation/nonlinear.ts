/**
 * Recovery of a nonlinear mixed model by simulation: logistic growth with random asymptotes and midpoints (independent), fitted by Laplace
 * and by Lindstrom-Bates to the same data. One JSON line a parameter and method: truth, mean estimate with its Monte Carlo error, mean
 * standard error over the standard deviation of the estimates, coverage of the 95 % interval.
 *
 * Run: npx tsx bench/validation/nonlinear.ts [data sets, default 200]
 */
import { laplace, lindstromBates } from "../../src/frequentist/method.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const sets = Number(process.argv[2] ?? 200);
const truth = { Asym: 100, xmid: 10, scal: 3, sd__Asym: 10, sd__xmid: 1, sd__Observation: 2 };
const groups = 40;
const times = Array.from({ length: 12 }, (_, i) => 2 * i);
const methods = { laplace: laplace(), lindstromBates: lindstromBates() };
const rows = new Map<string, { estimate: number; error: number; covered: boolean }[]>();
const failures: Record<string, number> = {};
const began = performance.now();
for (let set = 0; set < sets; set++) {
  const rng = createRng(`nonlinear-${set}`);
  const x: number[] = [];
  const y: number[] = [];
  const g: string[] = [];
  for (let group = 0; group < groups; group++) {
    const Asym = truth.Asym + truth.sd__Asym * rng.normal();
    const xmid = truth.xmid + truth.sd__xmid * rng.normal();
    for (const time of times) {
      x.push(time);
      g.push(`g${group}`);
      y.push(Asym / (1 + Math.exp((xmid - time) / truth.scal)) + truth.sd__Observation * rng.normal());
    }
  }
  const declared = (model({ x, y, g }) as unknown as Model).response("y").mean("SSlogis(x, Asym, xmid, scal)", {
    parameters: { Asym: "~ 1 + (1 | g)", xmid: "~ 1 + (1 | g)", scal: "~ 1" },
  });
  for (const [name, method] of Object.entries(methods)) {
    const fit = await declared.fit(method);
    if (fit.verdict.code !== "converged") failures[name] = (failures[name] ?? 0) + 1;
    for (const { term, estimate, std_error, conf_low, conf_high } of fit.tidy()) {
      const key = `${name} ${term}`;
      const value = truth[term as keyof typeof truth];
      const list = rows.get(key) ?? [];
      rows.set(key, list);
      list.push({ estimate, error: std_error ?? Number.NaN, covered: conf_low! <= value && value <= conf_high! });
    }
  }
}
for (const [key, list] of rows) {
  const [method, term] = key.split(" ") as [string, string];
  const mean = list.reduce((sum, { estimate }) => sum + estimate, 0) / list.length;
  const sd = Math.sqrt(list.reduce((sum, { estimate }) => sum + (estimate - mean) ** 2, 0) / (list.length - 1));
  const error = list.reduce((sum, one) => sum + one.error, 0) / list.length;
  console.log(
    JSON.stringify({
      method,
      term,
      truth: truth[term as keyof typeof truth],
      mean: Number(mean.toPrecision(6)),
      monteCarloError: Number((sd / Math.sqrt(list.length)).toPrecision(2)),
      errorOverSd: Number((error / sd).toFixed(3)),
      coverage: list.filter(({ covered }) => covered).length / list.length,
    }),
  );
}
console.log(JSON.stringify({ sets, failures, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) }));
