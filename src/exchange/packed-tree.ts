/**
 * A tree of plain data as bytes: its JSON with each typed array replaced by a reference, then the arrays' bytes, little-endian, each
 * beginning at a multiple of 8. Layout: the mark, the length of the JSON (uint32), the JSON padded with spaces, the arrays.
 */

const MARK = new TextEncoder().encode("MARGINALIA\u00001\n");

const KINDS = { float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
type Kind = keyof typeof KINDS;
type Packable = Float64Array | Int32Array | Uint8Array;

/** Stands for an array in the JSON: its kind, where its bytes begin after the JSON, how many numbers. */
interface Reference {
  readonly $array: readonly [Kind, number, number];
}

const aligned = (length: number): number => Math.ceil(length / 8) * 8;

const kindOf = (values: object): Kind | undefined =>
  (Object.keys(KINDS) as Kind[]).find((kind) => values instanceof KINDS[kind]);

/** Whether bytes begin as packed ones do. */
export const isPacked = (bytes: Uint8Array): boolean => MARK.every((byte, i) => bytes[i] === byte);

/** Numbers outside typed arrays must be finite. */
export function packTree(tree: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { readonly values: Packable; readonly offset: number }[] = [];
  let size = 0;
  const json = new TextEncoder().encode(
    JSON.stringify(tree, (_, value: unknown) => {
      if (typeof value === "number" && !Number.isFinite(value)) return Number.isNaN(value) ? null : String(value);
      const kind = typeof value === "object" && value !== null ? kindOf(value) : undefined;
      if (!kind) return value;
      const values = value as Packable;
      arrays.push({ values, offset: size });
      const reference: Reference = { $array: [kind, size, values.length] };
      size += aligned(values.byteLength);
      return reference;
    }),
  );
  const head = MARK.length + 4;
  const start = aligned(head + json.length);
  const bytes = new Uint8Array(start + size).fill(0x20, head, start);
  bytes.set(MARK);
  new DataView(bytes.buffer).setUint32(MARK.length, start - head, true);
  bytes.set(json, head);
  for (const { values, offset } of arrays)
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + offset);
  return bytes;
}

/** The tree that `packTree` wrote. Its arrays are copies. */
export function unpackTree(bytes: Uint8Array): unknown {
  const head = MARK.length + 4;
  const start = head + new DataView(bytes.buffer, bytes.byteOffset).getUint32(MARK.length, true);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(head, start)), (_, value: unknown) => {
    const reference = (value as Partial<Reference> | null)?.$array;
    if (!reference) return value;
    const [kind, offset, length] = reference;
    const type = KINDS[kind];
    const copy = bytes.slice(start + offset, start + offset + length * type.BYTES_PER_ELEMENT);
    if (copy.length !== length * type.BYTES_PER_ELEMENT) throw new RangeError("The bytes end before the numbers do.");
    return new type(copy.buffer);
  });
}
