import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ColumnTable } from "arquero";
import { afterAll, describe, expect, it } from "vitest";
import { drawsFromArrow, drawsToArrow } from "../../src/exchange/arrow.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { readTable } from "../../src/node/read-csv.ts";

const folder = mkdtempSync(join(tmpdir(), "marginalia-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: string | Uint8Array) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

describe("readTable", () => {
  it("gives an arquero table of the bundled data", async () => {
    const table = await readTable<ColumnTable>("examples/data/cbpp.csv");
    expect([table.numRows(), table.columnNames()]).toEqual([56, ["herd", "incidence", "size", "period"]]);
    expect(Array.from(table.array("incidence") as ArrayLike<number>).reduce((a, b) => a + b)).toBe(99);
    const sleepstudy = await readTable<ColumnTable>("examples/data/sleepstudy.csv");
    expect([sleepstudy.numRows(), sleepstudy.get("Reaction", 0), sleepstudy.get("Subject", 179)]).toEqual([
      180, 249.56, 372,
    ]);
  });

  it("refuses the one name that arquero's tables lose", async () => {
    const path = file("prototype.csv", "y,__proto__,constructor\n1,2,3\n");
    await expect(readTable<ColumnTable>(path)).rejects.toThrow(/column is named '__proto__'/);
    const other = await readTable<ColumnTable>(file("constructor.csv", "y,toString,constructor\n1,2,3\n"));
    expect(other.object()).toEqual({ y: 1, toString: 2, constructor: 3 });
  });

  it("says of damaged Arrow and Parquet files that they are damaged", async () => {
    const bytes = drawsToArrow({
      chains: 1,
      drawsPerChain: 2,
      variables: [{ name: "x", values: Float64Array.of(1, 2) }],
      statistics: [],
      sampler: null,
    });
    // what stands before the last ten bytes says how long the table of contents is
    const damaged = bytes.slice().fill(255, bytes.length - 10, bytes.length - 6);
    await expect(readTable<ColumnTable>(file("damaged.arrow", damaged))).rejects.toThrow(/damaged or cut off/);
    expect(() => drawsFromArrow(damaged)).toThrow(/damaged or cut off/);
    // a stream whose first message has a negative length, which a reader may take for the end
    expect(() => drawsFromArrow(Uint8Array.of(0, 0, 255, 255, 0, 0, 0, 0))).toThrow(/damaged or cut off/);
  });

  it.each(["file", "stream"] as const)("refuses an Arrow %s whose lengths do not fit into its bytes", (format) => {
    const rows = 1234;
    const values = Float64Array.from({ length: rows }, (_, i) => i);
    const variables = [{ name: "x", values }];
    const bytes = drawsToArrow(
      { chains: 1, drawsPerChain: rows, variables, statistics: [], sampler: null },
      { format },
    );
    expect(drawsFromArrow(bytes).variables).toEqual(variables);
    const long = (at: number) => new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(at, true);
    // The rows of the batch and of its four columns; where the longest buffer is or how long.
    const placesOf = (value: number) =>
      Array.from({ length: bytes.length / 8 }, (_, k) => 8 * k).filter((at) => long(at) === BigInt(value));
    expect(placesOf(rows)).toHaveLength(5);
    expect(placesOf(8 * rows).length).toBeGreaterThan(0);
    for (const [value, wrongs] of [
      [rows, [rows + 8, rows - 1000, -8, 1_000_000]],
      [8 * rows, [1_000_000]],
    ] as const)
      for (const at of placesOf(value))
        for (const wrong of wrongs) {
          const damaged = bytes.slice();
          new DataView(damaged.buffer).setBigInt64(at, BigInt(wrong), true);
          expect(() => drawsFromArrow(damaged), `${value} at ${at}: ${wrong}`).toThrow(/damaged or cut off/);
        }
  });

  it("treats missing values as arquero's verbs do", async () => {
    const table = await readTable<ColumnTable>(file("missing.csv", "x,g\n1,a\nNA,\n3,a\n"));
    const means = table.rollup({ mean: "d => op.mean(d.x)", groups: "d => op.valid(d.g)" });
    expect(means.object()).toEqual({ mean: 2, groups: 2 });
  });
});

describe("readColumns", () => {
  it("decompresses gzip, whatever the name", async () => {
    const path = file("packed.csv", gzipSync("x,g\n1,a\n"));
    expect((await readColumns(path)).names).toEqual(["x", "g"]);
  });

  it("reads UTF-16 by its mark and other encodings by name", async () => {
    const utf16 = file("utf16.csv", Buffer.from("\ufeffg\nÅsa\n", "utf16le"));
    expect((await readColumns(utf16)).columns["g"]).toEqual(["Åsa"]);
    const latin = file("latin1.csv", Buffer.from("g\nÅsa\n", "latin1"));
    expect((await readColumns(latin, { encoding: "windows-1252" })).columns["g"]).toEqual(["Åsa"]);
    await expect(readColumns(latin)).rejects.toThrow("is not text in utf-8. Save it as UTF-8, or name its encoding");
    await expect(readColumns(latin, { encoding: "klingon" })).rejects.toThrow("There is no text encoding 'klingon'.");
  });

  it("says what is wrong with a file it cannot read", async () => {
    await expect(readColumns(join(folder, "absent.csv"))).rejects.toThrow(/^There is no file '.*absent\.csv'\./);
    await expect(readColumns(folder)).rejects.toThrow(/is a folder\. Name the file in it/);
    await expect(readColumns(file("broken.csv.gz", Uint8Array.of(0x1f, 0x8b, 1, 2, 3)))).rejects.toThrow(
      /cannot be decompressed/,
    );
  });

  it("reads 75 000 rows of seven columns", async () => {
    const rows = Array.from(
      { length: 75_000 },
      (_, i) => `${i % 2972},${1000 + (i % 1128)},${i % 4},${i % 6},${i % 2},${i % 15},${i % 5}`,
    );
    const path = file("large.csv", `s,d,studage,lectage,service,dept,y\n${rows.join("\n")}\n`);
    const table = await readColumns(path);
    expect(table.rows).toBe(75_000);
  });
});
