/**
 * Geweke's (2004) joint-distribution test of every sweep, "Getting it right", JASA 99: parameters drawn from the prior, then response and
 * sweep alternated. Whatever the number of alternations, the parameters still follow the prior if the sweep leaves the posterior
 * invariant. Many short runs, each begun from the prior, give independent draws, so that Kolmogorov-Smirnov's false-alarm rate is exact
 * (Gandy & Scott 2020, "Unit testing for MCMC"): with √n·D < 2.5 it is 7e-6 a quantity, about 1e-3 over all of this file.
 */
import { describe, expect, test } from "vitest";
import { boundStructure } from "../../../src/covariance/structures.ts";
import type { Sweep } from "../../../src/samplers/gibbs/sweep.ts";
import { drawPrior, drawResponse, SMALL_MODELS, type SmallModel, stream, withResponse } from "./small-models.ts";

const RUNS = 200;
const ALTERNATIONS = 4;
const PRIOR_DRAWS = 1000;

/** Numbers whose distribution under the prior is compared. */
function quantities({ data }: SmallModel, { state, design }: Sweep): Record<string, number> {
  const out: Record<string, number> = {};
  for (let i = 0; i < design.p; i++) {
    let sum = 0;
    for (let j = 0; j < design.p; j++) sum += design.map.toUser[i * design.p + j]! * state.gamma[j]!;
    out[`beta ${i}`] = sum;
  }
  for (const [g, value] of state.phi.entries()) out[`phi ${g}`] = value;
  state.lambda.forEach((lambda, t) => {
    const q = Math.sqrt(lambda.length);
    const rows = Array.from({ length: q }, (_, a) => lambda.subarray(a * q, (a + 1) * q));
    // given standard deviations are constants
    if (!data.data.layout.terms[t]!.sd) for (const [a, row] of rows.entries()) out[`sd ${t} ${a}`] = Math.hypot(...row);
    if (q === 2 && !boundStructure(data.data.layout.terms[t]!).diagonal)
      out[`cor ${t}`] = (rows[0]![0]! * rows[1]![0]!) / (Math.hypot(...rows[0]!) * Math.hypot(...rows[1]!));
    out[`b ${t}`] = state.b[t]![0]!;
    out[`squares of b ${t}`] = state.b[t]!.reduce((sum, b) => sum + b * b, 0);
  });
  return out;
}

/** √(nm/(n+m)) times the largest distance of two empirical distributions. */
function kolmogorov(a: number[], b: number[]): number {
  const x = a.toSorted((s, t) => s - t);
  const y = b.toSorted((s, t) => s - t);
  let distance = 0;
  let j = 0;
  for (let i = 0; i < x.length; i++) {
    while (j < y.length && y[j]! <= x[i]!) j++;
    distance = Math.max(distance, Math.abs((i + 1) / x.length - j / y.length), Math.abs(i / x.length - j / y.length));
  }
  return distance * Math.sqrt((x.length * y.length) / (x.length + y.length));
}

describe("a sweep leaves the joint distribution of parameters and response as it is", () => {
  const names = Object.keys(SMALL_MODELS);
  const proposing = names.filter((name) => /balanced|three effects/.test(name));
  const cases = [...names.map((name) => [name, ""]), ...proposing.map((name) => [name, ", proposals fitted"])];
  test.each(cases)("%s%s", (name, fitted) => {
    const small = SMALL_MODELS[name!]!();
    const rng = stream(`joint/${name}${fitted}`);
    const expected: Record<string, number[]> = {};
    const found: Record<string, number[]> = {};
    const note = (into: Record<string, number[]>, sweep: Sweep) => {
      for (const [key, value] of Object.entries(quantities(small, sweep))) (into[key] ??= []).push(value);
    };
    const first = withResponse(small, small.data.data.columns["y"]!);
    for (let i = 0; i < PRIOR_DRAWS; i++) {
      drawPrior(small, first, rng);
      note(expected, first);
      // as if the draws from the prior were those of a warm-up
      if (fitted) for (const block of first.blocks) block.adapt?.(i + 1, PRIOR_DRAWS);
    }
    let proposed = 0;
    for (let run = 0; run < RUNS; run++) {
      drawPrior(small, first, rng);
      let sweep = first;
      for (let k = 0; k < ALTERNATIONS; k++) {
        sweep = withResponse(small, drawResponse(small, sweep, rng), sweep);
        for (const block of sweep.blocks) block.draw(rng);
        proposed += sweep.blocks[0]!.proposals?.made ?? 0;
      }
      note(found, sweep);
    }
    if (fitted) expect(proposed).toBeGreaterThan(RUNS);
    for (const key of Object.keys(expected))
      expect(kolmogorov(found[key]!, expected[key]!), `${name}: ${key}`).toBeLessThan(2.5);
  });
});
