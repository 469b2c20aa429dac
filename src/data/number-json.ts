/** Numbers as JSON, which has no NaN, no infinities and no −0: null stands for NaN, texts for the others. */
export type NumberJSON = number | string | null;

/** A list of numbers as it was written to JSON, or as it was read from a binary file. */
export type NumberListJSON = readonly NumberJSON[] | Float64Array | Int32Array | Uint8Array;

function encodeNumber(value: number): NumberJSON {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : value;
  return Number.isNaN(value) ? null : String(value);
}

/** What `encodeNumber` wrote, bit for bit. Anything that is no number is NaN. */
export const decodeNumber = (value: NumberJSON | undefined): number =>
  value === null || value === undefined ? Number.NaN : Number(value);

export const encodeNumbers = (values: ArrayLike<number>): NumberJSON[] => Array.from(values, encodeNumber);

export function decodeNumbers(values: NumberListJSON): Float64Array {
  return ArrayBuffer.isView(values) ? Float64Array.from(values) : Float64Array.from(values, decodeNumber);
}

/**
 * A tree of plain data with its numbers written so that JSON keeps them: typed arrays become lists, and numbers that JSON has not
 * become what stands for them. Decode with `decodeNumber` and `decodeNumbers`.
 *
 * @example JSON.stringify(plainNumbers({ covariance: Float64Array.of(1, NaN) })); // {"covariance":[1,null]}
 */
export function plainNumbers(tree: unknown): unknown {
  if (typeof tree === "number") return encodeNumber(tree);
  if (ArrayBuffer.isView(tree)) return encodeNumbers(tree as unknown as ArrayLike<number>);
  if (Array.isArray(tree)) return tree.map(plainNumbers);
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, plainNumbers(value)]));
}
