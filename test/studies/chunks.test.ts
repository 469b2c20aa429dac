import { describe, expect, it } from "vitest";
import { type Chunk, chunkSize, chunksLeft, countDone, doneUpTo, inOrder } from "../../src/studies/chunks.ts";

const range = (from: number, to: number, scenario = 0): Chunk => ({ scenario, from, to });
const bounds = (chunks: readonly Chunk[]) => chunks.map(({ from, to }) => [from, to]);

describe("chunks of a scenario", () => {
  it("are cut at multiples of their size, around what is done", () => {
    expect(bounds(chunksLeft(0, 10, 4, []))).toEqual([
      [1, 4],
      [5, 8],
      [9, 10],
    ]);
    // a run of 10 replicates that is to have 14, and one that was cut otherwise
    expect(bounds(chunksLeft(0, 14, 4, [range(9, 10), range(1, 3)]))).toEqual([
      [4, 4],
      [5, 8],
      [11, 12],
      [13, 14],
    ]);
    expect(chunksLeft(0, 5, 4, [range(1, 8)])).toEqual([]);
  });

  it("never leave a replicate out, nor have one twice", () => {
    for (const size of [1, 3, 7, 50])
      for (const done of [[], [range(5, 9)], [range(1, 2), range(2, 6), range(30, 60)]]) {
        const seen = new Map<number, number>();
        for (const { from, to } of chunksLeft(0, 40, size, done))
          for (let r = from; r <= to; r++) seen.set(r, (seen.get(r) ?? 0) + 1);
        for (let r = 1; r <= 40; r++)
          expect(seen.get(r) ?? 0).toBe(done.some(({ from, to }) => from <= r && r <= to) ? 0 : 1);
      }
  });

  it("count what is done once", () => {
    const done = [range(6, 10), range(1, 4), range(3, 7)];
    expect([doneUpTo(done), countDone(done, 8), countDone(done, 100)]).toEqual([10, 8, 10]);
    expect(doneUpTo([range(2, 5)])).toBe(0);
  });

  it("are shared out so that every process gets its own first and what is left afterwards", () => {
    const chunks = [0, 1].flatMap((scenario) => [range(1, 2, scenario), range(3, 4, scenario), range(5, 5, scenario)]);
    const one = inOrder(chunks);
    expect(one.map(({ scenario, from }) => [from, scenario])).toEqual([
      [1, 0],
      [1, 1],
      [3, 0],
      [3, 1],
      [5, 0],
      [5, 1],
    ]);
    const shards = [1, 2, 3].map((index) => inOrder(chunks, { index, count: 3 }));
    for (const order of shards) expect(new Set(order).size).toBe(6);
    expect(new Set(shards.flatMap((order) => order.slice(0, 2))).size).toBe(6);
  });

  it("take some 20 seconds, less where workers would wait for one another", () => {
    expect(chunkSize(0.1, 2, 100_000, 4)).toBe(200);
    expect(chunkSize(0.01, 1, 1000, 2)).toBe(63);
    expect(chunkSize(1e-9, 1, 1000, 2)).toBe(1000);
    expect(chunkSize(3600, 1, 1000, 2)).toBe(1);
  });
});
