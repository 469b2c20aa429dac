declare module "lz4js" {
  const lz4: {
    /** The content of an LZ4 frame. */
    decompress(source: Uint8Array, maximum?: number): Uint8Array;
    /** Writes the content of a block to `target`; the place after it. */
    decompressBlock(source: Uint8Array, target: Uint8Array, from: number, length: number, at: number): number;
  };
  export default lz4;
}
