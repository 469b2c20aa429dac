import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as distributions from "../../src/special/distributions.ts";
import { betaInc, gammaP } from "../../src/special/distributions.ts";
import * as gamma from "../../src/special/gamma.ts";
import * as links from "../../src/special/links.ts";
import * as logistic from "../../src/special/logistic.ts";
import * as normal from "../../src/special/normal.ts";

type Case = [name: string, order: number, ...rest: (number | string)[]];
const fixture = JSON.parse(readFileSync(new URL("./fixtures/special-functions.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const plain = { ...distributions, betaInc, gammaP, ...links, ...logistic, ...normal, ...gamma } as unknown as Record<
  string,
  (...x: number[]) => number
>;
const towers = new Set(["polygamma", "lgammaCorrection", "lgammaDelta", "logRising", "logNdtr", "logCloglog"]);

/** Error relative to the truth, or absolute where the truth is below 1 in size. */
function scaledError(got: number, truth: number): number {
  if (got === truth) return 0;
  return Math.abs(got - truth) / Math.max(1, Math.abs(truth));
}

function relativeError(got: number, truth: number): number {
  return got === truth ? 0 : Math.abs(got - truth) / Math.abs(truth);
}

const names = [...new Set(fixture.cases.map(([name]) => name))];

/** Iterated continued fractions and quantiles carry more rounding than the functions of the hot loops. */
const tolerances: Record<string, number> = {
  gammaP: 2e-13,
  gammaQ: 2e-13,
  betaInc: 2e-13,
  studentTTwoSided: 2e-13,
  chiSquareUpper: 2e-13,
};

describe("special functions against 60-digit values", () => {
  for (const name of names)
    it(name, () => {
      const worst = { error: 0, text: "" };
      for (const [, order, ...rest] of fixture.cases.filter((c) => c[0] === name)) {
        const args = rest.slice(0, -1) as number[];
        const truth = Number(rest.at(-1));
        const got = towers.has(name) ? plain[name]!(order, ...args) : plain[name]!(...args);
        const error = scaledError(got, truth);
        if (!(error <= worst.error))
          Object.assign(worst, { error, text: `${name}(${order}; ${args}) = ${got}, not ${truth}` });
      }
      expect(worst.error, worst.text).toBeLessThan(tolerances[name] ?? 1e-14);
    });

  it("keeps relative accuracy in the far tails", () => {
    for (const [name, order, ...rest] of fixture.cases) {
      const args = rest.slice(0, -1) as number[];
      const truth = Number(rest.at(-1));
      const got = towers.has(name) ? plain[name]!(order, ...args) : plain[name]!(...args);
      const inTail =
        (name === "logNdtr" && args[0]! < -2.5) ||
        (["ndtr", "erfc"].includes(name) && truth > 1e-300) ||
        (name === "lgammaDelta" && args[0]! > 1e4 && args[1]! < 100) ||
        (name === "lgammaCorrection" && args[0]! > 20) ||
        (name === "polygamma" && order < 0) ||
        name === "cauchyCdf" ||
        name === "studentTTwoSided" ||
        name === "normalQuantile";
      if (!inTail || truth === 0) continue;
      expect(relativeError(got, truth), `${name}(${order}; ${args}) = ${got}, not ${truth}`).toBeLessThan(2e-12);
    }
  });
});

describe("quantiles invert their distribution functions", () => {
  it("Student", () => {
    for (const p of [1e-6, 0.025, 0.3, 0.5, 0.9, 0.999]) {
      for (const df of [1, 4.3, 200]) {
        const t = distributions.studentTQuantile(p, df);
        const tail = 0.5 * distributions.studentTTwoSided(t, df);
        expect(Math.abs((t > 0 ? 1 - tail : tail) - p)).toBeLessThan(1e-13);
      }
    }
    expect(distributions.studentTQuantile(0.975, Infinity)).toBeCloseTo(1.959963984540054, 14);
    // qt(0.975, 4.3), R 4.3
    expect(distributions.studentTQuantile(0.975, 1)).toBeCloseTo(12.706204736174694, 11);
  });

  it("discrete distribution functions are sums of their masses", () => {
    const poisson = [0, 1, 2, 3].reduce((s, k) => s + Math.exp(k * Math.log(2.3) - 2.3 - gamma.lgamma(k + 1)), 0);
    expect(distributions.poissonCdf(3, 2.3)).toBeCloseTo(poisson, 14);
    const choose = [1, 7, 21];
    const binomial = choose.reduce((s, c, k) => s + c * 0.3 ** k * 0.7 ** (7 - k), 0);
    expect(distributions.binomialCdf(2, 7, 0.3)).toBeCloseTo(binomial, 14);
    const size = 1.7;
    const mu = 2.4;
    let nb = 0;
    for (let k = 0; k <= 4; k++)
      nb += Math.exp(
        gamma.lgammaDelta(0, size, k) -
          gamma.lgamma(k + 1) +
          size * Math.log(size / (size + mu)) +
          k * Math.log(mu / (size + mu)),
      );
    expect(distributions.negativeBinomialCdf(4, mu, size)).toBeCloseTo(nb, 14);
  });
});

describe("the remainder of Stirling's formula by tables", () => {
  it("agrees with the polygamma functions on both sides of every cell's edges", () => {
    const { lgammaCorrection, polygamma } = gamma;
    const edges = Array.from({ length: 97 }, (_, k) => 2 ** Math.floor(k / 16 - 1) * (1 + (k % 16) / 16));
    for (const x of edges.flatMap((e) => [e, e * (1 - 1e-14), e * 1.03])) {
      const truth = [
        lgammaCorrection(0, x + 1) + (x + 0.5) * Math.log1p(1 / x) - 1,
        polygamma(0, x) - Math.log(x) + 0.5 / x,
        polygamma(1, x) - 1 / x - 0.5 / x ** 2,
        polygamma(2, x) + 1 / x ** 2 + 1 / x ** 3,
      ];
      truth.forEach((each, order) => {
        // what the truth loses by its own terms
        const terms = [x, 1 + Math.abs(Math.log(x)), 2 / x, 2 / x ** 2][order]! + 2 / x ** (order + 1);
        expect(Math.abs(lgammaCorrection(order, x) - each), `${order}, ${x}`).toBeLessThan(4e-15 * terms);
      });
    }
  });
});
