/** Draws to and from Parquet, through the optional packages hyparquet and hyparquet-writer. */
import { drawsFromColumns, indexColumns } from "../exchange/draw-columns.ts";
import type { NamedDraws } from "../exchange/named-draws.ts";
import { missingPackage, notDraws } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";

/** The module of a package, or the fault that it is not installed. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new DeclarationError([missingPackage(name)]);
  }
}

/**
 * Draws as the bytes of a Parquet file, with the columns of `drawsToArrow`.
 *
 * @throws DeclarationError (as a rejection) when hyparquet-writer is not installed
 */
export async function drawsToParquet(draws: NamedDraws): Promise<Uint8Array<ArrayBuffer>> {
  const { parquetWriteBuffer } = await optionalPackage("hyparquet-writer", () => import("hyparquet-writer"));
  const columnData = [
    ...indexColumns(draws).map(({ name, values }) => ({ name, data: values, type: "INT32" as const })),
    ...[...draws.variables, ...draws.statistics].map(({ name, values }) => ({
      name,
      data: values,
      type: "DOUBLE" as const,
    })),
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/**
 * Draws of the bytes of a Parquet file with the columns `.chain` and `.iteration`.
 *
 * @throws DeclarationError (as a rejection) when hyparquet is not installed, or the file holds no draws
 */
export async function drawsFromParquet(bytes: Uint8Array<ArrayBuffer>): Promise<NamedDraws> {
  const { parquetReadObjects } = await optionalPackage("hyparquet", () => import("hyparquet"));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({ file });
  } catch (error) {
    throw new DeclarationError([notDraws("Parquet", (error as Error).message)]);
  }
  return drawsFromColumns("Parquet", Object.keys(rows[0] ?? {}), (name) => rows.map((row) => row[name]));
}
