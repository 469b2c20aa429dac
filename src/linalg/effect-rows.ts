/** Random effects and the rows they act on: η += Zb, and Z'd by level. Levels of rows are in `index`; Z is n × q, b is levels × q, row-major. */

/** Adds Zb to η of every row. */
export function addEffects(
  eta: Float64Array,
  n: number,
  q: number,
  Z: Float64Array,
  index: Int32Array,
  b: Float64Array,
): void {
  if (q === 1) {
    for (let i = 0; i < n; i++) eta[i] = eta[i]! + Z[i]! * b[index[i]!]!;
    return;
  }
  if (q === 2) {
    for (let i = 0; i < n; i++) {
      const base = 2 * index[i]!;
      eta[i] = eta[i]! + (Z[2 * i]! * b[base]! + Z[2 * i + 1]! * b[base + 1]!);
    }
    return;
  }
  for (let i = 0; i < n; i++) {
    const base = index[i]! * q;
    let sum = 0;
    for (let a = 0; a < q; a++) sum += Z[i * q + a]! * b[base + a]!;
    eta[i] = eta[i]! + sum;
  }
}

/** Adds effect a alone to η of every row. */
export function addEffect(
  eta: Float64Array,
  n: number,
  q: number,
  a: number,
  Z: Float64Array,
  index: Int32Array,
  b: Float64Array,
): void {
  for (let i = 0, at = a; i < n; i++, at += q) eta[i] = eta[i]! + Z[at]! * b[index[i]! * q + a]!;
}

/** Adds column a of Z'd, by level, to that column of `db` (levels × q). */
export function addEffectGradient(
  db: Float64Array,
  n: number,
  q: number,
  a: number,
  Z: Float64Array,
  index: Int32Array,
  d: Float64Array,
): void {
  for (let i = 0, at = a; i < n; i++, at += q) {
    const position = index[i]! * q + a;
    db[position] = db[position]! + Z[at]! * d[i]!;
  }
}
