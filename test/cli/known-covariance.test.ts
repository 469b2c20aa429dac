import { afterAll, describe, expect, it } from "vitest";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { readKnownCovariance } from "../../src/node/known-covariance-file.ts";
import { somePedigree, someRecords } from "../covariance/support.ts";
import { folderOf, runHere } from "./run-cli.ts";

const pedigree = somePedigree(20);
const A = additiveRelationship(pedigree);
const Q = pedigreePrecision(pedigree);
const n = A.levels.length;
const lines = (header: string, rows: readonly (readonly unknown[])[]) =>
  [header, ...rows.map((row) => row.join(","))].join("\n");
const { animal, x, y } = someRecords(A, 6, 3);
const { id, sire, dam } = pedigree;
const { rows, columns, values } = Q.precision;
const files = folderOf({
  "records.csv": lines(
    "animal,x,y",
    y.map((value, i) => [animal[i], x[i], value]),
  ),
  "pedigree.csv": lines(
    "id,sire,dam",
    Array.from(id, (own, i) => [own, sire[i] ?? "NA", dam[i] ?? "NA"]),
  ),
  "square.csv": lines(
    ["id", ...A.levels].join(","),
    A.levels.map((level, i) => [level, ...A.values.slice(i * n, (i + 1) * n)]),
  ),
  "precision.csv": lines(
    "row,column,precision",
    values.map((value, k) => [Q.levels[rows[k]!], Q.levels[columns[k]!], value]),
  ),
  "covariance.csv": lines(
    "row,column,covariance",
    A.levels.flatMap((level, i) => A.levels.slice(0, i + 1).map((other, j) => [level, other, A.values[i * n + j]])),
  ),
  "dots.csv": lines(
    "id,sire,dam",
    Array.from(id, (own, i) => [own, sire[i] ?? ".", dam[i] ?? "."]),
  ),
  "zeros.csv": "id,sire,dam\n007,0,0\n7,0,0\n08,007,7\n",
  "names.csv": "id,01,1\n01,1,0.25\n1,0.25,1\n",
  "crooked.csv": "id,a,b\na,1,0\nc,0,1",
});
afterAll(() => files.remove());
const file = (name: string) => `${files.path}/${name}`;

const fit = async (matrix: string, formula = "y ~ x + (1 | gr(animal, cov = A))") => {
  const { status, stdout, stderr } = await runHere([
    "fit",
    file("records.csv"),
    "--formula",
    formula,
    "--known-covariance",
    matrix,
    "--json",
  ]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as { glance: { logLik: number }; ranef: unknown[] };
};

describe("--known-covariance", () => {
  it("reads a pedigree, a square table and lists of either matrix to the same fit", async () => {
    const fromPedigree = await fit(`A=${file("pedigree.csv")}`);
    expect(fromPedigree.ranef).toHaveLength(n);
    for (const name of ["square.csv", "precision.csv", "covariance.csv"])
      expect((await fit(`A=${file(name)}`)).glance.logLik).toBeCloseTo(fromPedigree.glance.logLik, 7);
    const named = await fit(`animal=${file("pedigree.csv")}`, "y ~ x + (1 | animal)");
    expect(named.glance.logLik).toBeCloseTo(fromPedigree.glance.logLik, 10);
  });

  it("refuses what is no matrix, in a sentence", async () => {
    await expect(readKnownCovariance(file("crooked.csv"))).rejects.toThrow(
      /row 2 is that of "c" but the column in its place is "b"/,
    );
    await expect(readKnownCovariance(file("records.csv"))).rejects.toThrow(/A known covariance is a square table/);
    const { status, stderr } = await runHere([
      "fit",
      file("records.csv"),
      "--formula",
      "y ~ x + (1 | gr(animal, cov = A))",
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain("--known-covariance A=FILE.csv");
  });
});

describe("names of levels in files", () => {
  it("of unknown parents are dots, zeros or NA, and identifiers are what was written", async () => {
    expect(await readKnownCovariance(file("dots.csv"))).toEqual(await readKnownCovariance(file("pedigree.csv")));
    const { levels, precision } = pedigreePrecision({
      id: ["007", "7", "08"],
      sire: [null, null, "007"],
      dam: [null, null, "7"],
    });
    expect(await readKnownCovariance(file("zeros.csv"))).toMatchObject({ levels, precision });
  });

  it("of a matrix are those of its header", async () => {
    expect((await readKnownCovariance(file("names.csv"))).levels).toEqual(["01", "1"]);
  });
});
