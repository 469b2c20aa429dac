/**
 * What must not move a fit: the order of rows, the names of levels, the units of response and covariate, the origin of a covariate, trials counted
 * together or a row each, rows repeated or weighted by their frequency. Random data sets, each fitted as it is and transformed; prints a JSON line for
 * every family, method and invariance with the worst relative error of the log-likelihood (after the constant that the transformation adds by rights).
 *
 *     npx tsx bench/validation/invariance.ts [data sets, default 200] [family]
 */
import type { MaximumLikelihood } from "../../src/index.ts";
import { agq, binomial, laplace, ml, model, nbinom2, poisson, reml } from "../../src/index.ts";
import { createRng, type Rng } from "../../src/random/rng.ts";

type Kind = "gaussian" | "binomial" | "poisson" | "nbinom2";
interface Data {
  readonly y: readonly number[];
  readonly n: readonly number[];
  readonly x: readonly number[];
  readonly z: readonly number[];
  readonly g: readonly string[];
  readonly w?: readonly number[];
}
/** What a transformation makes of the data, and what it adds to the log-likelihood. */
interface Transformed {
  readonly data: Data;
  readonly added?: (restricted: boolean) => number;
}

const methods = {
  gaussian: { ml: ml(), reml: reml() },
  binomial: { laplace: laplace(), "agq 5": agq(5) },
  poisson: { laplace: laplace(), "agq 5": agq(5) },
  nbinom2: { laplace: laplace(), "agq 5": agq(5) },
} as const;

function draw(kind: Kind, eta: number, trials: number, rng: Rng): number {
  if (kind === "gaussian") return eta + rng.normal();
  if (kind === "binomial") {
    let k = 0;
    for (let i = 0; i < trials; i++) if (rng.uniform() < 1 / (1 + Math.exp(-eta))) k++;
    return k;
  }
  let left = Math.exp(Math.min(5, eta));
  if (kind === "nbinom2") left *= -(Math.log(1 - rng.uniform()) + Math.log(1 - rng.uniform())) / 2;
  let k = 0;
  while ((left += Math.log(1 - rng.uniform())) > 0) k++;
  return k;
}

function simulated(kind: Kind, index: number): Data {
  const rng = createRng(`invariance ${kind} ${index}`);
  const groups = 8 + Math.floor(rng.uniform() * 18);
  const rows = groups * (3 + Math.floor(rng.uniform() * 5));
  const [sd, slope] = [0.4 + rng.uniform(), 0.3 + 0.6 * rng.uniform()];
  const effects = Array.from({ length: groups }, () => [sd * rng.normal(), slope * rng.normal()]);
  const data = { y: [] as number[], n: [] as number[], x: [] as number[], z: [] as number[], g: [] as string[] };
  for (let i = 0; i < rows; i++) {
    const j = i < groups ? i : Math.floor(rng.uniform() * groups);
    const [x, z, n] = [rng.normal(), rng.uniform(), 1 + Math.floor(rng.uniform() * 8)];
    data.x.push(x);
    data.z.push(z);
    data.n.push(n);
    data.g.push(`g${j}`);
    data.y.push(draw(kind, 1 + 0.5 * x - 0.7 * z + effects[j]![0]! + (index % 2) * effects[j]![1]! * x, n, rng));
  }
  return data;
}

const rearranged = (data: Data, order: readonly number[]): Data => ({
  y: order.map((i) => data.y[i]!),
  n: order.map((i) => data.n[i]!),
  x: order.map((i) => data.x[i]!),
  z: order.map((i) => data.z[i]!),
  g: order.map((i) => data.g[i]!),
});

const logChoose = (n: number, k: number): number => {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
};

