/** Priors of whole covariance matrices as densities of the sampler's coordinates: normalised, with the right moments and gradients. */
import { describe, expect, it } from "vitest";
import { posteriorChart } from "../../src/charts/posterior-chart.ts";
import { choleskyFactor } from "../../src/linalg/dense-cholesky.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import { covarianceDensity, type MatrixPrior } from "../../src/priors/covariance-density.ts";
import { scalarPrior } from "../../src/priors/density.ts";
import { halfStudentT, inverseGammaVariance } from "../../src/priors/distributions.ts";
import { jointNormalPrior } from "../../src/priors/joint-normal.ts";
import { createRng } from "../../src/random/rng.ts";
import { inverseGammaVariate } from "../../src/random/variates.ts";
import { inverseWishartFactor } from "../../src/random/wishart.ts";

/** The density of a term of q correlated effects, chart's Jacobian included, at coordinates z. */
function densityOf(prior: MatrixPrior, q: number, units = new Float64Array(q).fill(1)) {
  const layout = parameterLayout([0], [{ q, covariance: "us" }], 0);
  const chart = posteriorChart(layout, [new Array<boolean>(q).fill(false)], []);
  const density = covarianceDensity(prior, chart.terms[0]!, units);
  return {
    size: chart.size,
    chart,
    evaluate(z: Float64Array, dz = new Float64Array(chart.size)) {
      return chart.logJacobian(z, dz) + density.evaluate(z, dz);
    },
  };
}

/** ∫ f dz over a box by the trapezoid rule, which is accurate far beyond its order for smooth functions that vanish at the ends. */
function integrate(
  boxes: readonly (readonly [number, number])[],
  points: number,
  f: (z: Float64Array) => readonly number[],
): number[] {
  const z = new Float64Array(boxes.length);
  const sums: number[] = [];
  const visit = (d: number, weight: number): void => {
    if (d === boxes.length) {
      f(z).forEach((value, k) => {
        sums[k] = (sums[k] ?? 0) + weight * value;
      });
      return;
    }
    const [low, high] = boxes[d]!;
    const h = (high - low) / points;
    for (let i = 0; i <= points; i++) {
      z[d] = low + i * h;
      visit(d + 1, weight * h);
    }
  };
  visit(0, 1);
  return sums;
}

const INVERSE_WISHART: MatrixPrior = { kind: "inverse-wishart", df: 9, scale: [6, 1.5, 1.5, 3] };
const HUANG_WAND: MatrixPrior = { kind: "huang-wand", df: 5, scales: [1.5, 0.7] };

describe("two effects, by quadrature over log sds and the partial correlation", () => {
  it("the inverse-Wishart integrates to 1 and has the mean S/(df − q − 1)", () => {
    const { evaluate, chart } = densityOf(INVERSE_WISHART, 2);
    const x = new Float64Array(3);
    const [total, m00, m01, m11] = integrate(
      [
        [-3, 4],
        [-3.5, 3.5],
        [-6, 6],
      ],
      48,
      (z) => {
        const p = Math.exp(evaluate(z));
        chart.toNatural(z, x);
        const [a, b, c] = x as unknown as [number, number, number];
        return [p, p * a * a, p * a * b, p * (b * b + c * c)];
      },
    ) as [number, number, number, number];
    expect(total).toBeCloseTo(1, 6);
    expect(m00).toBeCloseTo(6 / 6, 3);
    expect(m01).toBeCloseTo(1.5 / 6, 3);
    expect(m11).toBeCloseTo(3 / 6, 3);
  });

  it("Huang and Wand's integrates to 1, each sd is half-t(df, scale)", () => {
    const { evaluate } = densityOf(HUANG_WAND, 2);
    const bounded = (log: number) => 1 / (1 + Math.exp(2 * log));
    const [total, first, second] = integrate(
      [
        [-10, 5],
        [-11, 4],
        [-6, 6],
      ],
      56,
      (z) => {
        const p = Math.exp(evaluate(z));
        return [p, p * bounded(z[0]!), p * bounded(z[1]!)];
      },
    ) as [number, number, number];
    expect(total).toBeCloseTo(1, 4);
    [first, second].forEach((found, k) => {
      const { logDensity } = scalarPrior(halfStudentT(5, [1.5, 0.7][k]!));
      const [expected] = integrate([[-14, 10]], 4000, (z) => [
        bounded(z[0]!) * Math.exp(logDensity(Math.exp(z[0]!)) + z[0]!),
      ]) as [number];
      expect(found).toBeCloseTo(expected, 4);
    });
  });
});

describe("one effect is a prior of one standard deviation", () => {
  it("inverse gamma of the variance, and half-t", () => {
    const cases = [
      [{ kind: "inverse-wishart", df: 3, scale: [2.4] }, inverseGammaVariance(1.5, 1.2)],
      [{ kind: "huang-wand", df: 4, scales: [0.6] }, halfStudentT(4, 0.6)],
    ] as const;
    for (const [prior, scalar] of cases) {
      const { evaluate } = densityOf(prior, 1);
      const { logDensity } = scalarPrior(scalar);
      for (const z of [-2, -0.3, 0.4, 2.5])
        expect(evaluate(Float64Array.of(z))).toBeCloseTo(logDensity(Math.exp(z)) + z, 10);
    }
  });
});

