/** Arrow IPC bytes as a table, under the compressions that Arrow has. */
import { CompressionType, getCompressionCodec, setCompressionCodec, tableFromIPC } from "@uwdata/flechette";
import { cutFile, damagedFile } from "../messages/exchange.ts";
import { checkLengths } from "./arrow-lengths.ts";
import { lz4Frame, zstandard } from "./decompress.ts";

const MARK = new TextEncoder().encode("ARROW1");

/** Whether bytes begin as a file of Arrow does (Feather, version 2). */
export const isArrowFile = (bytes: Uint8Array): boolean => MARK.every((byte, i) => bytes[i] === byte);

function registerCodecs(): void {
  const encode = () => {
    throw new Error("Compressed Arrow files are read, not written.");
  };
  if (!getCompressionCodec(CompressionType.LZ4_FRAME))
    setCompressionCodec(CompressionType.LZ4_FRAME, { encode, decode: lz4Frame as never });
  if (!getCompressionCodec(CompressionType.ZSTD))
    setCompressionCodec(CompressionType.ZSTD, { encode, decode: zstandard as never });
}

/**
 * The table of Arrow IPC bytes, file or stream.
 *
 * @throws Error with the reason where the bytes are none, were cut off, or contradict each other
 */
export function arrowTable(bytes: Uint8Array): ReturnType<typeof tableFromIPC> {
  registerCodecs();
  const end = bytes.subarray(-MARK.length);
  if (isArrowFile(bytes) && !(bytes.length > 2 * MARK.length && MARK.every((byte, i) => end[i] === byte)))
    throw new Error(cutFile);
  try {
    checkLengths(bytes, isArrowFile(bytes));
  } catch {
    throw new Error(damagedFile);
  }
  return tableFromIPC(bytes);
}
