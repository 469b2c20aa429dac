/** Log-likelihoods against the dense normal density, with each correlation matrix written out from its own formula. */
import { describe, expect, it } from "vitest";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";

const n = 24;
const rng = createRng("dense");
const column = (f: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => f(i));
const columns = {
  y: column(() => 2 + rng.normal()),
  x: column(() => rng.normal()),
  v: column(() => 0.5 + 2 * rng.uniform()),
  // groups interleaved in the table, so that the structure's order is not the table's
  g: column((i) => i % 4),
  item: column((i) => (i * i) % 5),
  t: column((i) => [1, 2, 3, 4, 5, 6][Math.floor(i / 4)]!),
  gap: column((i) => [1, 2, 4, 5, 7, 8][Math.floor(i / 4)]!),
  east: column(() => 3 * rng.uniform()),
  north: column(() => 3 * rng.uniform()),
};

/** Autocorrelations of an ARMA process from 4000 weights of its moving-average form. */
function armaCorrelation(phi: readonly number[], theta: readonly number[]): (lag: number) => number {
  const weights = new Float64Array(4000);
  for (let j = 0; j < weights.length; j++) {
    weights[j] = j === 0 ? 1 : (theta[j - 1] ?? 0);
    phi.forEach((value, k) => {
      if (j > k) weights[j]! += value * weights[j - 1 - k]!;
    });
  }
  const gamma = (lag: number) => {
    let sum = 0;
    for (let j = 0; j + lag < weights.length; j++) sum += weights[j]! * weights[j + lag]!;
    return sum;
  };
  return (lag) => gamma(lag) / gamma(0);
}

const d = (i: number, j: number) =>
  Math.hypot(columns.east[i]! - columns.east[j]!, columns.north[i]! - columns.north[j]!);
const lag = (i: number, j: number) => Math.abs(columns.t[i]! - columns.t[j]!);
const gap = (i: number, j: number) => Math.abs(columns.gap[i]! - columns.gap[j]!);
// partial autocorrelations 0.5, 0.3 make φ = (0.5 − 0.3·0.5, 0.3); 0.4, −0.2 make θ by the same rule with signs
const arma22 = armaCorrelation([0.35, 0.3], [0.4 + 0.4 * -0.2, -0.2]);
const arma11 = armaCorrelation([0.6], [-0.3]);

type Entry = (i: number, j: number) => number;
const structures: [string, number[], Entry, string][] = [
  ["corCompSymm(~ 1 | g)", [-0.1], () => -0.1, "g"],
  ["corAR1(~ gap | g)", [-0.4], (i, j) => (-0.4) ** gap(i, j), "g"],
  ["corCAR1(~ v | g)", [0.3], (i, j) => 0.3 ** Math.abs(columns.v[i]! - columns.v[j]!), "g"],
  ["corARMA(~ t | g, p = 1, q = 1)", [0.6, -0.3], (i, j) => arma11(lag(i, j)), "g"],
  ["corARMA(~ gap | g, p = 1, q = 1)", [0.6, -0.3], (i, j) => arma11(gap(i, j)), "g"],
  ["corARMA(~ t | g, p = 2, q = 2)", [0.5, 0.3, 0.4, -0.2], (i, j) => arma22(lag(i, j)), "g"],
  ["corExp(~ east + north)", [1.1], (i, j) => Math.exp(-d(i, j) / 1.1), ""],
  ["corGaus(~ east + north | g)", [1.1], (i, j) => Math.exp(-((d(i, j) / 1.1) ** 2)), "g"],
  ["corRatio(~ east + north, nugget = TRUE)", [1.1, 0.2], (i, j) => 0.8 / (1 + (d(i, j) / 1.1) ** 2), ""],
  ["corLin(~ t | g)", [2.5], (i, j) => Math.max(0, 1 - lag(i, j) / 2.5), "g"],
  [
    "corSpher(~ east + north | g)",
    [2],
    (i, j) => (d(i, j) < 2 ? 1 - 1.5 * (d(i, j) / 2) + 0.5 * (d(i, j) / 2) ** 3 : 0),
    "g",
  ],
];

/** log N(y; μ, V) by elimination. */
function logNormal(residual: Float64Array, V: number[][]): number {
  const A = V.map((row, i) => [...row, residual[i]!]);
  let logDet = 0;
  let quadratic = 0;
  for (let k = 0; k < n; k++) {
    const pivot = A[k]![k]!;
    logDet += Math.log(pivot);
    quadratic += A[k]![n]! ** 2 / pivot;
    for (let i = k + 1; i < n; i++) {
      const factor = A[i]![k]! / pivot;
      for (let j = k; j <= n; j++) A[i]![j]! -= factor * A[k]![j]!;
    }
  }
  return -0.5 * (n * Math.log(2 * Math.PI) + logDet + quadratic);
}

const RANDOM = ["", "+ (1 | g)", "+ (1 | g) + (1 | item)"];

describe.each(RANDOM)("with %s", (random) => {
  it.each(structures)("%s", (correlation, psi, entry, by) => {
    const variance = "varPower(~ v)";
    const compiled = model(columns).formula(`y ~ x ${random}`).residual({ variance, correlation }).compile();
    const sds = [0.8, 0.6].slice(0, compiled.layout.terms.length);
    const sigma = 1.2;
    const power = 0.4;
    const x = Float64Array.from([2, 0.3, ...sds, sigma, power, ...psi]);
    const factors = [columns.g, columns.item];
    const V = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => {
        const together = by === "" || columns.g[i] === columns.g[j];
        const C = i === j ? 1 : together ? entry(i, j) : 0;
        let value = sigma ** 2 * (columns.v[i]! * columns.v[j]!) ** power * C;
        sds.forEach((sd, t) => {
          if (factors[t]![i] === factors[t]![j]) value += sd * sd;
        });
        return value;
      }),
    );
    const residual = columns.y.map((y, i) => y - 2 - 0.3 * columns.x[i]!);
    const wanted = logNormal(residual, V);
    expect(Math.abs(compiled.marginal({ kind: "exact" }).evaluate(x) - wanted)).toBeLessThan(1e-9 * Math.abs(wanted));
  });
});

it.each(structures)("colours and whitens, each undoing the other: %s", (correlation, psi) => {
  const { design } = model(columns).formula("y ~ x").residual({ correlation }).compile();
  const structure = residualStructure(design.residual!);
  expect(structure.set(Float64Array.from(psi), 0)).toBe(true);
  const z = columns.y.slice();
  structure.colour(z);
  expect(z.some((value, i) => Math.abs(value - columns.y[i]!) > 1e-3)).toBe(true);
  structure.whiten(z);
  z.forEach((value, i) => {
    expect(value).toBeCloseTo(columns.y[i]!, 10);
  });
});
