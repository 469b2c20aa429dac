import { describe, expect, it } from "vitest";
import type { LinkName } from "../../src/families/family.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { populationMean } from "../../src/prediction/population-mean.ts";

const numericLinks: LinkName[] = ["logit", "cloglog", "loglog", "cauchit"];
const closedLinks: LinkName[] = ["identity", "log", "probit", "sqrt"];
const etas = [-6, -2.5, -0.3, 0, 1.1, 4];
const sds = [0, 0.1, 1, 4, 8];

/** Value, ∂/∂η, ∂/∂v at one point. */
function at(name: LinkName, eta: number, variance: number): [number, number, number] {
  const out = [new Float64Array(1), new Float64Array(1), new Float64Array(1)] as const;
  populationMean(linkFunction(name), Float64Array.of(eta), Float64Array.of(variance), 1, ...out);
  return [out[0][0]!, out[1][0]!, out[2][0]!];
}

/** Ten-point Gauss-Legendre rule on (−1, 1), nodes by Newton on the Legendre polynomial. */
function legendre(count = 10): { nodes: number[]; weights: number[] } {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let k = 0; k < count; k++) {
    let x = Math.cos((Math.PI * (k + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 50; step++) {
      let before = 1;
      let value = x;
      for (let n = 2; n <= count; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      slope = (count * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}
const rule = legendre();

/** ∫ f φ over ±12 by Gauss-Legendre in 600 panels, an independent method that resolves every f here to rounding. */
function bruteForce(f: (x: number) => number): number {
  const panels = 600;
  const half = 12 / panels;
  let sum = 0;
  for (let k = 0; k < panels; k++) {
    const centre = -12 + (2 * k + 1) * half;
    rule.nodes.forEach((node, m) => {
      const x = centre + half * node;
      sum += rule.weights[m]! * f(x) * Math.exp(-0.5 * x * x);
    });
  }
  return (sum * half) / Math.sqrt(2 * Math.PI);
}

describe("the population mean of a row", () => {
  describe.each(numericLinks)("%s link, by quadrature", (name) => {
    const link = linkFunction(name);
    it.each(sds)("agrees with brute force at sd %d", (sd) => {
      for (const eta of etas) {
        const [value, dEta, dVariance] = at(name, eta, sd * sd);
        expect(Math.abs(value - bruteForce((x) => link.mean(eta + sd * x)))).toBeLessThan(3e-14);
        expect(Math.abs(dEta - bruteForce((x) => link.slope(eta + sd * x)))).toBeLessThan(3e-14);
        expect(Math.abs(dVariance - 0.5 * bruteForce((x) => link.curvature(eta + sd * x)))).toBeLessThan(3e-14);
      }
    });
  });

  it.each(closedLinks)("%s link: the closed form is the integral", (name) => {
    const link = linkFunction(name);
    for (const sd of [0, 0.1, 1, 1.7]) {
      for (const eta of etas) {
        const [value, dEta, dVariance] = at(name, eta, sd * sd);
        const scale = Math.max(1, Math.abs(value));
        expect(Math.abs(value - bruteForce((x) => link.mean(eta + sd * x))) / scale).toBeLessThan(1e-13);
        expect(Math.abs(dEta - bruteForce((x) => link.slope(eta + sd * x))) / scale).toBeLessThan(1e-13);
        expect(Math.abs(dVariance - 0.5 * bruteForce((x) => link.curvature(eta + sd * x))) / scale).toBeLessThan(1e-13);
      }
    }
  });

  it.each([...numericLinks, ...closedLinks])("%s link: derivatives are those of the value", (name) => {
    for (const eta of etas) {
      for (const v of [0.25, 3, 40]) {
        const h = 1e-4;
        const [value, dEta, dVariance] = at(name, eta, v);
        const scale = Math.max(1, Math.abs(value));
        const slope = (at(name, eta + h, v)[0] - at(name, eta - h, v)[0]) / (2 * h);
        const slopeInVariance = (at(name, eta, v + h)[0] - at(name, eta, v - h)[0]) / (2 * h);
        expect(Math.abs(dEta - slope) / scale).toBeLessThan(2e-8);
        expect(Math.abs(dVariance - slopeInVariance) / scale).toBeLessThan(2e-8);
      }
    }
  });

  it.each([...numericLinks, ...closedLinks])("%s link: ∂/∂v is continuous down to variance 0", (name) => {
    for (const eta of etas) {
      const [, , atZero] = at(name, eta, 0);
      const [, , near] = at(name, eta, 1e-10);
      expect(Math.abs(near - atZero)).toBeLessThan(1e-8 * Math.max(1, Math.abs(atZero)));
    }
  });

  it("stays accurate where 121 points would not: logit at sd 30", () => {
    const link = linkFunction("logit");
    expect(Math.abs(at("logit", -5, 900)[0] - bruteForce((x) => link.mean(-5 + 30 * x)))).toBeLessThan(1e-12);
  });

  it("agrees with R's integrate", () => {
    // R 4.2.2: integrate(function(b) plogis(-1.41468 + b) * dnorm(b, 0, .72963), -Inf, Inf, rel.tol = 1e-12)
    expect(at("logit", -1.41468, 0.72963 ** 2)[0]).toBeCloseTo(0.218205572343272, 13);
  });

  it("is symmetric: the mean at −η is one less the mean at η", () => {
    for (const name of ["logit", "probit", "cauchit"] as const)
      for (const eta of etas) expect(at(name, eta, 2.3)[0] + at(name, -eta, 2.3)[0]).toBeCloseTo(1, 14);
  });

  it("gives NaN, not a number, where the predictor is not finite", () => {
    expect(at("logit", Number.NaN, 1)[0]).toBeNaN();
    expect(at("cloglog", 0, Number.POSITIVE_INFINITY)[0]).toBeNaN();
  });
});

describe("link functions", () => {
  it.each([...numericLinks, ...closedLinks, "inverse" as const])("%s: derivatives and inverse", (name) => {
    const link = linkFunction(name);
    for (const eta of [-3, -0.7, 0.4, 1.9].filter((e) => (name === "sqrt" || name === "inverse" ? e > 0 : true))) {
      const h = 1e-5;
      expect(link.slope(eta)).toBeCloseTo((link.mean(eta + h) - link.mean(eta - h)) / (2 * h), 8);
      const curvature = (link.slope(eta + h) - link.slope(eta - h)) / (2 * h);
      expect(Math.abs(link.curvature(eta) - curvature) / Math.max(1, Math.abs(curvature))).toBeLessThan(5e-9);
      expect(link.link(link.mean(eta))).toBeCloseTo(eta, 11);
    }
  });
});
