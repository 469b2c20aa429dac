/**
 * Log evidence of sleepstudy (−891.4780, deterministic quadrature over the variance parameters) and cbpp (quadrature over all five parameters,
 * done here): bridge and importance sampling from integrated and joint chains, and, over repeated fits, bias, and whether the stated error is
 * the spread of the estimates.
 *
 * Run: npx tsx bench/validation/evidence.ts [repetitions, default 20] [sleepstudy] [cbpp]
 */

import { evidenceTarget } from "../../src/checks/evidence-target.ts";
import * as library from "../../src/index.ts";
import { choleskyFactor } from "../../src/linalg/dense-cholesky.ts";
import { readTable } from "../../src/node/index.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { logEvidence } from "../../src/public/checks.ts";
import * as priors from "../../src/public/priors.ts";
import { cbpp as cbppModel, sleepstudy as sleepstudyModel } from "../models.ts";

const { nuts } = library;
type Model = library.Model;
type Posterior = library.Posterior;

const repetitions = Number(process.argv[2] ?? 20);
const wanted = process.argv.slice(3);
const sleepstudy = await sleepstudyModel({ ...library, ...priors }, readTable);
const cbpp = await cbppModel({ ...library, ...priors }, readTable);

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

/**
 * The log evidence by the trapezoid rule: on a lattice of `step` posterior standard deviations in coordinates whitened by the draws, within
 * `radius` of their mean. Signed standard deviations enter by their logarithms, so that the integrand is smooth and vanishes at all ends.
 */
function quadrature(fit: Posterior, nodes: number, step: number, radius: number): number {
  const { logDensity, coordinates, dim, target } = atOnce(evidenceTarget(fit, { kind: "agq", nodes }));
  const signed = target.chart.terms.flatMap(({ chart, offset }) =>
    chart.signed.flatMap((yes, a) => (yes ? [offset + a] : [])),
  );
  const z = coordinates();
  const count = z.length / dim;
  for (let i = 0; i < count; i++) for (const j of signed) z[i * dim + j] = Math.log(z[i * dim + j]!);
  const mean = Float64Array.from({ length: dim }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += z[i * dim + j]! / count;
    return sum;
  });
  const factor = new Float64Array(dim * dim);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < dim; j++)
      for (let k = 0; k <= j; k++)
        factor[j * dim + k]! += ((z[i * dim + j]! - mean[j]!) * (z[i * dim + k]! - mean[k]!)) / count;
  choleskyFactor(factor, dim);
  const w = new Float64Array(dim);
  const point = new Float64Array(dim);
  const top = logDensity(mean.map((value, j) => (signed.includes(j) ? Math.exp(value) : value)));
  let sum = 0;
  const visit = (axis: number, left: number) => {
    if (axis < dim) {
      for (let k = -Math.floor(Math.sqrt(left) / step); k * step <= Math.sqrt(left); k++) {
        w[axis] = k * step;
        visit(axis + 1, left - (k * step) ** 2);
      }
      return;
    }
    let logJacobian = 0;
    for (let j = 0; j < dim; j++) {
      point[j] = mean[j]!;
      for (let k = 0; k <= j; k++) point[j]! += factor[j * dim + k]! * w[k]!;
    }
    for (const j of signed) {
      logJacobian += point[j]!;
      point[j] = Math.exp(point[j]!);
    }
    sum += Math.exp(logDensity(point) + logJacobian - top);
  };
  visit(0, radius * radius);
  let logVolume = dim * Math.log(step);
  for (let j = 0; j < dim; j++) logVolume += Math.log(factor[j * dim + j]!);
  return top + Math.log(sum) + logVolume;
}

/** The lattices and node counts agree: the reference is good to the digits that they share. */
async function reference(id: string, declared: Model): Promise<number> {
  const fit = await declared.sample(nuts({ seed: "reference", warmup: 300, draws: 1000, target: "integrated" }));
  for (const [nodes, step, radius] of [
    [5, 1.25, 7.5],
    [15, 1.5, 8],
    [15, 1.25, 7.5],
  ] as const)
    print({ id, nodes, step, radius, quadrature: quadrature(fit, nodes, step, radius) });
  return quadrature(fit, 15, 1.25, 8.5);
}

if (wanted.length === 0 || wanted.includes("sleepstudy")) {
  await compare("sleepstudy", sleepstudy, -891.478);
  await spread("sleepstudy", sleepstudy, -891.478);
}
if (wanted.length === 0 || wanted.includes("cbpp")) {
  const value = await reference("cbpp", cbpp);
  print({ id: "cbpp", quadrature: value });
  await compare("cbpp", cbpp, value, 15);
  await spread("cbpp", cbpp, value, 15);
}
