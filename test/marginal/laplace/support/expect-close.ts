import { expect } from "vitest";

/** Fails unless every entry of two arrays agrees to within `tolerance`. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!), `entry ${i}: ${actual[i]} and ${expected[i]}`).toBeLessThan(tolerance);
}
