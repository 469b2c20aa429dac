/** Files cut short, with flipped bytes or changed fields: what is read is what was written, or it is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { library } from "../../library.ts";
import { Nonsense, type Trial } from "./run-kind.ts";

const node: typeof import("../../../src/node/index.ts") = await import(
  new URL("../../../dist/node/index.js", import.meta.url).href
);
const {
  drawsFromArrow,
  drawsFromCmdStan,
  drawsToArrow,
  exchangeable,
  fitToBytes,
  gee,
  gibbs,
  loadFit,
  model,
  modelFromJSON,
  nuts,
  readInferenceData,
  saveFit,
} = library;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const folder = mkdtempSync(join(tmpdir(), "marginalia-fuzz-files-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const table = {
  y: Array.from({ length: 12 }, (_, i) => Math.round(100 * Math.sin(5 * i)) / 10),
  x: Array.from({ length: 12 }, (_, i) => i % 5),
  k: Array.from({ length: 12 }, (_, i) => (i * 3) % 4),
  g: Array.from({ length: 12 }, (_, i) => "abc"[i % 3]!),
};

/** Small changes of bytes: cut, flipped, put in, taken away, doubled. */
interface ByteChange {
  readonly kind: "cut" | "flip" | "set" | "insert" | "remove" | "double";
  readonly place: number;
  readonly value: number;
}
const byteChanges = fc.array(
  fc.record({
    kind: fc.constantFrom<ByteChange["kind"]>("cut", "flip", "flip", "set", "set", "insert", "remove", "double"),
    // near either end, where formats keep what they say of themselves, or anywhere
    place: fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.02, noNaN: true }),
      fc.double({ min: 0.9, max: 1, noNaN: true }),
    ),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 3 },
);
function changed(bytes: Uint8Array, changes: readonly ByteChange[]): Uint8Array<ArrayBuffer> {
  let now = new Uint8Array(bytes);
  for (const { kind, place, value } of changes) {
    const i = Math.min(now.length - 1, Math.floor(place * now.length));
    if (now.length === 0) break;
    if (kind === "cut") now = now.slice(0, i);
    else if (kind === "flip") now[i]! ^= 1 << (value % 8);
    else if (kind === "set") now[i] = value;
    else {
      const piece = kind === "insert" ? [value] : kind === "double" ? now.slice(i, i + value) : [];
      now = Uint8Array.from([...now.slice(0, i), ...piece, ...now.slice(kind === "remove" ? i + (value % 8) : i)]);
    }
  }
  return now;
}

const leaf = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1,
    2,
    1e9,
    1e308,
    0.5,
    "",
    "x",
    "constructor",
    "__proto__",
    [],
    {},
    [1],
    [null],
    { a: 1 },
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }) as fc.Arbitrary<Json>,
);
interface TreeChange {
  readonly way: readonly number[];
  readonly kind: "set" | "remove" | "add" | "nudge" | "swap";
  readonly value: Json;
}
const treeChanges = fc.array(
  fc.record({
    way: fc.array(fc.nat(40), { minLength: 1, maxLength: 7 }),
    kind: fc.constantFrom<TreeChange["kind"]>("set", "set", "remove", "add", "nudge", "swap"),
    value: leaf,
  }),
  { minLength: 1, maxLength: 2 },
);
function changedTree(tree: Json, changes: readonly TreeChange[]): Json {
  const copy = structuredClone(tree);
  for (const { way, kind, value } of changes) {
    let node: Json = copy;
    let key: string | undefined;
    let owner: Record<string, Json> | undefined;
    for (const step of way) {
      if (typeof node !== "object" || node === null) break;
      const keys = Object.keys(node);
      if (keys.length === 0) break;
      owner = node as Record<string, Json>;
      key = keys[step % keys.length]!;
      node = owner[key]!;
    }
    if (!owner || key === undefined) continue;
    const keys = Object.keys(owner);
    if (kind === "remove") {
      if (Array.isArray(owner)) owner.splice(Number(key), 1);
      else delete owner[key];
    } else if (kind === "add") {
      if (Array.isArray(owner)) owner.push(value);
      else owner["extra"] = value;
    } else if (kind === "nudge")
      owner[key] =
        typeof node === "number" ? node * (1 + 1e-12) + 1e-12 : typeof node === "string" ? `${node} ` : value;
    else if (kind === "swap") {
      const other = keys[(keys.indexOf(key) + 1) % keys.length]!;
      [owner[key], owner[other]] = [owner[other]!, owner[key]!];
    } else owner[key] = value;
  }
  return copy;
}

