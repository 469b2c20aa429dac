import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lz4Frame } from "../../src/exchange/lz4-frame.ts";

const word = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];

/** A frame of stored blocks; checksums are zeros, for they are not compared. */
function frame(blocks: readonly (readonly number[])[], { flags = 0x60, longer = 0, contentSize = false } = {}) {
  const head = [
    ...word(0x184d2204),
    flags | (contentSize ? 8 : 0),
    0x40,
    ...(contentSize ? [...word(4), ...word(0)] : []),
    0,
  ];
  const body = blocks.flatMap((block) => [
    ...word((block.length + longer) | 0x8000_0000),
    ...block,
    ...(flags & 0x10 ? word(0) : []),
  ]);
  return Uint8Array.from([...head, ...body, ...word(0)]);
}

describe("lz4Frame", () => {
  it("reads blocks with and without checksums, and what a frame says of its content's size", () => {
    const blocks = [
      [1, 2],
      [3, 4],
    ];
    for (const flags of [0x60, 0x40, 0x70])
      for (const contentSize of [false, true])
        expect([...lz4Frame(frame(blocks, { flags, contentSize }), 4)], `${flags} ${contentSize}`).toEqual([
          1, 2, 3, 4,
        ]);
  });

  it("refuses frames whose lengths do not fit, at once", () => {
    expect(() => lz4Frame(frame([[1, 2, 3]], { longer: 5 }), 8)).toThrow(RangeError);
    expect(() => lz4Frame(frame([[1, 2, 3]]), 4)).toThrow("not as long as is said");
    expect(() => lz4Frame(frame([[1, 2, 3]]), 2)).toThrow("not as long as is said");
    expect(() => lz4Frame(frame([[1]]).subarray(0, 11), 1)).toThrow(RangeError);
    expect(() => lz4Frame(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1)).toThrow("no LZ4 frame");
    expect(() => lz4Frame(frame([[1]], { flags: 0x61 }), 1)).toThrow("another version");
  });

  it("reads linked compressed blocks of another program", () => {
    // `lz4 -B4 -BD -BX` (lz4 1.9.4) of 10 000 times abcdefg: two blocks, the second of which refers to the first
    const packed = readFileSync(new URL("../fixtures/exchange/linked.lz4", import.meta.url));
    expect(Buffer.from(lz4Frame(packed, 70_000)).toString()).toBe("abcdefg".repeat(10_000));
  });
});
