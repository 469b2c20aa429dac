/**
 * Shrinkage priors: simulation-based calibration, and the cost of an effective draw in a sparse regression. Prints JSON lines.
 *
 *     npx tsx bench/validation/shrinkage.ts sbc [fits] [prior:sampler ...]
 *     npx tsx bench/validation/shrinkage.ts sparse [rows]
 *
 * `sbc`: 4 slopes, 6 groups of 5 rows; the ranks of all reported parameters, of the hyperparameters that slopes share and of the joint
 * log-likelihood. `sparse`: 3 signals among 23 columns, ESS a second of the worst coefficient and of the worst logarithm of a hyperparameter.
 */
import { essBulk } from "../../src/diagnostics/effective-sample-size.ts";
import { model, nuts, type Sampler } from "../../src/index.ts";
import { sbc } from "../../src/public/checks.ts";
import { halfNormal, horseshoe, normal, R2D2 } from "../../src/public/priors.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";

const print = (line: object) => console.log(JSON.stringify(line));

const PRIORS = {
  horseshoe: horseshoe({ df: 3, dfGlobal: 3, scaleGlobal: 0.5, scaleSlab: 1 }),
  R2D2: R2D2({ meanR2: 0.4, precR2: 4 }),
};
const SAMPLERS: Readonly<Record<string, Sampler>> = {
  integrated: nuts({ chains: 2, warmup: 300, draws: 300, target: "integrated", targetAcceptance: 0.9 }),
  joint: nuts({ chains: 2, warmup: 300, draws: 400, target: "joint", targetAcceptance: 0.9 }),
};

async function calibrate(fits: number, pairs: readonly string[]): Promise<void> {
  const rng = createRng("shrinkage/design");
  const rows = Array.from({ length: 30 }, (_, i) => i);
  const column = () => rows.map(() => rng.normal());
  const table = { a: column(), b: column(), c: column(), d: column(), g: rows.map((i) => `g${i % 6}`), y: column() };
  for (const pair of pairs) {
    const [prior, sampler] = pair.split(":") as [keyof typeof PRIORS, string];
    const declared = model(table)
      .formula("y ~ a + b + c + d + (1 | g)")
      .prior("fixed", PRIORS[prior])
      .prior("fixed:(Intercept)", normal(0, 2))
      .prior("sd", halfNormal(1))
      .prior("sigma", halfNormal(1));
    const started = performance.now();
    const result = await sbc(declared, { fits, seed: pair, ranks: 49, sampler: SAMPLERS[sampler]! });
    const p = result.quantities.map(({ p_value }) => p_value);
    print({
      pair,
      fits,
      quantities: p.length,
      inside: result.quantities.filter(({ inside }) => inside).length,
      smallest_p: Math.min(...p),
      bonferroni: Math.min(1, Math.min(...p) * p.length),
      divergent_fits: result.divergent,
      seconds: (performance.now() - started) / 1000,
    });
  }
}

/** ESS of the worst coefficient, and of the worst hyperparameter's logarithm. */
function worst({ draws }: Posterior): { readonly beta: number; readonly hyper: number } {
  const { chains, drawsPerChain, size, values } = draws;
  const { names, values: all } = draws.hyper!;
  const least = (of: Float64Array, width: number, count: number, f: (x: number) => number) =>
    Math.min(
      ...Array.from({ length: count }, (_, k) =>
        essBulk(
          Array.from({ length: chains }, (__, c) =>
            Float64Array.from({ length: drawsPerChain }, (___, i) => f(of[(c * drawsPerChain + i) * width + k]!)),
          ),
        ),
      ),
    );
  return {
    beta: least(values, size, 24, (x) => x),
    hyper: least(all, names.length, names.length, Math.log),
  };
}

async function regress(rows: number): Promise<void> {
  const rng = createRng("shrinkage/sparse");
  const names = Array.from({ length: 23 }, (_, k) => `x${k + 1}`);
  const truth = [1, -0.8, 0.4];
  const effects = Array.from({ length: 10 }, () => 0.5 * rng.normal());
  const columns = Object.fromEntries(names.map((name) => [name, Array.from({ length: rows }, () => rng.normal())]));
  const y = Array.from({ length: rows }, (_, i) =>
    names.reduce((sum, name, k) => sum + (truth[k] ?? 0) * columns[name]![i]!, 1 + effects[i % 10]! + rng.normal()),
  );
  const table: Record<string, unknown[]> = { ...columns, y, g: y.map((_, i) => `g${i % 10}`) };
  const declared = model(table as never).formula(`y ~ ${names.join(" + ")} + (1 | g)` as string);
  const priors = { horseshoe: horseshoe({ parRatio: 3 / 20 }), R2D2: R2D2() };
  const samplers: Readonly<Record<string, Sampler>> = {
    integrated: nuts({ chains: 2, draws: 1000, seed: 1 }),
    joint: nuts({ chains: 2, draws: 1000, seed: 1, target: "joint" }),
  };
  for (const [prior, distribution] of Object.entries(priors))
    for (const [name, sampler] of Object.entries(samplers)) {
      const started = performance.now();
      const fit = await declared.prior("fixed", distribution).sample(sampler);
      const seconds = (performance.now() - started) / 1000;
      const { beta, hyper } = worst(fit);
      const rowsOf = fit.tidy().slice(1, 24);
      print({
        prior,
        sampler: name,
        rows,
        seconds,
        divergences: fit.diagnostics.divergences,
        gradients: fit.diagnostics.gradients.sampling,
        ess_beta: beta,
        ess_hyper: hyper,
        ess_a_second: Math.min(beta, hyper) / seconds,
        squared_error: rowsOf.reduce((sum, { estimate }, k) => sum + (estimate - (truth[k] ?? 0)) ** 2, 0),
        estimates: rowsOf.slice(0, 5).map(({ estimate, std_error }) => [estimate, std_error]),
      });
    }
}

const [task, count, ...pairs] = process.argv.slice(2);
const all = Object.keys(PRIORS).flatMap((prior) => Object.keys(SAMPLERS).map((sampler) => `${prior}:${sampler}`));
if (task === "sparse") await regress(Number(count ?? 100));
else await calibrate(Number(count ?? 50), pairs.length > 0 ? pairs : all);
