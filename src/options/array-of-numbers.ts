/** Whether a value is a typed or plain array of numbers. */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  (Array.isArray(value) && value.every((x) => typeof x === "number")) ||
  (ArrayBuffer.isView(value) && typeof (value as unknown as ArrayLike<unknown>)[0] !== "bigint" && "length" in value);
