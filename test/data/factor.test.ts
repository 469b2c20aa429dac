import { describe, expect, it } from "vitest";
import { encode } from "../../src/data/factor.ts";

describe("encode", () => {
  it("takes numbers that agree to 15 digits for one level, whichever comes first", () => {
    const values = Float64Array.of(3, 7, 3, Number.NaN, 3 + 4e-16 * 2, 0.3, 0.1 + 0.2, 7, 7, -0, 0);
    const { codes, levels, numbers } = encode({ kind: "numeric", values });
    expect(levels).toEqual(["3", "7", "0.3", "0"]);
    expect([...codes]).toEqual([0, 1, 0, -1, 0, 2, 2, 1, 1, 3, 3]);
    expect(numbers).toEqual([3, 7, 0.3, -0]);
    expect(encode({ kind: "numeric", values: values.slice().reverse() }).levels).toEqual(["0", "7", "0.3", "3"]);
  });

  it("codes whole numbers alike, close together or far apart, with gaps and negative zero", () => {
    const near = Float64Array.of(5, -2, Number.NaN, 5, -0, 0, 3, -2);
    const expected = {
      codes: Int32Array.of(0, 1, -1, 0, 2, 2, 3, 1),
      levels: ["5", "-2", "0", "3"],
      numbers: [5, -2, -0, 3],
    };
    expect(encode({ kind: "numeric", values: near })).toEqual(expected);
    const far = near.map((value) => value * 1e6);
    expect(encode({ kind: "numeric", values: far })).toEqual({
      codes: expected.codes,
      levels: ["5000000", "-2000000", "0", "3000000"],
      numbers: [5e6, -2e6, -0, 3e6],
    });
    expect(encode({ kind: "numeric", values: new Float64Array(3).fill(Number.NaN) }).levels).toEqual([]);
  });
});
