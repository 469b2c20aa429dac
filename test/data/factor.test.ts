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
});
