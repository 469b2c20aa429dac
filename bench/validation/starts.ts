/**
 * Whether fits end at the highest maximum: random-slope data sets of few groups, each fitted as a user would and again from ten starts scattered
 * over the covariance of the effects. Prints a JSON line a family: how many fits end more than 1e-6 below the best of all, by how much at worst, and
 * the evaluations of a fit; and each fit that ends below.
 *
 *     npx tsx bench/validation/starts.ts [data sets a family, default 500] [family]
 */
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import type { MaximumLikelihood } from "../../src/index.ts";
import { binomial, Gamma, model, nbinom1, nbinom2, poisson } from "../../src/index.ts";
import { createRng } from "../../src/random/rng.ts";

const STARTS = 10;
const families = { binomial, poisson, nbinom1, nbinom2, Gamma };
type Kind = keyof typeof families | "gaussian" | "gaussian-reml";

/** Few groups, some of a row or two, random intercepts and slopes of any size and correlation. */
export function randomSlopes(kind: Kind, index: number) {
  const rng = createRng(`slopes ${index}`);
  const pick = (values: readonly number[]) => values[Math.floor(rng.uniform() * values.length)]!;
  const groups = 4 + Math.floor(rng.uniform() * 9);
  const most = 4 + Math.floor(rng.uniform() * 10);
  const [intercept, slope, r] = [pick([0, 0.3, 1, 2]), pick([0, 0.3, 1, 2]), 2 * rng.uniform() - 1];
  const gamma = (shape: number) =>
    Array.from({ length: shape }, () => -Math.log(1 - rng.uniform())).reduce((a, b) => a + b);
  const counted = (mean: number) => {
    let k = 0;
    for (let left = mean; (left += Math.log(1 - rng.uniform())) > 0; ) k++;
    return k;
  };
  const draw = (eta: number, trials: number): number => {
    const mean = Math.exp(Math.min(4, eta));
    if (kind === "gaussian" || kind === "gaussian-reml") return eta + rng.normal();
    if (kind === "binomial")
      return Array.from({ length: trials }, () => Number(rng.uniform() < 1 / (1 + Math.exp(-eta)))).reduce(
        (a, b) => a + b,
      );
    if (kind === "Gamma") return (mean * gamma(3)) / 3;
    return counted(kind === "poisson" ? mean : (mean * gamma(2)) / 2);
  };
  const table = { y: [] as number[], x: [] as number[], z: [] as number[], g: [] as string[], n: [] as number[] };
  for (let j = 0; j < groups; j++) {
    const [a, b] = [rng.normal(), rng.normal()];
    const rows = Math.max(j < 3 ? 3 : 1, 1 + Math.floor(rng.uniform() * most));
    for (let i = 0; i < rows; i++) {
      const [x, z, n] = [rng.normal(), rng.uniform(), 1 + Math.floor(rng.uniform() * 6)];
      const eta = 0.3 + 0.5 * x - 0.4 * z + intercept * a + slope * (r * a + Math.sqrt(1 - r * r) * b) * x;
      table.x.push(x);
      table.z.push(z);
      table.n.push(n);
      table.g.push(`g${j}`);
      table.y.push(draw(eta, n));
    }
  }
  return table;
}

const UNUSABLE = ["separation", "not identified", "failed"];

async function validate(kind: Kind, sets: number): Promise<void> {
  const method = kind === "gaussian" ? ml() : kind === "gaussian-reml" ? reml() : laplace();
  const formula = kind === "binomial" ? "y | trials(n) ~ x + z + (x | g)" : "y ~ x + z + (x | g)";
  const counts = { fitted: 0, below: 0, otherStart: 0 };
  let worst = 0;
  let evaluations = 0;
  for (let index = 0; index < sets; index++) {
    const linear = model(randomSlopes(kind, index)).formula(formula);
    const declared = kind in families ? linear.family(families[kind as keyof typeof families]()) : linear;
    const fit: MaximumLikelihood | null = await declared.fit(method).catch(() => null);
    if (!fit || UNUSABLE.includes(fit.verdict.code)) continue;
    counts.fitted++;
    evaluations += fit.evaluations;
    if (fit.starts.some(({ start, outcome }) => outcome === "highest" && start !== "default")) counts.otherStart++;
    const { layout } = fit.model;
    const unit = kind.startsWith("gaussian") ? fit.estimate[layout.phi.offset]! : 1;
    const rng = createRng(`starts ${index}`);
    let best = fit.logLik;
    for (let k = 0; k < STARTS; k++) {
      const start = fit.estimate.slice();
      start.set(
        [Math.exp(1.2 * rng.normal()), 1.5 * rng.normal(), Math.exp(1.2 * rng.normal() - 0.5)].map(
          (value) => unit * value,
        ),
        layout.terms[0]!.offset,
      );
      const other = await declared.fit(method, { start });
      if (!UNUSABLE.includes(other.verdict.code)) best = Math.max(best, other.logLik);
    }
    if (best - fit.logLik > 1e-6) {
      counts.below++;
      console.log(JSON.stringify({ kind, index, short: best - fit.logLik, starts: fit.starts }));
    }
    worst = Math.max(worst, best - fit.logLik);
  }
  console.log(JSON.stringify({ kind, sets, ...counts, worst, evaluations: evaluations / counts.fitted }));
}

const [sets = "500", only] = process.argv.slice(2);
for (const kind of ["gaussian", "gaussian-reml", ...Object.keys(families)] as Kind[])
  if (!only || only === kind) await validate(kind, Number(sets));
