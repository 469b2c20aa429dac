/**
 * Plain data with typed arrays as JSON, the arrays' bytes in base64 or after the text: little-endian, as every processor that runs Node is.
 */
import { encodeNumbers } from "../data/number-json.ts";

const KINDS = { float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
type Kind = keyof typeof KINDS;
type Numbers = Float64Array | Int32Array | Uint8Array;
/** An array in JSON: its bytes in base64, or how many numbers of the bytes after the text are its own. */
type Packed = { readonly $bytes: readonly [Kind, string] } | { readonly $after: readonly [Kind, number] };

const kindOf = (numbers: ArrayBufferView): Kind =>
  (Object.keys(KINDS) as Kind[]).find((name) => numbers instanceof KINDS[name])!;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

/** Plain data with each array as what `pack` says. */
function packed(tree: unknown, pack: (numbers: Numbers) => Packed): unknown {
  if (ArrayBuffer.isView(tree)) return pack(tree as Numbers);
  if (typeof tree === "number") return Number.isFinite(tree) ? tree : Number.isNaN(tree) ? null : String(tree);
  if (Array.isArray(tree)) return tree.map((inner) => packed(inner, pack));
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, packed(value, pack)]));
}

const inBase64 = (numbers: Numbers): Packed => ({ $bytes: [kindOf(numbers), bytesOf(numbers).toString("base64")] });

/** What was made JSON, its arrays as lists; `after` are the bytes that came after it. */
export function unpacked(tree: unknown, after: Buffer): unknown {
  let at = 0;
  const visit = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(visit);
    if (typeof inner !== "object" || inner === null) return inner;
    if ("$bytes" in inner) {
      const [kind, text] = inner.$bytes as [Kind, string];
      return numbersOf(kind, Buffer.from(text, "base64"));
    }
    if ("$after" in inner) {
      const [kind, length] = inner.$after as [Kind, number];
      const begin = at;
      at += length * KINDS[kind].BYTES_PER_ELEMENT;
      return numbersOf(kind, after.subarray(begin, at));
    }
    return Object.fromEntries(Object.entries(inner).map(([name, value]) => [name, visit(value)]));
  };
  return visit(tree);
}

/** Copies bytes to where numbers of their kind may begin. */
const numbersOf = (kind: Kind, bytes: Buffer) => encodeNumbers(new KINDS[kind](Uint8Array.from(bytes).buffer));

/** Plain data as JSON with its arrays in it. */
export const jsonOf = (tree: unknown): string => JSON.stringify(packed(tree, inBase64));

/** Plain data as JSON, and the bytes of its arrays, one array after another. */
export interface TextAndBytes {
  readonly json: string;
  readonly after: readonly Buffer[];
}

/** The bytes are those of the arrays themselves, not copies. */
export function textAndBytes(tree: unknown): TextAndBytes {
  const after: Buffer[] = [];
  const pack = (numbers: Numbers): Packed => {
    after.push(bytesOf(numbers));
    return { $after: [kindOf(numbers), numbers.length] };
  };
  return { json: JSON.stringify(packed(tree, pack)), after };
}
