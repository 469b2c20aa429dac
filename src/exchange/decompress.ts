/// <reference path="./lz4js.d.ts" />
/** The compressions that Arrow and Parquet files of other programs have: LZ4 and Zstandard. */
import { decompress as decompressZstandard } from "fzstd";
import lz4 from "lz4js";

/** A Zstandard frame's content, which is `length` bytes long. */
export const zstandard = (bytes: Uint8Array, length: number): Uint8Array =>
  decompressZstandard(bytes, new Uint8Array(length));

/** An LZ4 frame's content. */
export const lz4Frame = (bytes: Uint8Array, length: number): Uint8Array =>
  Uint8Array.from(lz4.decompress(bytes, length));

/** An LZ4 block's content. */
export function lz4Block(bytes: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  lz4.decompressBlock(bytes, target, 0, bytes.length, 0);
  return target;
}
