/**
 * One evaluation of the profiled REML criterion of `y ~ service + (1 | s) + (1 | d) + (1 | dept:service)` on InstEval (73 421 rows,
 * 2972 × 1128 × 28 levels), by pieces, and of sleepstudy for the small end. Prints one JSON line a measurement: milliseconds of processor time, so that
 * other work on the machine disturbs it little.
 *
 *     npx tsx bench/insteval.ts path/to/InstEval.csv[.gz]
 *
 * The table comes with the R package lme4: write.csv(lme4::InstEval, "InstEval.csv", row.names = FALSE).
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { choleskyFactor, choleskyInverse } from "../src/linalg/dense-cholesky.ts";
import { profiledGaussian } from "../src/marginal/gaussian/profiled-gaussian.ts";
import type { IntegralData } from "../src/marginal/integral-data.ts";
import { parameterLayout } from "../src/model/parameter-layout.ts";

function report(measurement: string, milliseconds: number, more: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ measurement, milliseconds: Number(milliseconds.toPrecision(4)), ...more }));
}

/** Milliseconds of processor time this process has used, all threads. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function best(times: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let t = 0; t < times; t++) {
    const start = processorTime();
    work();
    least = Math.min(least, processorTime() - start);
  }
  return least;
}

function readTable(path: string): Record<string, string[]> {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const [header, ...rows] = text.trim().split(/\r?\n/);
  const names = header!.split(",").map((name) => name.replaceAll('"', ""));
  const cells = rows.map((row) => row.replaceAll('"', "").split(","));
  return Object.fromEntries(names.map((name, j) => [name, cells.map((row) => row[j]!)]));
}

function integralData(
  y: Float64Array,
  X: Float64Array,
  names: string[],
  groups: string[][],
  Z: Float64Array,
  q: number,
): IntegralData {
  const n = y.length;
  return {
    n,
    predictors: [{ role: "mu", names, X, offset: new Float64Array(n), intercept: true }],
    random: groups.map((group, t) => {
      const levels = [...new Set(group)].sort();
      const place = new Map(levels.map((level, l) => [level, l]));
      return {
        predictor: 0,
        group: `g${t}`,
        levels,
        index: Int32Array.from(group, (level) => place.get(level)!),
        q,
        names: Array.from({ length: q }, (_, a) => `z${a}`),
        Z,
        covariance: "us" as const,
      };
    }),
    columns: { y },
    multiplier: null,
    layout: parameterLayout(
      [names.length],
      groups.map(() => ({ q, covariance: "us" as const })),
      1,
    ),
  };
}

function twoColumns(second: ArrayLike<number>): Float64Array {
  const X = new Float64Array(2 * second.length);
  for (let i = 0; i < second.length; i++) {
    X[2 * i] = 1;
    X[2 * i + 1] = second[i]!;
  }
  return X;
}

function evaluations(name: string, data: IntegralData, theta: Float64Array, times: number): void {
  const start = processorTime();
  const profile = profiledGaussian(data);
  report(`${name}: cross-products and analysis`, processorTime() - start);
  const gradient = new Float64Array(theta.length);
  const value = profile.evaluate(theta, { reml: true }, gradient);
  report(
    `${name}: value`,
    best(times, () => profile.evaluate(theta, { reml: true })),
    { criterion: value },
  );
  report(
    `${name}: value and gradient`,
    best(times, () => profile.evaluate(theta, { reml: true }, gradient)),
    { gradient: [...gradient] },
  );
}

function main(): void {
  const path = process.argv[2];
  if (path === undefined) {
    console.error(
      "Give the path of InstEval.csv or InstEval.csv.gz, as written from R by write.csv(lme4::InstEval, row.names = FALSE).",
    );
    process.exitCode = 1;
    return;
  }
  for (const n of [300, 1128]) {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = i === j ? n : Math.sin(i + 7 * j);
    const work = a.slice();
    const factor = best(5, () => {
      work.set(a);
      choleskyFactor(work, n);
    });
    report(`dense Cholesky, order ${n}`, factor, { gflops: Number((n ** 3 / 3e6 / factor).toPrecision(3)) });
    const both = best(5, () => {
      work.set(a);
      choleskyFactor(work, n);
      choleskyInverse(work, n);
    });
    report(`dense Cholesky and inverse, order ${n}`, both, { gflops: Number((n ** 3 / 1e6 / both).toPrecision(3)) });
  }
  const table = readTable(path);
  const service = table["service"]!.map(Number);
  const cell = table["dept"]!.map((dept, i) => `${dept}:${table["service"]![i]}`);
  const ones = new Float64Array(service.length).fill(1);
  const y = Float64Array.from(table["y"]!, Number);
  const inst = integralData(
    y,
    twoColumns(service),
    ["(Intercept)", "service1"],
    [table["s"]!, table["d"]!, cell],
    ones,
    1,
  );
  evaluations("InstEval", inst, Float64Array.of(0.27, 0.43, 0.1), 3);

  const sleepTable = readTable(new URL("../examples/data/sleepstudy.csv", import.meta.url).pathname);
  const days = twoColumns(sleepTable["Days"]!.map(Number));
  const reaction = Float64Array.from(sleepTable["Reaction"]!, Number);
  const sleep = integralData(reaction, days, ["(Intercept)", "Days"], [sleepTable["Subject"]!], days, 2);
  const profile = profiledGaussian(sleep);
  const theta = Float64Array.of(0.97, 0.015, 0.23);
  const gradient = new Float64Array(3);
  const repeat = (times: number) => {
    for (let t = 0; t < times; t++) profile.evaluate(theta, { reml: true }, gradient);
  };
  repeat(20_000);
  report("sleepstudy: value and gradient", best(5, () => repeat(10_000)) / 10_000);
}

main();
