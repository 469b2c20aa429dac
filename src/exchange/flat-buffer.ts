/** What is needed of FlatBuffers (https://flatbuffers.dev/internals/) to look at a file's metadata. Reading beyond the bytes is a RangeError. */

/** Where a table's field begins, by its slot in the table's list of fields (4, 6, 8 …); 0 where the field is absent. */
export type Fields = (slot: number) => number;

/** The table that an offset at a position leads to. */
export function tableAt(view: DataView, at: number): Fields {
  const table = at + view.getUint32(at, true);
  const slots = table - view.getInt32(table, true);
  const size = view.getUint16(slots, true);
  return (slot) => {
    const offset = slot < size ? view.getUint16(slots + slot, true) : 0;
    return offset === 0 ? 0 : table + offset;
  };
}

/** Where the elements of a vector begin that an offset at a position leads to, each of so many bytes; none at position 0. */
export function elementsAt(view: DataView, at: number, size: number): number[] {
  if (at === 0) return [];
  const begin = at + view.getUint32(at, true) + 4;
  const count = view.getUint32(begin - 4, true);
  if (begin + count * size > view.byteLength) throw new RangeError("A vector is longer than its bytes.");
  return Array.from({ length: count }, (_, k) => begin + size * k);
}

/** A 64-bit integer. */
export const longAt = (view: DataView, at: number): number => Number(view.getBigInt64(at, true));