/** What a reader gives back, as plain data; `same` says whether it is what was written. */
interface Artifact {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly tree?: Json;
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => unknown;
  /** A change that is accepted must give what was written. Without: it must be draws, or a table, of numbers and shape. */
  readonly exact?: unknown;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (content: string) => new TextEncoder().encode(content);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function checkDraws(draws: ReturnType<typeof drawsFromCmdStan>): void {
  const { chains, drawsPerChain, variables, statistics } = draws;
  if (!(Number.isInteger(chains) && chains > 0 && Number.isInteger(drawsPerChain) && drawsPerChain > 0))
    throw new Nonsense(`${chains} chains of ${drawsPerChain} draws`);
  for (const { name, values } of [...variables, ...statistics]) {
    if (typeof name !== "string") throw new Nonsense("a variable without a name");
    if (!(values instanceof Float64Array) || values.length !== chains * drawsPerChain)
      throw new Nonsense("a variable of another length");
  }
}

async function artifacts(): Promise<Artifact[]> {
  const gaussian = model(table).formula("y ~ x + (1 | g)");
  const counts = model(table).formula("k ~ x + (1 | g)").family(library.poisson());
  const [ml, pois, equations] = [
    await gaussian.fit(),
    await counts.fit(),
    await model(table)
      .formula("y ~ x")
      .fit(gee({ id: "g", correlation: exchangeable() } as never)),
  ];
  const states: unknown[] = [];
  const posterior = await counts.sample(nuts({ chains: 2, draws: 8, warmup: 20, seed: 1 }), {
    checkpoint: (state: unknown) => {
      states.push(plain(state));
    },
    every: 4,
  } as never);
  const drawn = await gaussian.sample(gibbs({ chains: 2, draws: 8, warmup: 4, seed: 1 }));
  await counts.sample(nuts({ chains: 2, draws: 8, warmup: 20, seed: 1 }), {
    checkpoint: node.checkpointFile(at("log.json")),
    every: 4,
  } as never);
  const saved = Object.entries({ ml, pois, equations, posterior, drawn }).flatMap(([name, fit]): Artifact[] => {
    const tree = plain(saveFit(fit as never)) as Json;
    const read = (bytes: Uint8Array) => plain(saveFit(loadFit(bytes) as never));
    return [
      {
        name: `saved ${name}`,
        bytes: encode(JSON.stringify(tree)),
        tree,
        read: (bytes) => plain(saveFit(loadFit(text(bytes)) as never)),
        exact: tree,
      },
      { name: `packed ${name}`, bytes: fitToBytes(fit as never), read, exact: tree },
    ];
  });
  const [cmdstan] = library.drawsToCmdStan(posterior);
  await node.writeDraws(at("draws.parquet"), posterior);
  const file = (ending: string) => at(`read.${ending}`);
  const through =
    <T>(ending: string, read: (path: string) => Promise<T>) =>
    async (bytes: Uint8Array) => {
      writeFileSync(file(ending), bytes);
      return read(file(ending));
    };
  const readTable = async (bytes: Uint8Array) => {
    writeFileSync(file("table"), bytes);
    const read = await node.readTable(file("table"));
    const lengths = read.columnNames().map((name) => (read.array(name) as ArrayLike<unknown>).length);
    if (lengths.some((length) => length !== read.numRows())) throw new Nonsense("columns of different lengths");
  };
  const declared = plain(gaussian) as Json;
  const csv = `y,x,g,"a ""b"""\n1.5,2,a,"x, y"\n-3e2,NA,b,\n"4",5,"c\nd",TRUE\n0x1,Inf,é,007\n`;
  const covariance = `,a,b,c\na,2,0.5,0\nb,0.5,2,0.25\nc,0,0.25,1\n`;
  const pedigree = `id,sire,dam\n1,,\n2,,\n3,1,2\n4,1,3\n5,4,3\n`;
  return [
    ...saved,
    {
      name: "declaration",
      bytes: encode(JSON.stringify(declared)),
      tree: declared,
      read: (bytes) => {
        const again = modelFromJSON(text(bytes), table);
        const printed = plain(again);
        if (!isDeepStrictEqual(plain(modelFromJSON(JSON.stringify(printed), table)), printed))
          throw new Nonsense("another declaration from its own JSON");
        again.describe();
        again.compile();
      },
    },
    {
      name: "checkpoint",
      bytes: encode(JSON.stringify(states.at(-1))),
      tree: states.at(-1) as Json,
      read: (bytes) => through("json", node.readCheckpoint)(bytes).then(plain),
      exact: states.at(-1),
    },
    {
      name: "checkpoint log",
      bytes: readFileSync(at("log.json")),
      read: (bytes) => through("log", node.readCheckpoint)(bytes).then((state) => void plain(state)),
    },
    { name: "CmdStan", bytes: encode(cmdstan!), read: (bytes) => checkDraws(drawsFromCmdStan([text(bytes)])) },
    {
      name: "InferenceData",
      bytes: encode(library.inferenceDataText(posterior)),
      tree: JSON.parse(library.inferenceDataText(posterior)) as Json,
      read: (bytes) => checkDraws(readInferenceData(text(bytes)).draws),
    },
    { name: "Arrow", bytes: drawsToArrow(posterior), read: (bytes) => checkDraws(drawsFromArrow(bytes)) },
    {
      name: "Arrow stream",
      bytes: drawsToArrow(posterior, { format: "stream" }),
      read: (bytes) => checkDraws(drawsFromArrow(bytes)),
    },
    {
      name: "Parquet",
      bytes: readFileSync(at("draws.parquet")),
      read: (bytes) => through("parquet", node.readDraws)(bytes).then(checkDraws),
    },
    { name: "CSV", bytes: encode(csv), read: readTable },
    { name: "CSV in gzip", bytes: gzipSync(csv), read: readTable },
    { name: "Arrow table", bytes: drawsToArrow(posterior), read: readTable },
    { name: "Parquet table", bytes: readFileSync(at("draws.parquet")), read: readTable },
    { name: "covariance", bytes: encode(covariance), read: through("csv", (path) => node.readKnownCovariance(path)) },
    { name: "pedigree", bytes: encode(pedigree), read: through("csv", (path) => node.readKnownCovariance(path)) },
  ];
}

async function check({ read, exact }: Artifact, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const given = await read(bytes);
  if (exact !== undefined && !isDeepStrictEqual(given, exact)) throw new Nonsense("a changed file was taken for whole");
}

const field = fc.oneof(
  fc.constantFrom(
    "",
    "NA",
    "1",
    "-1.5",
    "1e5",
    "Inf",
    "NaN",
    "TRUE",
    "T",
    "007",
    "0x1",
    "1,5",
    "a b",
    "12345678901234567890",
    " x ",
    "#",
    "constructor",
    "toString",
    "length",
    "names",
    ";",
    "\t",
    "__proto__",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

/** A CSV written by rule: every row and every text comes back. */
async function checkCsv(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  delimiter: string,
  ending: string,
): Promise<void> {
  const lines = [names, ...rows].map((line) => line.map(quoted).join(delimiter));
  writeFileSync(at("made.csv"), `${lines.join(ending)}${ending}`);
  const read = await node.readTable(at("made.csv"), {
    delimiter,
    types: Object.fromEntries(names.map((name) => [name.trim(), "text" as const])),
  });
  if (read.numRows() !== rows.length) throw new Nonsense(`${rows.length} rows became ${read.numRows()}`);
  names.forEach((name, j) => {
    const column = read.array(name.trim()) as ArrayLike<unknown>;
    rows.forEach((row, i) => {
      const wanted = row[j] === "NA" || row[j] === "" ? null : row[j];
      if (column[i] !== wanted) throw new Nonsense(`${JSON.stringify(wanted)} became ${JSON.stringify(column[i])}`);
    });
  });
}

export async function trials(): Promise<fc.Arbitrary<Trial>> {
  const all = await artifacts();
  const trees = all.filter(({ tree }) => tree !== undefined);
  const names = fc.uniqueArray(
    field.filter((name) => name.trim() !== ""),
    { minLength: 1, maxLength: 4, selector: (name) => name.trim() },
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(...all), byteChanges).map(
        ([artifact, changes]): Trial => ({
          show: { artifact: artifact.name, changes },
          run: () => check(artifact, changed(artifact.bytes, changes)),
        }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...trees), treeChanges).map(
        ([artifact, changes]): Trial => ({
          show: { artifact: artifact.name, changes },
          run: () => check(artifact, encode(JSON.stringify(changedTree(artifact.tree!, changes)))),
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: names
        .chain((header) =>
          fc.tuple(
            fc.constant(header),
            fc.array(fc.tuple(...header.map(() => field)), { maxLength: 6 }),
            fc.constantFrom(",", ";", "\t", "|"),
            fc.constantFrom("\n", "\r\n", "\r"),
          ),
        )
        .map(
          ([header, rows, delimiter, ending]): Trial => ({
            show: { header, rows, delimiter, ending },
            run: () => checkCsv(header, rows as string[][], delimiter, ending),
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 60 }).chain((bytes) =>
        fc.constantFrom(...all).map(
          (artifact): Trial => ({
            show: { artifact: artifact.name, bytes },
            run: () => artifact.read(new Uint8Array(bytes)),
          }),
        ),
      ),
    },
  );
}
