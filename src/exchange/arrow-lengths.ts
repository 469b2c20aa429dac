/**
 * Whether the lengths that Arrow IPC bytes say fit into the bytes that are there: of messages, of batches, of their columns and buffers. A reader that
 * believes a damaged one goes through rows that there are none of, for minutes.
 */
import { type ColumnLayout, type SchemaLayout, schemaLayout } from "./arrow-layout.ts";
import { elementsAt, longAt, tableAt } from "./flat-buffer.ts";

const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;

/** Most bytes that one of LZ4, and one of Zstandard (a block of 128 KiB takes 4), can stand for. */
const LARGEST_RATIO = [255, 1 << 15];

/** A message: its metadata, where its body is, and where the next one begins. */
interface Message {
  readonly view: DataView;
  readonly body: Uint8Array;
  readonly next: number;
}

const refuse = (): never => {
  throw new RangeError("A length does not fit into the bytes.");
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The message at a position; null at the end, and where the reader itself says that bytes are missing. */
function messageAt(bytes: Uint8Array, begin: number): Message | null {
  const view = viewOf(bytes);
  if (begin + 4 > bytes.length) return null;
  let at = begin;
  let length = view.getInt32(at, true);
  at += 4;
  if (length === -1) {
    if (at + 4 > bytes.length) return null;
    length = view.getInt32(at, true);
    at += 4;
  }
  if (length === 0) return null;
  if (length < 0) return refuse();
  if (at + length > bytes.length) return null;
  const head = viewOf(bytes.subarray(at, at + length));
  const place = tableAt(head, 0)(10);
  const size = place === 0 ? 0 : longAt(head, place);
  if (size < 0) return refuse();
  at += length;
  return at + size > bytes.length ? null : { view: head, body: bytes.subarray(at, at + size), next: at + size };
}

/** A batch's buffers in their order, as far as their lengths go. */
interface BufferLengths {
  /** Bytes of the next buffer, and those that are there without reading a compression. */
  next(): { readonly length: number; readonly bytes: Uint8Array | null };
}

function buffersOf(view: DataView, fields: (slot: number) => number, body: Uint8Array, version: number): BufferLengths {
  // Before version 4 a number of its page came first.
  const before = version < 3 ? 8 : 0;
  const compression = fields(10) === 0 ? null : tableAt(view, fields(10));
  const codec = compression?.(4) ? view.getInt8(compression(4)) : 0;
  const regions = elementsAt(view, fields(8), 16 + before).map((at) => {
    const [offset, length] = [longAt(view, at + before), longAt(view, at + before + 8)];
    if (offset < 0 || length < 0 || offset + length > body.length) refuse();
    return body.subarray(offset, offset + length);
  });
  let k = 0;
  return {
    next() {
      const region = regions[k++] ?? refuse();
      if (!compression || region.length === 0) return { length: region.length, bytes: region };
      const length = longAt(viewOf(region), 0);
      const stored = region.subarray(8);
      if (length === -1) return { length: stored.length, bytes: stored };
      if (length < 0 || length > (LARGEST_RATIO[codec] ?? 0) * stored.length) refuse();
      return { length, bytes: null };
    },
  };
}

/** The last of offsets that must not fall; 0 where there are none, or they lie under a compression. */
function lastOffset(bytes: Uint8Array | null, size: 4 | 8, rows: number): number {
  if (!bytes || bytes.length === 0) return 0;
  const view = viewOf(bytes);
  const at = (k: number) => (size === 4 ? view.getInt32(4 * k, true) : longAt(view, 8 * k));
  let last = at(0);
  if (last < 0) refuse();
  for (let k = 1; k <= rows; k++) {
    const offset = at(k);
    if (offset < last) refuse();
    last = offset;
  }
  return last;
}

/** Looks at the lengths of a batch, of a table's columns or of a dictionary's values. */
function checkBatch(
  view: DataView,
  at: number,
  columns: readonly ColumnLayout[],
  body: Uint8Array,
  version: number,
): void {
  const fields = tableAt(view, at);
  const rows = fields(4) === 0 ? 0 : longAt(view, fields(4));
  const nodes = elementsAt(view, fields(6), 16).values();
  const variadic = elementsAt(view, fields(12), 8).values();
  const buffers = buffersOf(view, fields, body, version);
  /** Looks at a column, which must have so many rows at least and at most. */
  const visit = (layout: ColumnLayout, least: number, most: number): void => {
    const node = nodes.next().value ?? refuse();
    const [length, nulls] = [longAt(view, node), longAt(view, node + 8)];
    if (length < least || length > most || nulls < 0 || nulls > length) refuse();
    if (layout.validity) {
      const bitmap = buffers.next().length;
      if (bitmap > 0 && 8 * bitmap < length) refuse();
    }
    let offset = 0;
    for (const { bits, extra, offsets } of layout.buffers) {
      const { length: size, bytes } = buffers.next();
      if (size < offset || (length > 0 && 8 * size < length * bits + extra)) refuse();
      offset = offsets ? lastOffset(bytes, offsets, length) : 0;
    }
    if (layout.variadic)
      for (let left = longAt(view, variadic.next().value ?? refuse()); left > 0; left--) buffers.next();
    const { childRows } = layout;
    for (const child of layout.children) visit(child, childRows === null ? offset : childRows * length, Infinity);
  };
  if (rows < 0) refuse();
  for (const layout of columns) visit(layout, rows, rows);
}

/** Looks at messages one after another; the first schema is that of the batches. */
class Messages {
  #schema: SchemaLayout | null = null;

  /** A schema that is known. */
  constructor(schema: SchemaLayout | null) {
    this.#schema = schema;
  }

  check({ view, body }: Message): void {
    const fields = tableAt(view, 0);
    const version = fields(4) === 0 ? 0 : view.getInt16(fields(4), true);
    const type = fields(6) === 0 ? 0 : view.getUint8(fields(6));
    const header = fields(8);
    if (header === 0) return;
    if (type === SCHEMA) this.#schema ??= schemaLayout(view, header, version);
    else if (type === BATCH && this.#schema) checkBatch(view, header, this.#schema.columns, body, version);
    else if (type === DICTIONARY && this.#schema) {
      const dictionary = tableAt(view, header);
      const values = this.#schema.dictionaries.get(dictionary(4) === 0 ? 0 : longAt(view, dictionary(4)));
      if (!values || dictionary(6) === 0) refuse();
      else checkBatch(view, dictionary(6), [values], body, version);
    }
  }
}

function checkStream(bytes: Uint8Array): void {
  const messages = new Messages(null);
  for (let at = 0; ; ) {
    const message = messageAt(bytes, at);
    if (!message) return;
    messages.check(message);
    at = message.next;
  }
}

/** Bytes of a file's end: the length of its footer, and its mark. */
const FILE_END = 10;
/** Bytes of what a footer says of a message. */
const BLOCK = 24;

function checkFile(bytes: Uint8Array): void {
  const end = bytes.length - FILE_END;
  const length = viewOf(bytes).getInt32(end, true);
  if (length < 0 || length > end) refuse();
  const view = viewOf(bytes.subarray(end - length, end));
  const footer = tableAt(view, 0);
  const version = footer(4) === 0 ? 0 : view.getInt16(footer(4), true);
  const messages = new Messages(footer(6) === 0 ? null : schemaLayout(view, footer(6), version));
  for (const slot of [8, 10])
    for (const block of elementsAt(view, footer(slot), BLOCK)) {
      const at = longAt(view, block);
      if (at < 0 || at > end) refuse();
      const message = messageAt(bytes, at);
      if (message) messages.check(message);
    }
  for (const entry of elementsAt(view, footer(12), 4)) tableAt(view, entry);
}

/**
 * Looks at the lengths of a file or a stream. What is cut off, and types that are not known, are left to the reader to say.
 *
 * @throws RangeError where a length does not fit into the bytes
 */
export const checkLengths = (bytes: Uint8Array, file: boolean): void => (file ? checkFile : checkStream)(bytes);
