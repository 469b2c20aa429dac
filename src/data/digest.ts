/**
 * Digest of plain data: SHA-256 of what the data mean, whichever way they are held. Lists of numbers and typed arrays of the same numbers, NaN
 * and the null that stands for it in JSON, fields in any order give the same digest; any other change gives another. It tells accidents
 * from wholes, not friends from enemies: whoever changes the data can digest them anew.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** The number that a value is or stands for in JSON (see `number-json.ts`); undefined where it is none. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === null || value === undefined) return Number.NaN;
  return value === "Infinity" || value === "-Infinity" || value === "-0" ? Number(value) : undefined;
}

/** The numbers of a list of nothing else; null for other lists. */
function numbersOf(list: ArrayLike<unknown>): Float64Array | null {
  if (list instanceof Float64Array && !list.some(Number.isNaN)) return list;
  const numbers = new Float64Array(list.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numberOf(list[i]);
    if (value === undefined) return null;
    // Every NaN has the same bits.
    numbers[i] = Number.isNaN(value) ? Number.NaN : value;
  }
  return numbers;
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function bytesOf(numbers: Float64Array): Uint8Array {
  if (littleEndian) return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const view = new DataView(new ArrayBuffer(numbers.byteLength));
  numbers.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** The digest of plain data as `sha256:` and 64 hexadecimal digits. */
export function digestOf(tree: unknown): string {
  const hash = sha256.create();
  // Short pieces are gathered: the hash is quick on long ones.
  let text = "";
  const flush = () => {
    if (text !== "") hash.update(utf8ToBytes(text));
    text = "";
  };
  const write = (piece: string) => {
    text += piece;
    if (text.length > 4096) flush();
  };
  const string = (value: string) => write(`s${value.length}:${value}`);
  const list = (values: ArrayLike<unknown>) => {
    const numbers = numbersOf(values);
    if (numbers) {
      write(`n${numbers.length}:`);
      flush();
      hash.update(bytesOf(numbers));
      return;
    }
    write(`l${values.length}:`);
    for (let i = 0; i < values.length; i++) visit(values[i]);
  };
  const visit = (value: unknown): void => {
    const number = numberOf(value);
    if (number !== undefined) write(`d${Number.isNaN(number) ? "NaN" : Object.is(number, -0) ? "-0" : number};`);
    else if (typeof value === "string") string(value);
    else if (typeof value === "boolean") write(value ? "T" : "F");
    else if (Array.isArray(value) || ArrayBuffer.isView(value)) list(value as unknown as ArrayLike<unknown>);
    else {
      const fields = Object.entries(value as object).filter(([, inner]) => inner !== undefined);
      write(`o${fields.length}:`);
      for (const [name, inner] of fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
        string(name);
        visit(inner);
      }
    }
  };
  visit(tree);
  flush();
  return `sha256:${bytesToHex(hash.digest())}`;
}
