/** The compressions that Arrow and Parquet files of other programs have: LZ4 and Zstandard. */
import { decompress as decompressZstandard } from "fzstd";

export { lz4Block, lz4Frame } from "./lz4-frame.ts";

/** A Zstandard frame's content, which is `length` bytes long. */
export const zstandard = (bytes: Uint8Array, length: number): Uint8Array =>
  decompressZstandard(bytes, new Uint8Array(length));
