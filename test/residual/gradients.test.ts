/** The exact gradient of every residual structure, with and without random effects, nested and crossed, against central differences. */
import { describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { gaussianMarginal } from "../../src/marginal/gaussian/gaussian-marginal.ts";
import { profiledGaussian } from "../../src/marginal/gaussian/profiled-gaussian.ts";
import type { IntegralData } from "../../src/marginal/integral-data.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

/** Eight subjects with up to six visits, some missing, five items crossed with them, two coordinates. */
export function visits() {
  const rng = createRng("visits");
  const rows: Record<string, number | string>[] = [];
  for (let s = 0; s < 8; s++)
    for (let v = 1; v <= 6; v++) {
      if ((s + 2 * v) % 11 === 0) continue;
      rows.push({
        y: 3 + 0.4 * v + rng.normal() * (1 + 0.2 * v),
        x: rng.normal(),
        v,
        time: v + 0.6 * rng.uniform(),
        east: rng.uniform() * 4,
        north: rng.uniform() * 4,
        subject: `s${s}`,
        item: `i${(s * 3 + v) % 5}`,
        arm: s % 2 === 0 ? "a" : "b",
        precision: 0.5 + rng.uniform(),
      });
    }
  return toTable(rows);
}

const VARIANCES = [
  "varIdent(~ 1 | arm)",
  "varPower(~ time)",
  "varPower(~ time | arm)",
  "varExp(~ x)",
  "varConstPower(~ time)",
  "varConstProp(~ time)",
  "varComb(varIdent(~ 1 | arm), varExp(~ x))",
];
const CORRELATIONS = [
  "corCompSymm(~ 1 | subject)",
  "corSymm(~ v | subject)",
  "corAR1(~ v | subject)",
  "corAR1(~ 1)",
  "corCAR1(~ time | subject)",
  "corARMA(~ 1 | subject, p = 1, q = 1)",
  "corARMA(~ v | subject, p = 2, q = 0)",
  "corARMA(~ 1 | subject, p = 2, q = 2)",
  "corARMA(~ 1, p = 0, q = 3)",
  "corExp(~ east + north | subject)",
  "corExp(~ time | subject, nugget = TRUE)",
  "corGaus(~ east + north | subject, nugget = TRUE)",
  "corLin(~ time | subject, nugget = TRUE)",
  "corRatio(~ east + north, nugget = TRUE)",
  "corSpher(~ east + north | subject)",
];
const RANDOM = ["", "+ (1 + x | subject)", "+ (1 | subject) + (1 | item)", "+ (x || item)"];

function compiled(random: string, residual: { variance?: string; correlation?: string }) {
  const declared = model(visits()).formula(`y ~ x + v ${random}`).weights("precision").residual(residual);
  return declared.compile();
}

/** A point with ψ inside its range. */
function pointOf(data: IntegralData, parameters: readonly { support: unknown }[]): Float64Array {
  const x = new Float64Array(data.layout.size);
  const { beta, terms, phi } = data.layout;
  for (let j = 0; j < beta[0]!.size; j++) x[beta[0]!.offset + j] = 0.5 + 0.2 * j;
  for (const term of terms) for (let k = 0; k < term.size; k++) x[term.offset + k] = 0.7 + 0.13 * k;
  parameters.forEach(({ support }, g) => {
    x[phi.offset + g] = g === 0 ? 1.3 : support === "positive" ? 1.4 + 0.1 * g : 0.3 - 0.04 * g;
  });
  return x;
}

function largestError(f: (x: Float64Array, gradient?: Float64Array) => number, x: Float64Array): number {
  const gradient = new Float64Array(x.length);
  expect(Number.isFinite(f(x, gradient))).toBe(true);
  let worst = 0;
  for (let i = 0; i < x.length; i++) {
    const h = 1e-5;
    const up = x.slice();
    const down = x.slice();
    up[i]! += h;
    down[i]! -= h;
    const numeric = (f(up) - f(down)) / (2 * h);
    worst = Math.max(worst, Math.abs(numeric - gradient[i]!) / Math.max(1, Math.abs(numeric)));
  }
  return worst;
}

const cases = [
  ...VARIANCES.map((variance) => ({ variance, correlation: undefined })),
  ...CORRELATIONS.map((correlation) => ({ variance: undefined, correlation })),
  { variance: "varPower(~ time | arm)", correlation: "corAR1(~ v | subject)" },
  { variance: "varIdent(~ 1 | arm)", correlation: "corSymm(~ v | subject)" },
  { variance: "varExp(~ x)", correlation: "corARMA(~ 1 | subject, p = 1, q = 1)" },
];

describe.each(RANDOM)("with %s", (random) => {
  it.each(cases)("$variance $correlation", ({ variance, correlation }) => {
    const { data, family } = compiled(random, { ...(variance && { variance }), ...(correlation && { correlation }) });
    const marginal = gaussianMarginal(data);
    const x = pointOf(data, family.parameters);
    expect(largestError((at, gradient) => marginal.evaluate(at, gradient), x)).toBeLessThan(2e-7);

    const profile = profiledGaussian(data);
    const first = data.layout.terms[0]?.offset ?? data.layout.phi.offset;
    const theta = Float64Array.from([
      ...x.subarray(first, data.layout.phi.offset),
      ...x.subarray(data.layout.phi.offset + 1),
    ]);
    for (const reml of [false, true])
      expect(largestError((at, gradient) => profile.evaluate(at, { reml }, gradient), theta)).toBeLessThan(5e-7);
  });
});
