/** What counts rows counts one of frequency weight m as the m rows it stands for. */
import { expect, it } from "vitest";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { bayesFactor, logEvidence } from "../../src/checks/log-evidence.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const CELLS = [
  ["a", 0, 5],
  ["a", 2, 3],
  ["b", 1, 6],
  ["b", 4, 1],
  ["c", 3, 4],
] as const;
const short = { g: CELLS.map(([g]) => g), y: CELLS.map(([, y]) => y), w: CELLS.map(([, , w]) => w) };
const rows = CELLS.flatMap((cell) => Array.from({ length: cell[2] }, () => cell));
const long = { g: rows.map(([g]) => g), y: rows.map(([, y]) => y) };
const declared = (data: { g: string[]; y: number[] }) => model(data).formula("y ~ 1 + (1 | g)").family(poisson());
const weighted = declared(short as never).frequencyWeights("w" as never);

it("is so many responses of the prior predictive, draw by draw those of the rows written out", () => {
  const a = priorPredictive(weighted, { draws: 50, seed: 3 });
  const b = priorPredictive(declared(long), { draws: 50, seed: 3 });
  expect(a.n).toBe(19);
  // default priors are of the rows written out too
  expect(a.responses).toEqual(b.responses);
  const observed = (found: typeof a) =>
    found.rows.filter(({ kind }) => kind === "response").map((row) => row.observed!);
  observed(a).forEach((value, k) => {
    expect(value).toBeCloseTo(observed(b)[k]!, 12);
  });
});

it("refuses a row that counts one and a half times, and weights that multiply the likelihood", () => {
  const half = declared({ ...short, w: [5, 3, 1.5, 1, 4] } as never);
  expect(() => priorPredictive(half.frequencyWeights("w" as never))).toThrow(
    /frequency weight says, and that of row 3 is 1.5/,
  );
  expect(() => priorPredictive(declared(short as never).weights("w" as never))).toThrow(
    /no distribution that responses could/,
  );
});

it("is the same response of an evidence, and the same number of observations of a posterior", async () => {
  const sampler = nuts({ chains: 1, warmup: 100, draws: 200, seed: 1 });
  const [a, b] = [
    await weighted.prior("fixed", { name: "normal", parameters: [0, 1] }).sample(sampler),
    await declared(long)
      .prior("fixed", { name: "normal", parameters: [0, 1] })
      .sample(sampler),
  ];
  expect(a.glance().nobs).toBe(19);
  const [one, other] = [logEvidence(a), logEvidence(b)];
  expect(one.response).toMatchObject({ nobs: 19, sum: 4 * 3 + 6 + 6 + 4 });
  const { logBayesFactor, error } = bayesFactor(one, other);
  expect(Math.abs(logBayesFactor)).toBeLessThan(4 * error + 0.02);
});
