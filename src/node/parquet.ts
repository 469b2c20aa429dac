/** Draws to and from Parquet, through the optional packages hyparquet and hyparquet-writer. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { lz4Block, zstandard } from "../exchange/decompress.ts";
import { drawsFromColumns, indexColumns } from "../exchange/draw-columns.ts";
import type { NamedDraws } from "../exchange/named-draws.ts";
import { cutFile, missingPackage, notDraws, readerReason } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { checkParquetColumns } from "./parquet-columns.ts";

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

/** Whether bytes begin as a file of Parquet does. */
export const isParquet = (bytes: Uint8Array): boolean => [80, 65, 82, 49].every((byte, i) => bytes[i] === byte);

/** Parquet's compressions besides Snappy, which hyparquet has itself. Lz4 without a frame; Hadoop's older framing of it is not read. */
const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
  ZSTD: zstandard,
  LZ4_RAW: lz4Block,
};

/**
 * The rows of a Parquet file.
 *
 * @throws DeclarationError (as a rejection) when hyparquet is not installed; Error with the reason where the file cannot be read
 */
export async function parquetRows(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await optionalPackage(
    "hyparquet",
    () => import("hyparquet"),
  );
  const end = bytes.subarray(-4);
  if (isParquet(bytes) && !(bytes.length > 12 && isParquet(end))) throw new Error(cutFile);
  // a Buffer of Node has a slice() that copies nothing
  const file = new Uint8Array(bytes).buffer;
  const metadata = parquetMetadata(file);
  checkParquetColumns(parquetSchema(metadata), metadata.row_groups);
  return parquetReadObjects({ file, metadata, compressors });
}

/**
 * Draws of the bytes of a Parquet file with the columns `.chain` and `.iteration`.
 *
 * @throws DeclarationError (as a rejection) when hyparquet is not installed, or the file holds no draws
 */
export async function drawsFromParquet(bytes: Uint8Array<ArrayBuffer>): Promise<NamedDraws> {
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetRows(bytes);
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    throw new DeclarationError([notDraws("Parquet", readerReason(error))]);
  }
  return drawsFromColumns("Parquet", Object.keys(rows[0] ?? {}), (name) => rows.map((row) => row[name]));
}
