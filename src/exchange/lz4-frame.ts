/// <reference path="./lz4js.d.ts" />
/**
 * The blocks of an LZ4 frame (LZ4 Frame Format 1.6.4): their lengths are checked against the bytes that are there before a block is read, and a block's
 * checksum comes after it.
 */
import lz4 from "lz4js";

const MAGIC = 0x184d2204;
/** Bits of the descriptor's first byte. */
const VERSION = 0xc0;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
/** The bit of a block's length that says that it is stored as it is. */
const STORED = 0x8000_0000;

/**
 * The content of an LZ4 frame, which is `length` bytes long. Checksums are not compared.
 *
 * @throws RangeError where a length does not fit into the bytes, or the content is of another length
 */
export function lz4Frame(bytes: Uint8Array, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("These bytes are no LZ4 frame.");
  const flags = view.getUint8(4);
  if ((flags & VERSION) !== 0x40 || flags & DICTIONARY) throw new RangeError("This LZ4 frame is of another version.");
  const target = new Uint8Array(length);
  let from = 7 + (flags & CONTENT_SIZE ? 8 : 0);
  let to = 0;
  for (;;) {
    const said = view.getUint32(from, true);
    from += 4;
    if (said === 0) break;
    const size = said & ~STORED;
    if (size < 0 || from + size > bytes.length) throw new RangeError("A block of an LZ4 frame ends after its bytes.");
    const block = bytes.subarray(from, from + size);
    if (said & STORED) {
      if (to + size <= length) target.set(block, to);
      to += size;
    } else to = lz4.decompressBlock(block, target, 0, size, to);
    if (to > length) break;
    from += size + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
  if (to !== length) throw new RangeError("An LZ4 frame's content is not as long as is said.");
  return target;
}

/** The content of an LZ4 block. */
export function lz4Block(bytes: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  lz4.decompressBlock(bytes, target, 0, bytes.length, 0);
  return target;
}
