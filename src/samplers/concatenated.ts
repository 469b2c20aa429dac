import { decodeNumbers, type NumberListJSON } from "../data/number-json.ts";

/** Lists of numbers put one after another. */
export function concatenated(lists: readonly NumberListJSON[]): Float64Array {
  const [only] = lists;
  if (lists.length === 1) return decodeNumbers(only!);
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(decodeNumbers(list), at);
    at += list.length;
  }
  return all;
}
