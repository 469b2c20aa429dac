/** Files of pyarrow under its compressions, and Arrow and Parquet files that are tables or were cut off (test/fixtures/exchange/make-compressed.py). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readDraws, readTable } from "../../src/node/index.ts";

const fixture = (name: string) => join("test", "fixtures", "exchange", name);
const folder = mkdtempSync(join(tmpdir(), "marginalia-compressed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = [
  "lz4.arrow",
  "zstd.arrow",
  "zstd.parquet",
  "gzip.parquet",
  "brotli.parquet",
  "lz4.parquet",
  "snappy.parquet",
].map((name) => `draws-${name}`);

test.each(FILES)("%s is read", async (name) => {
  const draws = await readDraws(fixture(name));
  expect([draws.chains, draws.drawsPerChain]).toEqual([2, 150]);
  expect(draws.variables).toEqual([
    { name: "b_x", values: Float64Array.from({ length: 300 }, (_, i) => (i % 7) / 4) },
    { name: "sigma", values: Float64Array.from({ length: 300 }, (_, i) => 1 + i) },
  ]);
});

test.each(FILES)("%s cut off is refused by its name", async (name) => {
  const bytes = readFileSync(fixture(name));
  const path = join(folder, name);
  for (const share of [0.3, 0.9, 0.999]) {
    writeFileSync(path, bytes.subarray(0, share * bytes.length));
    await expect(readDraws(path)).rejects.toThrow(`The file '${path}'`);
    await expect(readTable(path)).rejects.toThrow(`The file '${path}' begins as a file of`);
  }
});

test.each(["table-lz4.arrow", "table-zstd.parquet"])("%s is a table", async (name) => {
  const table = await readTable(fixture(name));
  expect(table.columnNames()).toEqual([".chain", ".iteration", "b_x", "sigma", "g", "flag"]);
  expect(table.numRows()).toBe(300);
  expect(table.objects()[151]).toEqual({ ".chain": 2, ".iteration": 2, b_x: 1, sigma: 152, g: "b", flag: false });
  expect(table.objects()[2]).toMatchObject({ g: null, flag: true });
});
