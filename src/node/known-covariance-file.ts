/** Known covariances across levels, and pedigrees, from CSV files. */
import type { KnownCovarianceInput } from "../covariance/known-covariance.ts";
import { pedigreePrecision } from "../covariance/pedigree.ts";
import { textsOf } from "../data/number-text.ts";
import { refusal } from "../messages/issue.ts";
import { matrixFileLevel, matrixFileNumber, matrixFileShape } from "../messages/known-covariance.ts";
import type { CsvTable } from "./csv.ts";
import type { FilePath } from "./file-path.ts";
import { type ReadTableOptions, readColumns } from "./read-columns.ts";

const fault = (path: string, message: string) => refusal("bad-known-covariance", ["file", path], message);

/**
 * Reads a known covariance for `.random(…, { knownCovariance })` or `.knownCovariance(name, …)`. The file is one of
 * - a square table: names of the levels in the first column and in the header, A in between;
 * - a list with the columns `row`, `column` and `precision` (A⁻¹) or `covariance` (A), by names of levels; pairs not listed are 0, one triangle
 *   is enough;
 * - a pedigree with the columns `id`, `sire` and `dam`.
 *
 * @throws DeclarationError where the file is none of these, or its numbers are not
 * @example
 * const A = await readKnownCovariance("pedigree.csv");
 * model(await readTable("weights.csv")).formula("weight ~ sex + (1 | gr(animal, cov = A))").knownCovariance("A", A);
 */
export async function readKnownCovariance(path: FilePath, options?: ReadTableOptions): Promise<KnownCovarianceInput> {
  const source = String(path);
  const table = await readColumns(path, options);
  const has = (...names: string[]) => names.every((name) => table.names.includes(name));
  if (has("id", "sire", "dam")) {
    const { id, sire, dam } = table.columns;
    return pedigreePrecision({ id: labels(id!), sire: labels(sire!), dam: labels(dam!) });
  }
  if (has("row", "column", "precision")) return listed(source, table, "precision");
  if (has("row", "column", "covariance")) return listed(source, table, "covariance");
  return square(source, table);
}

/** Names of levels as they are written: a missing value is empty. */
function labels(column: CsvTable["columns"][string]): string[] {
  const texts = column instanceof Float64Array ? textsOf(column) : undefined;
  return Array.from((texts ?? column) as ArrayLike<unknown>, (value) =>
    value === null || value === undefined || Number.isNaN(value) ? "" : String(value),
  );
}

function numbers(source: string, table: CsvTable, name: string): Float64Array {
  const column = table.columns[name]!;
  if (!(column instanceof Float64Array)) throw fault(source, matrixFileNumber(source, name));
  return column;
}

function listed(source: string, table: CsvTable, kind: "precision" | "covariance"): KnownCovarianceInput {
  const row = labels(table.columns["row"]!);
  const column = labels(table.columns["column"]!);
  const values = numbers(source, table, kind);
  const levels = [...new Set([...row, ...column])];
  const position = new Map(levels.map((level, l) => [level, l]));
  const rows = row.map((level) => position.get(level)!);
  const columns = column.map((level) => position.get(level)!);
  if (kind === "precision") return { levels, precision: { rows, columns, values } };
  const n = levels.length;
  const dense = new Float64Array(n * n);
  const mirrored = new Set(rows.map((i, k) => i * n + columns[k]!));
  rows.forEach((i, k) => {
    const j = columns[k]!;
    dense[i * n + j] = values[k]!;
    if (!mirrored.has(j * n + i)) dense[j * n + i] = values[k]!;
  });
  return { levels, values: dense };
}

function square(source: string, table: CsvTable): KnownCovarianceInput {
  const [first, ...levels] = table.names;
  const rows = first === undefined ? [] : labels(table.columns[first]!);
  if (levels.length !== rows.length || rows.length < 2) throw fault(source, matrixFileShape(source, table.names));
  rows.forEach((level, i) => {
    if (level !== levels[i]) throw fault(source, matrixFileLevel(source, i + 1, level, levels[i]!));
  });
  const columns = levels.map((level) => numbers(source, table, level));
  return { levels, values: rows.map((_, i) => columns.map((column) => column[i]!)) };
}
