/**
 * Nanoseconds a row of compiled kernels, beside loops written by hand for the same family in the same run. Prints a JSON line a family and row
 * function; `ratio` is compiled over hand-written.
 *
 * Run: npx tsx bench/kernels.ts
 */
import { compileKernel } from "../src/autodiff/compile-kernel.ts";
import { binomial } from "../src/families/binomial.ts";
import type { Family } from "../src/families/family.ts";
import { Gamma } from "../src/families/gamma.ts";
import { gaussian } from "../src/families/gaussian.ts";
import { nbinom1, nbinom2 } from "../src/families/negative-binomial.ts";
import { poisson } from "../src/families/poisson.ts";
import { createRng } from "../src/random/rng.ts";
import { lgamma } from "../src/special/gamma.ts";
import { sigmoid } from "../src/special/logistic.ts";

const rows = 2000;
const rng = createRng("bench");
const eta = Float64Array.from({ length: rows }, () => 1.5 * rng.normal());
const binary = eta.map((x) => (rng.uniform() < sigmoid(x) ? 1 : 0));
const trials = new Float64Array(rows).fill(1);
const counts = eta.map((x) => Math.floor(-Math.log(1 - rng.uniform()) * Math.exp(x)));
const positive = eta.map((x) => 0.01 - Math.log(1 - rng.uniform()) * Math.exp(x));
const weights = new Float64Array(rows).fill(1);
const d1 = new Float64Array(rows);
const d2 = new Float64Array(rows);
const d3 = new Float64Array(rows);
const logFactorial = counts.map((y) => lgamma(y + 1));

/**
 * Nanoseconds a row of a function over all rows: the best of many samples, which other work on the machine disturbs least. Candidates take turns,
 * so that all meet the same machine.
 */
function measure(candidates: readonly (() => number)[]): number[] {
  const samples = candidates.map(() => [] as number[]);
  let sink = 0;
  for (let round = 0; round < 120; round++)
    candidates.forEach((run, k) => {
      const repetitions = 20;
      const start = performance.now();
      for (let i = 0; i < repetitions; i++) sink += run();
      if (round > 10) samples[k]!.push(((performance.now() - start) * 1e6) / (rows * repetitions));
    });
  if (Number.isNaN(sink)) throw new Error("A kernel returned NaN.");
  return samples.map((s) => Math.min(...s));
}

function bernoulli(from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const x = eta[i]!;
    const e = Math.exp(-Math.abs(x));
    const r = 1 / (1 + e);
    sum += binary[i]! * x - Math.max(x, 0) - Math.log1p(e);
    d1[i] = binary[i]! - (x >= 0 ? r : e * r);
  }
  return sum;
}

function bernoulliAll(from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const x = eta[i]!;
    const e = Math.exp(-Math.abs(x));
    const r = 1 / (1 + e);
    const p = x >= 0 ? r : e * r;
    const q = x >= 0 ? e * r : r;
    sum += binary[i]! * x - Math.max(x, 0) - Math.log1p(e);
    d1[i] = binary[i]! - p;
    d2[i] = -p * q;
    d3[i] = p * q * (p - q);
  }
  return sum;
}

function poissonByHand(from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const mu = Math.exp(eta[i]!);
    sum += counts[i]! * eta[i]! - mu - logFactorial[i]!;
    d1[i] = counts[i]! - mu;
  }
  return sum;
}

function gaussianByHand(from: number, to: number): number {
  const precision = 1 / 1.69;
  const constant = Math.log(1.3) + 0.5 * Math.log(2 * Math.PI);
  let sum = 0;
  for (let i = from; i < to; i++) {
    const residual = positive[i]! - eta[i]!;
    sum -= 0.5 * precision * residual * residual + constant;
    d1[i] = precision * residual;
  }
  return sum;
}

interface Subject {
  readonly family: Family;
  readonly columns: Record<string, Float64Array>;
  readonly phi: readonly number[];
  readonly byHand?: Partial<Record<"score" | "adjoint", (from: number, to: number) => number>>;
}

const subjects: readonly Subject[] = [
  { family: binomial(), columns: { y: binary, trials }, phi: [], byHand: { score: bernoulli, adjoint: bernoulliAll } },
  { family: binomial({ link: "probit" }), columns: { y: binary, trials }, phi: [] },
  { family: binomial({ link: "cloglog" }), columns: { y: binary, trials }, phi: [] },
  { family: poisson(), columns: { y: counts }, phi: [], byHand: { score: poissonByHand } },
  { family: gaussian(), columns: { y: positive, weights }, phi: [1.3], byHand: { score: gaussianByHand } },
  { family: nbinom2(), columns: { y: counts }, phi: [1.8] },
  { family: nbinom1(), columns: { y: counts }, phi: [0.7] },
  { family: Gamma(), columns: { y: positive, weights }, phi: [2.1] },
];

for (const { family, columns, phi, byHand } of subjects) {
  const start = performance.now();
  const kernel = compileKernel(family);
  const compile_ms = performance.now() - start;
  const bound = kernel.bind(columns, rows, null);
  const interpreted = compileKernel(family, { backend: "interpreted" }).bind(columns, rows, null);
  for (const b of [bound, interpreted]) {
    b.eta[0]!.set(eta);
    b.setParameters(Float64Array.from(phi));
  }
  for (const name of ["value", "score", "curvature", "adjoint"] as const) {
    const hand = name === "score" || name === "adjoint" ? byHand?.[name] : undefined;
    const candidates = [() => bound[name](0, rows), () => interpreted[name](0, rows)];
    if (hand) candidates.push(() => hand(0, rows));
    const [compiled, interpreter, handWritten] = measure(candidates);
    const round = (x: number | undefined) => (x === undefined ? null : Math.round(x * 100) / 100);
    console.log(
      JSON.stringify({
        bench: "kernel",
        family: family.name,
        link: family.link,
        function: name,
        ns_per_row: round(compiled),
        hand_written_ns_per_row: round(handWritten),
        ratio: handWritten === undefined ? null : round(compiled! / handWritten),
        interpreted_ns_per_row: round(interpreter),
        compile_ms: round(compile_ms),
      }),
    );
  }
}