/** By name; null where a family has no such invariance. */
const transformations: Readonly<Record<string, (data: Data, kind: Kind, rng: Rng) => Transformed | null>> = {
  "row order": (data, _, rng) => {
    const order = data.y.map((_y, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(rng.uniform() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return { data: rearranged(data, order) };
  },
  relabelling: (data) => ({
    data: { ...data, g: data.g.map((g) => `level ${(Number(g.slice(1)) * 7919) % 104_729}`) },
  }),
  "unit of y × 1e8": (data, kind) => inUnit(data, kind, 1e8),
  "unit of y × 1e-8": (data, kind) => inUnit(data, kind, 1e-8),
  "unit of x × 1e8": (data) => ({
    data: { ...data, x: data.x.map((x) => 1e8 * x) },
    added: (r) => (r ? -Math.log(1e8) : 0),
  }),
  "unit of x × 1e-8": (data) => ({
    data: { ...data, x: data.x.map((x) => 1e-8 * x) },
    added: (r) => (r ? Math.log(1e8) : 0),
  }),
  "x + 1e9": (data) => {
    // what is lost in adding is no fault of a fit: both see the same digits
    const x = data.x.map((value) => Math.round(value * 4096) / 4096);
    return { data: { ...data, x: x.map((value) => value + 1e9) } };
  },
  "trials a row each": (data, kind) => {
    if (kind !== "binomial") return null;
    const rows = data.y.flatMap((_, i) => Array.from({ length: data.n[i]! }, (_n, k) => [i, k] as const));
    const constant = data.y.reduce((sum, y, i) => sum + logChoose(data.n[i]!, y), 0);
    const single = rearranged(
      data,
      rows.map(([i]) => i),
    );
    return {
      data: { ...single, n: rows.map(() => 1), y: rows.map(([i, k]) => Number(k < data.y[i]!)) },
      added: () => -constant,
    };
  },
  "rows repeated": (data) => ({ data: { ...data, w: data.y.map((_, i) => 1 + ((i * 13) % 4)) } }),
};

function inUnit(data: Data, kind: Kind, unit: number): Transformed | null {
  if (kind !== "gaussian") return null;
  return {
    data: { ...data, y: data.y.map((y) => unit * y) },
    added: (restricted) => -(data.y.length - (restricted ? 3 : 0)) * Math.log(unit),
  };
}

function declare(kind: Kind, data: Data, slopes: boolean) {
  const formula = `${kind === "binomial" ? "y | trials(n)" : "y"} ~ x + z + ${slopes ? "(x | g)" : "(1 | g)"}`;
  const linear = model({ ...data }).formula(formula);
  const declared = kind === "gaussian" ? linear : linear.family({ binomial, poisson, nbinom2 }[kind]());
  return data.w ? declared.frequencyWeights("w") : declared;
}

async function validate(kind: Kind, sets: number): Promise<void> {
  const worst = new Map<string, { error: number; set: number; verdicts: string }>();
  for (let index = 0; index < sets; index++) {
    const slopes = index % 2 === 1;
    const original = simulated(kind, index);
    for (const [label, method] of Object.entries(methods[kind])) {
      const fits = new Map<string, MaximumLikelihood>();
      const fitOf = async (name: string, data: Data): Promise<MaximumLikelihood> => {
        const known = fits.get(name) ?? (await declare(kind, data, slopes).fit(method));
        fits.set(name, known);
        return known;
      };
      for (const [name, transform] of Object.entries(transformations)) {
        const transformed = transform(original, kind, createRng(`${name} ${index}`));
        if (!transformed) continue;
        const { data, added } = transformed;
        // weighted rows are compared with the repeated ones, a shifted covariate with the same digits unshifted
        const base =
          name === "rows repeated"
            ? await fitOf(
                name,
                rearranged(
                  original,
                  data.w!.flatMap((w, i) => Array.from({ length: w }, () => i)),
                ),
              )
            : name === "x + 1e9"
              ? await fitOf(name, { ...original, x: data.x.map((value) => value - 1e9) })
              : await fitOf("as it is", original);
        const moved = await declare(kind, data, slopes).fit(method);
        const expected = base.logLik + (added?.(label === "reml") ?? 0);
        const error = Math.abs(moved.logLik - expected) / Math.abs(expected);
        const cell = `${label}|${name}`;
        const before = worst.get(cell);
        if (!before || !(error <= before.error))
          worst.set(cell, { error, set: index, verdicts: `${base.verdict.code}, ${moved.verdict.code}` });
      }
    }
  }
  for (const [cell, found] of worst) {
    const [method, invariance] = cell.split("|");
    console.log(JSON.stringify({ family: kind, method, invariance, sets, ...found, below: found.error < 1e-9 }));
  }
}

const [sets = "200", only] = process.argv.slice(2);
for (const kind of Object.keys(methods) as Kind[]) if (!only || only === kind) await validate(kind, Number(sets));
