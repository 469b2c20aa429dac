/** Arrow IPC bytes as a table, under the compressions that Arrow has. */
import { CompressionType, getCompressionCodec, setCompressionCodec, tableFromIPC } from "@uwdata/flechette";
import { cutFile, damagedFile } from "../messages/exchange.ts";
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

/** Position in a message's table of the length of its body, which is 64 bits wide. */
const BODY_LENGTH = 10;
const CONTINUED = -1;
const WORD = 4;

/**
 * Follows the lengths of a stream's messages (Arrow columnar format, "Encapsulated message format"): none is negative in a
 * stream that is whole.
 *
 * @throws Error where a length is negative
 */
function checkStream(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fits = (at: number, size: number) => at >= 0 && at + size <= bytes.length;
  let at = 0;
  while (fits(at, WORD)) {
    let length = view.getInt32(at, true);
    at += WORD;
    if (length === CONTINUED) {
      if (!fits(at, WORD)) return;
      length = view.getInt32(at, true);
      at += WORD;
    }
    if (length < 0) throw new Error(damagedFile);
    // the end, or what the reader says itself
    if (length === 0 || !fits(at, length) || length < WORD) return;
    const table = at + view.getInt32(at, true);
    if (!fits(table, WORD)) return;
    const entries = table - view.getInt32(table, true);
    if (!fits(entries, BODY_LENGTH + 2)) return;
    const place = view.getInt16(entries, true) > BODY_LENGTH ? view.getInt16(entries + BODY_LENGTH, true) : 0;
    if (place !== 0 && !fits(table + place, 2 * WORD)) return;
    const body = place === 0 ? 0 : Number(view.getBigInt64(table + place, true));
    at += length + Math.max(0, body);
  }
}

/**
 * The table of Arrow IPC bytes, file or stream.
 *
 * @throws Error with the reason where the bytes are none, or were cut off
 */
export function arrowTable(bytes: Uint8Array): ReturnType<typeof tableFromIPC> {
  registerCodecs();
  const end = bytes.subarray(-MARK.length);
  if (isArrowFile(bytes) && !(bytes.length > 2 * MARK.length && MARK.every((byte, i) => end[i] === byte)))
    throw new Error(cutFile);
  if (!isArrowFile(bytes)) checkStream(bytes);
  return tableFromIPC(bytes);
}
