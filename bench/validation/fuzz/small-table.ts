/** A table of a dozen rows in three groups, for doors that need a fit. */
const n = 12;

export const smallTable = {
  y: Array.from({ length: n }, (_, i) => Math.round(100 * Math.sin(5 * i)) / 10),
  x: Array.from({ length: n }, (_, i) => i % 5),
  k: Array.from({ length: n }, (_, i) => (i * 3) % 4),
  g: Array.from({ length: n }, (_, i) => "abc"[i % 3]!),
};
