import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exp, expm1, log1p, log1pUnit } from "../../src/special/exponential.ts";

type Row = [x: number, nearest: number, tail: number];
const truth = JSON.parse(readFileSync(new URL("./fixtures/exponential.json", import.meta.url), "utf8")) as {
  exp: Row[];
  log1pUnit: Row[];
};

function unitInLastPlace(x: number): number {
  return 2 ** (Math.max(-1022, Math.floor(Math.log2(Math.abs(x)))) - 52);
}

/** The largest error in units in the last place. */
function worst(f: (x: number) => number, rows: readonly Row[]): number {
  return Math.max(
    ...rows.map(([x, nearest, tail]) =>
      f(x) === nearest ? Math.abs(tail) : Math.abs((f(x) - nearest) / unitInLastPlace(nearest) - tail),
    ),
  );
}

describe("exp", () => {
  it("is within 0.52 units in the last place where it does not hand over to Math.exp", () => {
    const inside = truth.exp.filter(([x]) => Math.abs(x) < 708);
    expect(inside.length).toBeGreaterThan(300);
    expect(worst(exp, inside)).toBeLessThan(0.52);
  });
  it("is Math.exp at the ends, at infinities and NaN", () => {
    for (const x of [708, -708, 709.7, -740, -745.2, 710, 1e300, -1e300, Infinity, -Infinity, Number.NaN])
      expect(exp(x)).toBe(Math.exp(x));
  });
  it("is 1 at zero, and does not fall as x grows across the steps of its table", () => {
    expect([exp(0), exp(-0)]).toEqual([1, 1]);
    for (let k = -300; k <= 300; k++) {
      const edge = ((k + 0.5) * Math.LN2) / 128;
      for (let i = -4; i < 4; i++) {
        const x = edge + i * 2 ** -50;
        expect(exp(x + 2 ** -50)).toBeGreaterThanOrEqual(exp(x));
      }
    }
  });
});

describe("log1pUnit", () => {
  it("is within 1.1 units in the last place from 0 to 1", () => {
    expect(worst(log1pUnit, truth.log1pUnit)).toBeLessThan(1.1);
  });
  it("keeps NaN", () => {
    expect(log1pUnit(Number.NaN)).toBeNaN();
  });
});

describe("expm1 and log1p", () => {
  const sizes = Array.from({ length: 400 }, (_, k) => 10 ** (-18 + k / 20)).filter((x) => x < 600);
  it("are within three units in the last place of Math's, which are within one, from 1e-18 on and across the steps of their tables", () => {
    for (const size of [...sizes, ...Array.from({ length: 300 }, (_, k) => (k + 0.5) / 128)]) {
      for (const x of [size, -size]) {
        expect(Math.abs(expm1(x) - Math.expm1(x)) / unitInLastPlace(Math.expm1(x)), `${x}`).toBeLessThanOrEqual(3);
        if (x <= -1) continue;
        expect(Math.abs(log1p(x) - Math.log1p(x)) / unitInLastPlace(Math.log1p(x)), `${x}`).toBeLessThanOrEqual(3);
      }
    }
  });
  it("are Math's at the ends", () => {
    for (const x of [0, 709.7, -750, Infinity, -Infinity, Number.NaN]) expect(expm1(x)).toBe(Math.expm1(x));
    for (const x of [0, -1, -2, 1e300, Infinity, Number.NaN]) expect(log1p(x)).toBe(Math.log1p(x));
  });
});
