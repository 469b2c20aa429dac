import { describe, expect, it } from "vitest";
import { Accumulator, productError } from "../../src/linalg/double-double.ts";

/** (high + low)·2^bits, exactly, as a BigInt. */
const scaled = ({ high, low }: { high: number; low: number }, bits: number): bigint => {
  const exact = (x: number): bigint => {
    const exponent = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x))) - 52;
    const shift = bits + exponent;
    const mantissa = BigInt(Math.round(x / 2 ** exponent));
    return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
  };
  return exact(high) + exact(low);
};

describe("double-double", () => {
  it("knows the rounding error of a product", () => {
    expect(productError(1 + 2 ** -30, 1 - 2 ** -30, (1 + 2 ** -30) * (1 - 2 ** -30))).toBe(-(2 ** -60));
  });

  it("gives the square root of 2 and a third to 31 digits", () => {
    const sum = new Accumulator();
    sum.set(2).squareRoot();
    expect(sum.high).toBe(Math.SQRT2);
    expect(sum.low).toBeCloseTo(-9.667293313452913e-17, 31);
    sum.set(1).divide(3, 0);
    const third = (1n << 105n) / 3n;
    const off = scaled(sum, 105) - third;
    expect(off < 8n && off > -8n).toBe(true);
  });

  it("keeps what a long sum with cancellation leaves", () => {
    const sum = new Accumulator().set(0);
    sum.addProduct(1e16, 0, 1e3, 0);
    for (let i = 0; i < 1000; i++) sum.addProduct(0.1, 0, 1e-3, 0);
    sum.addProduct(-1e16, 0, 1e3, 0);
    // 1000 exact products of the doubles 0.1 and 0.001
    expect(sum.high).toBeCloseTo(0.1, 12);
  });
});