describe("units and gradients", () => {
  const priors: MatrixPrior[] = [
    INVERSE_WISHART,
    HUANG_WAND,
    { kind: "inverse-wishart", df: 6, scale: [4, 1, 0.5, 1, 3, -0.4, 0.5, -0.4, 2] },
    { kind: "huang-wand", df: 2, scales: [1, 2, 0.3] },
  ];
  for (const prior of priors) {
    const q = prior.kind === "huang-wand" ? prior.scales.length : Math.sqrt(prior.scale.length);
    const units = Float64Array.from({ length: q }, (_, a) => 0.5 + 1.7 * a);
    const rng = createRng("covariance-density");
    const { size, evaluate } = densityOf(prior, q);
    const scaled = densityOf(prior, q, units);
    const point = () => Float64Array.from({ length: size }, () => 0.6 * rng.normal());

    it(`${prior.kind} of ${q} effects: gradient by central differences`, () => {
      const z = point();
      const dz = new Float64Array(size);
      scaled.evaluate(z, dz);
      for (let i = 0; i < size; i++) {
        const [up, down] = [z.slice(), z.slice()];
        up[i]! += 1e-5;
        down[i]! -= 1e-5;
        const slope = (scaled.evaluate(up) - scaled.evaluate(down)) / 2e-5;
        expect(Math.abs(dz[i]! - slope), `coordinate ${i}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
      }
    });

    it(`${prior.kind} of ${q} effects: standardising the effects shifts the log sds and nothing else`, () => {
      const z = point();
      const moved = z.slice();
      for (let a = 0; a < q; a++) moved[a]! += Math.log(units[a]!);
      expect(scaled.evaluate(moved)).toBeCloseTo(evaluate(z), 10);
    });
  }
});

it("Huang and Wand's is the inverse-Wishart averaged over its inverse-gamma scales", () => {
  if (HUANG_WAND.kind !== "huang-wand") throw new Error("not the prior that is tested");
  const { df, scales } = HUANG_WAND;
  const rng = createRng("huang-wand");
  // the share of draws of Σ through a in a box of sds and correlation, against the density's integral over it
  const draws = 40000;
  const out = new Float64Array(4);
  let inside = 0;
  for (let d = 0; d < draws; d++) {
    const a = scales.map((scale) => inverseGammaVariate(rng, 0.5, scale ** -2));
    inverseWishartFactor(rng, df + 1, Float64Array.of((2 * df) / a[0]!, 0, 0, (2 * df) / a[1]!), 2, out);
    const [l00, , l10, l11] = out as unknown as [number, number, number, number];
    const sds = [l00, Math.hypot(l10, l11)];
    if (sds[0]! > 0.5 && sds[0]! < 2 && sds[1]! > 0.3 && sds[1]! < 1.2 && l10 / sds[1]! > 0.2) inside++;
  }
  const { evaluate } = densityOf(HUANG_WAND, 2);
  // the middle of each cell of the box in (log sd, log sd, partial correlation through tanh)
  const cells = 40;
  const [lows, highs] = [
    [Math.log(0.5), Math.log(0.3), Math.atanh(0.2)],
    [Math.log(2), Math.log(1.2), 8],
  ] as const;
  const z = new Float64Array(3);
  let probability = 0;
  const widths = lows.map((low, i) => (highs[i]! - low) / cells);
  for (let i = 0; i < cells; i++)
    for (let j = 0; j < cells; j++)
      for (let k = 0; k < cells; k++) {
        [i, j, k].forEach((cell, d) => {
          z[d] = lows[d]! + (cell + 0.5) * widths[d]!;
        });
        probability += Math.exp(evaluate(z)) * widths[0]! * widths[1]! * widths[2]!;
      }
  const error = Math.sqrt((probability * (1 - probability)) / draws);
  expect(Math.abs(inside / draws - probability)).toBeLessThan(4.5 * error + 1e-3);
});

it("a joint normal of the coefficients is normalised in standardised coordinates", () => {
  const covariance = [4, 1, 1, 2];
  const T = Float64Array.of(2, 0.5, 0, 3);
  const prior = jointNormalPrior(
    { mean: [1, -1], covariance },
    { coefficientMap: T, logDeterminant: Math.log(6), scales: [], thresholdLevel: new Float64Array(0) },
  );
  const dz = new Float64Array(2);
  const [total] = integrate(
    [
      [-9, 9],
      [-6, 6],
    ],
    400,
    (z) => [Math.exp(prior.evaluate(z, dz))],
  );
  expect(total).toBeCloseTo(1, 8);
  const z = Float64Array.of(0.3, 0.2);
  const gradient = new Float64Array(2);
  prior.evaluate(z, gradient);
  for (let i = 0; i < 2; i++) {
    const [up, down] = [z.slice(), z.slice()];
    up[i]! += 1e-5;
    down[i]! -= 1e-5;
    expect(gradient[i]).toBeCloseTo((prior.evaluate(up, dz) - prior.evaluate(down, dz)) / 2e-5, 6);
  }
  expect(choleskyFactor(Float64Array.from(covariance), 2)).toBe(true);
});
