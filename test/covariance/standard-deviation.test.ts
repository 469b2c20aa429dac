/** Coordinates of one standard deviation. */
import { expect, test } from "vitest";
import { type SdCoordinate, sdMap } from "../../src/covariance/standard-deviation.ts";

test.each<[string, SdCoordinate, number]>([
  ["signed", true, 0.7],
  ["logarithm", false, 0.7],
  ["signed within a bound", { lower: -2, upper: 2 }, 1.9],
  ["between bounds", { lower: 0.5, upper: 2 }, 0.7],
])("%s: inverse, slopes and their derivatives", (_, coordinate, s) => {
  const map = sdMap(coordinate);
  const z = map.inverse(s);
  const h = 1e-5;
  expect(map.value(z)).toBeCloseTo(s, 12);
  expect(map.slope(z)).toBeCloseTo((map.value(z + h) - map.value(z - h)) / (2 * h), 7);
  expect(map.slopeAt(s)).toBeCloseTo(map.slope(z), 10);
  expect(map.logSlope(z)).toBeCloseTo(Math.log(map.slope(z)), 10);
  expect(map.dLogSlope(z)).toBeCloseTo((map.logSlope(z + h) - map.logSlope(z - h)) / (2 * h), 6);
  if (map.signed) expect(map.value(-z)).toBe(-map.value(z));
});

test("a far bound leaves the signed coordinate as it is; at a bound coordinates are finite", () => {
  expect(sdMap({ lower: -1e6, upper: 1e6 }).value(0.7)).toBeCloseTo(0.7, 10);
  for (const bounds of [
    { lower: -2, upper: 2 },
    { lower: 1, upper: 2 },
  ])
    expect(Number.isFinite(sdMap(bounds).inverse(2))).toBe(true);
});
