/**
 * How much room a column of Arrow takes (Arrow columnar format, "Physical memory layout"), from the schema of a file: enough to tell whether the
 * lengths that its batches say fit into the bytes that are there.
 */
import { elementsAt, type Fields, tableAt } from "./flat-buffer.ts";

/** One buffer after the validity bitmap: bits for `rows × bits` and `extra` bits more; offsets into what follows are told. */
export interface BufferRoom {
  readonly bits: number;
  readonly extra: number;
  /** Bytes of one offset, where the buffer is a list of `rows + 1` of them that never fall. */
  readonly offsets?: 4 | 8;
}

/** What a column is made of. */
export interface ColumnLayout {
  /** Whether there is a bitmap of what is valid. */
  readonly validity: boolean;
  readonly buffers: readonly BufferRoom[];
  /** Whether as many buffers follow as the batch says of the column. */
  readonly variadic: boolean;
  readonly children: readonly ColumnLayout[];
  /** Rows of each child for one of the column; null where offsets say it, or run ends. */
  readonly childRows: number | null;
}

/** The columns of a schema, and by number the values of the dictionaries in them. */
export interface SchemaLayout {
  readonly columns: readonly ColumnLayout[];
  readonly dictionaries: ReadonlyMap<number, ColumnLayout>;
}

/** Columns within columns that are believed. */
const DEEPEST = 64;

const column = (parts: Partial<ColumnLayout>): ColumnLayout => ({
  validity: true,
  buffers: [],
  variadic: false,
  children: [],
  childRows: null,
  ...parts,
});
const fixed = (bits: number): BufferRoom => ({ bits, extra: 0 });
const offsets = (bytes: 4 | 8): BufferRoom => ({ bits: 8 * bytes, extra: 8 * bytes, offsets: bytes });
/** Bytes whose number the offsets before them say. */
const CONTENT = fixed(0);

const DATE_BITS = [32, 64];
const INTERVAL_BITS = [32, 64, 128];

type Numbers = (slot: number, size: 2 | 4, otherwise: number) => number;

/** The layout of a type, numbered as in Schema.fbs of Arrow; null for one that is not known. */
function layoutOf(type: number, number: Numbers, children: readonly ColumnLayout[], version: number) {
  const width = (bits: number | undefined) => column({ buffers: [fixed(bits ?? 0)] });
  switch (type) {
    case 1: // Null
      return column({ validity: false });
    case 2: // Int
      return width(number(4, 4, 0));
    case 3: // FloatingPoint
      return width(16 << number(4, 2, 0));
    case 4: // Binary
    case 5: // Utf8
      return column({ buffers: [offsets(4), CONTENT] });
    case 19: // LargeBinary
    case 20: // LargeUtf8
      return column({ buffers: [offsets(8), CONTENT] });
    case 6: // Bool
      return width(1);
    case 7: // Decimal
      return width(number(8, 4, 128));
    case 8: // Date
      return width(DATE_BITS[number(4, 2, 1)]);
    case 9: // Time
      return width(number(6, 4, 32));
    case 10: // Timestamp
    case 18: // Duration
      return width(64);
    case 11: // Interval
      return width(INTERVAL_BITS[number(4, 2, 0)]);
    case 12: // List
    case 17: // Map
      return column({ buffers: [offsets(4)], children });
    case 21: // LargeList
      return column({ buffers: [offsets(8)], children });
    case 13: // Struct
      return column({ children, childRows: 1 });
    case 14: {
      // Union: dense ones have offsets of their own, sparse ones a row of each child; before version 5 there was a bitmap.
      const dense = number(4, 2, 0) === 1;
      const buffers = dense ? [fixed(8), fixed(32)] : [fixed(8)];
      return column({ validity: version < 4, buffers, children, childRows: dense ? null : 1 });
    }
    case 15: // FixedSizeBinary
      return width(8 * number(4, 4, 0));
    case 16: // FixedSizeList
      return column({ children, childRows: number(4, 4, 0) });
    case 22: // RunEndEncoded
      return column({ validity: false, children });
    case 23: // BinaryView
    case 24: // Utf8View
      return column({ buffers: [fixed(128)], variadic: true });
    case 25: // ListView
      return column({ buffers: [fixed(32), fixed(32)], children });
    case 26: // LargeListView
      return column({ buffers: [fixed(64), fixed(64)], children });
    default:
      return null;
  }
}

/** The layout of the columns of a schema at a position; null where it has a type that is not known, which is the reader's to say. */
export function schemaLayout(view: DataView, at: number, version: number): SchemaLayout | null {
  const dictionaries = new Map<number, ColumnLayout>();
  let known = true;
  const numbersOf =
    (fields: Fields | null): Numbers =>
    (slot, size, otherwise) => {
      const place = fields?.(slot) ?? 0;
      if (place === 0) return otherwise;
      return size === 2 ? view.getInt16(place, true) : view.getInt32(place, true);
    };
  const metadata = (position: number) => {
    for (const entry of elementsAt(view, position, 4)) tableAt(view, entry);
  };
  const field = (position: number, depth: number): ColumnLayout => {
    if (depth > DEEPEST) throw new RangeError("Columns lie too deep within columns.");
    const fields = tableAt(view, position);
    metadata(fields(16));
    const children = elementsAt(view, fields(14), 4).map((child) => field(child, depth + 1));
    const type = fields(8) === 0 ? 0 : view.getUint8(fields(8));
    const about = fields(10) === 0 ? null : tableAt(view, fields(10));
    if (type === 14 && about) elementsAt(view, about(6), 4);
    const values = layoutOf(type, numbersOf(about), children, version);
    if (!values) known = false;
    if (fields(12) === 0) return values ?? column({});
    const dictionary = tableAt(view, fields(12));
    const id = dictionary(4) === 0 ? 0 : Number(view.getBigInt64(dictionary(4), true));
    dictionaries.set(id, values ?? column({}));
    const index = dictionary(6) === 0 ? null : tableAt(view, dictionary(6));
    return column({ buffers: [fixed(index ? numbersOf(index)(4, 4, 0) : 32)] });
  };
  const schema = tableAt(view, at);
  metadata(schema(8));
  const columns = elementsAt(view, schema(6), 4).map((position) => field(position, 0));
  return known ? { columns, dictionaries } : null;
}
