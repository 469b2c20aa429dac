import { describe, expect, it } from "vitest";
import {
  type Combination,
  type Estimator,
  onIdentity,
  onLog,
  withCombinations,
} from "../../src/estimates/estimator.ts";
import type { Draws, Point } from "../../src/estimates/sources.ts";
import { summarise } from "../../src/estimates/summarise.ts";

/** x₀² and x₀x₁. */
const products: Estimator<string> = {
  rows: [
    { label: "square", scale: onIdentity },
    { label: "product", scale: onLog, none: 1 },
  ],
  value(x, _, out) {
    out[0] = x[0]! ** 2;
    out[1] = x[0]! * x[1]!;
  },
  gradient(x, _, into) {
    into.x[0]![0]! += 2 * x[0]!;
    into.x[1]![0]! += x[1]!;
    into.x[1]![1]! += x[0]!;
  },
};
const ratio: Combination = { value: ([a, b]) => a! / b!, gradient: ([a, b]) => [1 / b!, -a! / (b! * b!)] };
const withRatio = withCombinations(products, [{ label: "ratio", scale: onIdentity, none: 0, of: [0, 1], by: ratio }]);
const { gradient: _, ...withoutGradient } = products;

const covariance = Float64Array.of(0.04, 0.01, 0.01, 0.09);
const point = (extra: Partial<Point> = {}): Point => ({
  kind: "point",
  x: Float64Array.of(2, 3),
  effects: [],
  errors: Float64Array.of(0.2, 0.3),
  covariance,
  settle: () => null,
  equivalents: [],
  ...extra,
});

describe("the table of an estimator", () => {
  it("has errors by the delta method, from exact derivatives or differences alike", () => {
    const exact = summarise(products, point(), { confLevel: 0.95 }).rows;
    const differenced = summarise(withoutGradient, point(), { confLevel: 0.95 }).rows;
    // (3, 2) V (3, 2)' = 0.36 + 0.12 + 0.36
    expect(exact[0]!.numbers.std_error).toBeCloseTo(Math.sqrt(16 * 0.04), 14);
    expect(exact[1]!.numbers.std_error).toBeCloseTo(Math.sqrt(0.84), 14);
    exact.forEach(({ numbers }, k) => {
      expect(differenced[k]!.numbers.std_error).toBeCloseTo(numbers.std_error!, 8);
    });
    expect(exact[0]!.test).toBeNull();
    // on the log scale: log 6 over √0.84 / 6
    expect(exact[1]!.test!.statistic).toBeCloseTo(Math.log(6) / (Math.sqrt(0.84) / 6), 12);
  });

  it("has functions of two quantities with their own derivative", () => {
    const [, , row] = summarise(withRatio, point(), { confLevel: 0.95 }).rows;
    // x₀² / x₀x₁ = x₀ / x₁ has gradient (1/3, −2/9)
    expect(row!.numbers.estimate).toBeCloseTo(2 / 3, 15);
    expect(row!.numbers.std_error).toBeCloseTo(Math.sqrt(0.04 / 9 - (4 / 27) * 0.01 + (4 / 81) * 0.09), 14);
  });

  it("tests by Student's t where the source gives degrees of freedom, for the gradient in x", () => {
    const seen: number[][] = [];
    const degreesOfFreedom = (gradient: Float64Array) => {
      seen.push([...gradient]);
      return 5;
    };
    const [, row] = summarise(products, point({ degreesOfFreedom }), { confLevel: 0.95 }).rows;
    expect(seen).toEqual([
      [4, 0],
      [3, 2],
    ]);
    expect(row!.df).toBe(5);
    // qt(0.975, 5) = 2.570581835636314 in R 4.2
    expect(Math.log(row!.numbers.conf_high! / 6)).toBeCloseTo((2.570581835636314 * Math.sqrt(0.84)) / 6, 10);
  });

  it("summarises draws, pairs draw by draw", () => {
    const draws: Draws = {
      kind: "draws",
      count: 400,
      *each(visit) {
        for (let d = 0; d < 400; d++) {
          visit(Float64Array.of(1 + ((d * 7) % 400) / 400, 2), null, d);
          if (d === 200) yield;
        }
      },
    };
    const [square, , quotient] = summarise(withRatio, draws, { confLevel: 0.9 }).rows;
    expect(square!.numbers.estimate).toBeCloseTo(7 / 3, 2);
    expect(quotient!.numbers.estimate).toBeCloseTo(0.75, 2);
    expect(quotient!.numbers.conf_low).toBeCloseTo(0.525, 2);
    expect(quotient!.test).toEqual({ statistic: null, p_value: null });
  });

  it("has percentiles of resamples about the estimate of the data, and leaves out those without a number", () => {
    const replicates = Array.from({ length: 101 }, (_, r) => Float64Array.of(r === 50 ? Number.NaN : r, 1));
    const x = Float64Array.of(40, 1);
    const [, row] = summarise(products, { kind: "resamples", x, replicates }, { confLevel: 0.9 }).rows;
    expect(row!.numbers.estimate).toBe(40);
    expect(row!.numbers.conf_low).toBeCloseTo(4.95, 12);
    expect(row!.numbers.conf_high).toBeCloseTo(95.05, 12);
  });

  it("takes the ends of a profile, open ones too", () => {
    const from = { kind: "profile", point: point(), interval: () => ({ low: null, high: 7 }) } as const;
    const [row] = summarise(products, from, { confLevel: 0.95 }).rows;
    expect(row!.numbers).toMatchObject({ estimate: 4, conf_low: null, conf_high: 7 });
  });

  it("gives no error where it is another at another maximum, where coefficients are at infinity, and nothing that is not estimable", () => {
    const other = point({ covariance: covariance.map((value) => 2 * value) });
    const moving = summarise(products, point({ equivalents: [other] }), { confLevel: 0.95 }).rows[1]!;
    expect(moving).toMatchObject({ state: "moves", numbers: { estimate: 6, std_error: null, conf_low: null } });
    const infinite = summarise(products, point(), { confLevel: 0.95, infinite: (k) => k === 0 }).rows;
    expect(infinite.map(({ state }) => state)).toEqual(["infinite", "known"]);
    const gone = summarise(products, point(), { confLevel: 0.95, estimable: () => false }).rows[0]!;
    expect(gone).toMatchObject({ state: "not estimable", numbers: { estimate: null } });
  });
});
