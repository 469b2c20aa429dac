/**
 * A WebAssembly module of one function, assembled here byte by byte (WebAssembly Core Specification 2.0, §5, with the fixed-width
 * SIMD instructions):
 *
 *     strip(a, b, tiles, depth, count)
 *       do                                   count times, one 4 × 4 tile each
 *         acc[0..7] ← 0                      tile row r is acc[2r], acc[2r+1]
 *         p ← b;  k ← depth
 *         do                                 depth times
 *           left ← p[0..1];  right ← p[2..3]
 *           for r in 0..3:  s ← splat a[r];  acc[2r] += s·left;  acc[2r+1] += s·right
 *           a += 4;  p += 4;  k −= 1
 *         store acc at tiles;  tiles += 16
 *
 * Pointers are byte addresses into the module's own memory. Multiply and add are separate instructions, so the bits are those of the
 * same loop in JavaScript.
 */

const I32 = 0x7f;
const V128 = 0x7b;
const EMPTY = 0x40;

/** Instructions used; vector ones carry the prefix 0xfd and a LEB128 number. */
const op = {
  loop: (body: number[]) => [0x03, EMPTY, ...body, 0x0b],
  branchIf: (label: number) => [0x0d, label],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  constant: (value: number) => [0x41, ...signed(value)],
  add: [0x6a],
  loadVector: (offset: number) => [0xfd, 0x00, 3, ...unsigned(offset)],
  loadSplat: (offset: number) => [0xfd, 0x0a, 3, ...unsigned(offset)],
  storeVector: (offset: number) => [0xfd, 0x0b, 3, ...unsigned(offset)],
  zeroVector: [0xfd, 0x0c, ...new Array<number>(16).fill(0)],
  addVector: [0xfd, ...unsigned(0xf0)],
  multiplyVector: [0xfd, ...unsigned(0xf2)],
};

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];
}

/** local += value. */
function increase(local: number, value: number): number[] {
  return [...op.get(local), ...op.constant(value), ...op.add, ...op.set(local)];
}

function body(): number[] {
  const [a, b, tiles, depth, count, p, k] = [0, 1, 2, 3, 4, 5, 6] as const;
  const accumulator = (i: number) => 7 + i;
  const left = 15;
  const right = 16;
  const splat = 17;

  const inner: number[] = [
    ...op.get(p),
    ...op.loadVector(0),
    ...op.set(left),
    ...op.get(p),
    ...op.loadVector(16),
    ...op.set(right),
  ];
  for (let r = 0; r < 4; r++) {
    inner.push(...op.get(accumulator(2 * r)));
    inner.push(...op.get(a), ...op.loadSplat(8 * r), ...op.tee(splat));
    inner.push(...op.get(left), ...op.multiplyVector, ...op.addVector, ...op.set(accumulator(2 * r)));
    inner.push(...op.get(accumulator(2 * r + 1)), ...op.get(splat), ...op.get(right), ...op.multiplyVector);
    inner.push(...op.addVector, ...op.set(accumulator(2 * r + 1)));
  }
  inner.push(...increase(a, 32), ...increase(p, 32));
  inner.push(...op.get(k), ...op.constant(-1), ...op.add, ...op.tee(k), ...op.branchIf(0));

  const outer: number[] = [];
  for (let i = 0; i < 8; i++) outer.push(...op.zeroVector, ...op.set(accumulator(i)));
  outer.push(...op.get(b), ...op.set(p), ...op.get(depth), ...op.set(k), ...op.loop(inner));
  for (let i = 0; i < 8; i++) outer.push(...op.get(tiles), ...op.get(accumulator(i)), ...op.storeVector(16 * i));
  outer.push(...increase(tiles, 128));
  outer.push(...op.get(count), ...op.constant(-1), ...op.add, ...op.tee(count), ...op.branchIf(0));

  const locals = [2, 2, I32, 11, V128];
  const code = [...locals, ...op.loop(outer), 0x0b];
  return [...unsigned(code.length), ...code];
}

/**
 * The module's bytes. It exports `memory`, of a fixed number of 64 KiB pages, and `strip`.
 *
 * @example
 * const instance = new WebAssembly.Instance(new WebAssembly.Module(simdModule(1)));
 */
export function simdModule(pages: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x01, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [2, ...name("memory"), 0x02, 0, ...name("strip"), 0x00, 0]),
    ...section(10, [1, ...body()]),
  ]);
}
