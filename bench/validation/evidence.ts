/**
 * Log evidence of sleepstudy (−891.4780, deterministic quadrature) and cbpp (−102.2000, importance sampling over 31 nodes): bridge and importance
 * sampling from integrated and joint chains, and, over repeated fits, whether the stated error is the spread of the estimates.
 *
 * Run: npx tsx bench/validation/evidence.ts [repetitions, default 20]
 */
import { binomial, halfNormal, lkj, logEvidence, type Model, model, normal, nuts } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";

const repetitions = Number(process.argv[2] ?? 20);
const data = (name: string) => new URL(`../../examples/data/${name}.csv`, import.meta.url);
const sleepstudy = model(await readTable(data("sleepstudy")))
  .formula("Reaction ~ Days + (Days | Subject)")
  .prior("fixed:(Intercept)", normal(250, 100))
  .prior("fixed:Days", normal(0, 50))
  .prior("sd:Subject.(Intercept)", halfNormal(100))
  .prior("sd:Subject.Days", halfNormal(50))
  .prior("cor:Subject", lkj(2))
  .prior("sigma", halfNormal(100));
const cbpp = model(await readTable(data("cbpp")))
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .factor("period", [1, 2, 3, 4])
  .family(binomial())
  .prior("fixed", normal(0, 2.5))
  .prior("sd", halfNormal(1));

const print = (row: object) => console.log(JSON.stringify(row));

async function compare(id: string, declared: Model, reference: number, nodes?: number) {
  for (const target of ["integrated", "joint"] as const) {
    const fit = await declared.sample(nuts({ seed: "evidence", warmup: 500, draws: 1000, target }));
    for (const method of ["bridge", "importance"] as const) {
      const start = performance.now();
      const { logEvidence: value, error, paretoK } = logEvidence(fit, { method, ...(nodes ? { nodes } : {}) });
      const ms = Math.round(performance.now() - start);
      print({ id, target, method, value, error, z: (value - reference) / error, paretoK, ms });
    }
  }
}

async function spread(id: string, declared: Model, reference: number, nodes?: number) {
  const results = { bridge: [] as number[], importance: [] as number[] };
  const errors = { bridge: 0, importance: 0 };
  for (let r = 0; r < repetitions; r++) {
    const fit = await declared.sample(
      nuts({ seed: `r${r}`, chains: 2, warmup: 300, draws: 500, target: "integrated" }),
    );
    for (const method of ["bridge", "importance"] as const) {
      const { logEvidence: value, error } = logEvidence(fit, { method, seed: r, ...(nodes ? { nodes } : {}) });
      results[method].push(value);
      errors[method] += error / repetitions;
    }
  }
  for (const method of ["bridge", "importance"] as const) {
    const values = results[method];
    const mean = values.reduce((a, b) => a + b, 0) / repetitions;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (repetitions - 1));
    print({
      id,
      method,
      repetitions,
      mean,
      bias: mean - reference,
      biasError: sd / Math.sqrt(repetitions),
      sd,
      statedError: errors[method],
    });
  }
}

await compare("sleepstudy", sleepstudy, -891.478);
await compare("cbpp", cbpp, -102.2, 15);
await spread("sleepstudy", sleepstudy, -891.478);
await spread("cbpp", cbpp, -102.2, 15);
