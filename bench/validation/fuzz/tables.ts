/** Tables of every shape and content, and cheap fits on them: no row may be lost, and what is called converged must be numbers. */
import { table as arqueroTable } from "arquero";
import fc from "fast-check";
import { library } from "../../library.ts";
import { Nonsense, type Trial } from "./run-kind.ts";

const { binomial, model, poisson, predict, toTable } = library;

const small = fc.integer({ min: -20, max: 20 });
const odd = fc.constantFrom<unknown>(
  ...[
    null,
    undefined,
    Number.NaN,
    Infinity,
    -Infinity,
    "NA",
    "",
    " ",
    "1",
    "1.0",
    "007",
    "x",
    "true",
    true,
    false,
    0,
    -0,
  ],
  ...[
    1e308,
    -1e308,
    5e-324,
    1e-300,
    1e15,
    2 ** 53 + 2,
    10n,
    2n ** 60n,
    10n ** 400n,
    "Infinity",
    "1e5",
    "0x10",
    "naïve",
    "\0",
    "🙂",
    "\ud800",
  ],
  ...[
    new Date(0),
    new Date(Number.NaN),
    {},
    [],
    [1],
    /x/,
    new Map(),
    () => 1,
    Symbol("s"),
    "constructor",
    "__proto__",
    "(Intercept)",
    ":",
    "a:b",
  ],
);
const values: fc.Arbitrary<fc.Arbitrary<unknown>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(small as fc.Arbitrary<unknown>) },
  { weight: 3, arbitrary: fc.constant(fc.double({ noNaN: true, noDefaultInfinity: true, min: -10, max: 10 })) },
  { weight: 2, arbitrary: fc.constant(fc.nat(3)) },
  { weight: 2, arbitrary: fc.constant(fc.nat(1)) },
  { weight: 2, arbitrary: fc.constant(fc.constantFrom("a", "b", "c")) },
  { weight: 1, arbitrary: fc.constant(fc.boolean()) },
  { weight: 1, arbitrary: small.map((value) => fc.constant(value)) },
  {
    weight: 2,
    arbitrary: fc.constant(
      fc.oneof({ weight: 5, arbitrary: small }, { weight: 1, arbitrary: fc.constantFrom(null, undefined, Number.NaN) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom("a", "b") }, { weight: 1, arbitrary: odd }),
    ),
  },
  { weight: 1, arbitrary: fc.constant(fc.oneof({ weight: 5, arbitrary: small }, { weight: 1, arbitrary: odd })) },
  { weight: 1, arbitrary: fc.constant(fc.double()) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -320, max: 305 })
      .map((power) => fc.double({ min: -1, max: 1, noNaN: true }).map((value) => value * 10 ** power)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -15, max: 15 }).map((power) => small.map((value) => 1 + value * 10 ** power)),
  },
  { weight: 1, arbitrary: fc.constant(odd) },
);
type Make = (given: unknown[]) => unknown;
const typed = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Make>((given) => given) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Make>(
      (given) => Float64Array.from(given.map((value) => (typeof value === "number" ? value : Number.NaN))),
      (given) => Float32Array.from(given.map((value) => (typeof value === "number" ? value : Number.NaN))),
      (given) => Int32Array.from(given.map((value) => (typeof value === "number" ? value : 0))),
      (given) => Uint8Array.from(given.map((value) => (typeof value === "number" ? value : 0))),
      (given) => BigInt64Array.from(given.map((value) => (Number.isSafeInteger(value) ? BigInt(value as number) : 0n))),
      (given) => Object.freeze([...given]),
      (given) => [...given, ...given.slice(0, 1)],
      (given) => given.slice(1),
      (given) => (given.length > 2 ? Object.assign(new Array(given.length), { 1: given[1] }) : given),
      (given) => new Set(given),
      (given) => String(given.length),
      () => null,
    ),
  },
);
const columnName = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "constructor",
      "__proto__",
      "toString",
      "hasOwnProperty",
      "length",
      "(Intercept)",
      "g1",
      "xb",
      "x:g",
      "a b",
      "",
      "pi",
      "I(x)",
      "y",
      "x",
      ".",
      "columns",
      "values",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }).filter((name) => !name.includes("`")) },
);

const FORMULAS = [
  "y ~ x",
  "y ~ x",
  "y ~ 1",
  "y ~ g",
  "y ~ x * g",
  "y ~ factor(x)",
  "y ~ poly(x, 2)",
  "y ~ scale(x)",
  "y ~ x + (1 | g)",
  "y ~ x + (1 | g)",
  "y ~ 1 + (1 | g)",
  "y ~ x + (x | g)",
  "y ~ x + (x || g)",
  "y ~ 1 + (1 | g) + (1 | h)",
  "y ~ x + offset(h)",
  "y ~ I(x^2)",
  "log(y) ~ x",
  "y ~ h + (1 | x)",
  "y ~ 0 + x",
  "y ~ 0",
  "x ~ y",
  "y ~ g + (0 + g | h)",
];
export type Data = readonly (readonly [string, unknown])[];

/** Columns y, x, g and h, and at times one more. */
export const data: fc.Arbitrary<Data> = fc
  .tuple(
    fc.oneof({ weight: 1, arbitrary: fc.nat(4) }, { weight: 4, arbitrary: fc.integer({ min: 5, max: 12 }) }),
    fc.array(columnName, { maxLength: 1 }),
  )
  .chain(([n, extra]) =>
    fc.tuple(
      ...["y", "x", "g", "h", ...extra].map((name) =>
        fc
          .tuple(
            values.chain((value) => fc.array(value, { minLength: n, maxLength: n })),
            typed,
          )
          .map(([given, make]) => [name, make(given)] as const),
      ),
    ),
  );

export const record = (entries: Iterable<readonly [string, unknown]>, prototype: object | null = Object.prototype) => {
  const made = Object.create(prototype) as Record<string, unknown>;
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
};
const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value);
const records = (columns: Data) => {
  const lists = columns.filter(([, column]) => isList(column)) as unknown as (readonly [string, ArrayLike<unknown>])[];
  const n = Math.max(0, ...lists.map(([, column]) => column.length));
  return Array.from({ length: n }, (_, i) =>
    record(lists.filter(([, column]) => i < column.length).map(([name, column]) => [name, column[i]] as const)),
  );
};
const shapes: Readonly<Record<string, (columns: Data) => unknown>> = {
  arrays: (columns) => record(columns),
  arraysWithoutPrototype: (columns) => record(columns, null),
  records,
  recordsWithoutPrototype: (columns) => records(columns).map((row) => record(Object.entries(row), null)),
  arquero: (columns) => {
    const plain = Object.fromEntries(columns.filter(([name, column]) => isList(column) && name !== "__proto__"));
    const lengths = new Set(Object.values(plain).map((column) => (column as unknown[]).length));
    return lengths.size === 1 ? arqueroTable(plain as Record<string, unknown[]>) : plain;
  },
  frame: (columns) => ({
    columns: columns.map(([name]) => name),
    getColumn: (name: string) => columns.find(([own]) => own === name)![1],
  }),
};
const notTables = fc.constantFrom<unknown>(
  ...[
    null,
    undefined,
    5,
    "text",
    true,
    [],
    {},
    [1],
    [[1]],
    [null],
    [{}],
    [{}, {}],
    new Map([["y", [1]]]),
    new Set([1]),
    new Date(0),
    () => 1,
  ],
  ...[
    { y: [] },
    { y: 1 },
    { y: "abc" },
    { y: { length: 3 } },
    { y: null },
    { y: [{}] },
    Symbol("t"),
    10n,
    new Float64Array(3),
    { columnNames: () => 3, array: () => 3 },
  ],
  ...[
    { schema: { fields: [{ name: "y" }] }, getChild: () => null },
    { rows: 3, names: ["y"], column: () => undefined },
    { columns: 5, getColumn: () => [1] },
  ],
  ...[
    { columns: ["y"], getColumn: () => 5 },
    { columns: () => ["y", "y"], getColumn: () => [1, 2] },
    Promise.resolve([]),
    new Error("no table"),
  ],
);

/** Whether a value means that none is there, as the documentation says. */
const isMissing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  Number.isNaN(value) ||
  (typeof value === "string" && ["", "NA"].includes(value.trim()));

/** The table has every column and value that was given. */
function checkTable(given: Data): void {
  if (new Set(given.map(([name]) => name)).size < given.length) return;
  const table = toTable(record(given) as never);
  if (table.names.length !== given.length) throw new Nonsense("columns were lost");
  for (const [name, source] of given) {
    const column = table.column(name);
    if (!column) {
      if (!table.faults?.has(name)) throw new Nonsense(`the column ${JSON.stringify(name)} was lost`);
      continue;
    }
    const list = Array.from(source as ArrayLike<unknown>);
    if (column.values.length !== list.length || table.rows !== list.length) throw new Nonsense("rows were lost");
    list.forEach((value, i) => {
      const read = column.values[i]!;
      const missing = read === null || Number.isNaN(read);
      if (missing !== isMissing(value)) throw new Nonsense(`${String(value)} became ${read}`);
      if (missing) return;
      const same =
        column.kind === "numeric"
          ? Number(value) === read
          : typeof value === "boolean"
            ? String(value).toUpperCase() === read
            : true;
      if (!same) throw new Nonsense(`${String(value)} became ${read}`);
    });
  }
}

/** Distinct values stay distinct as levels, equal ones equal. */
const finiteOrNull = (value: unknown) => value === null || value === undefined || Number.isFinite(value);

/** No row may be lost on the way to a design. */
export function checkRows(declared: {
  compile(): { design: { n: number; omitted: number; warnings: readonly { code: string }[] } };
  table(): { rows: number };
}): void {
  const { n, omitted, warnings } = declared.compile().design;
  if (n + omitted !== declared.table().rows && !warnings.some(({ code }) => code.startsWith("zero-")))
    throw new Nonsense("rows were lost");
}

const families = [undefined, undefined, undefined, undefined, poisson(), binomial()];

async function checkFit(
  columns: Data,
  shape: (columns: Data) => unknown,
  formula: string,
  familyIndex: number,
  extra: string,
): Promise<void> {
  const input = shape(columns) as never;
  let declared = model(input).formula(formula + extra);
  const family = families[familyIndex];
  if (family) declared = declared.family(family);
  const fit = await declared.fit();
  const glance = fit.glance();
  const rows = declared.table().rows;
  if (glance.nobs + glance.omitted !== rows)
    throw new Nonsense(`${rows} rows became ${glance.nobs} and ${glance.omitted} omitted`);
  const tidy = fit.tidy();
  if (!glance.converged) {
    if (fit.warnings.length === 0) throw new Nonsense("not converged, and no warning says so");
    return;
  }
  if (!Number.isFinite(fit.logLik)) throw new Nonsense(`converged with the log-likelihood ${fit.logLik}`);
  for (const row of tidy) {
    // a correlation with an effect that does not vary is none
    const none = glance.singular && row.term.startsWith("cor__");
    if (!(Number.isFinite(row.estimate) || none)) throw new Nonsense(`converged with ${row.term} ${row.estimate}`);
    const { std_error, conf_low, conf_high, statistic, p_value } = row;
    for (const value of [std_error, statistic, p_value])
      if (Number.isNaN(value))
        throw new Nonsense(
          `converged with NaN in the row of ${row.effect}: ${Object.entries(row).find(([, of]) => Number.isNaN(of))![0]}`,
        );
    if (std_error !== null && std_error < 0) throw new Nonsense("a standard error below 0");
    if (conf_low !== null && conf_high !== null && !(conf_low <= row.estimate && row.estimate <= conf_high))
      throw new Nonsense(`an estimate outside its interval: ${row.effect}`);
    if (row.effect === "ran_pars" && row.term.startsWith("sd__") && row.estimate < 0)
      throw new Nonsense("an sd below 0");
  }
  for (const [name, value] of Object.entries(glance))
    if (typeof value === "number" && Number.isNaN(value)) throw new Nonsense(`${name} is NaN`);
  const means = fit.fitted();
  if (means.length !== glance.nobs || !means.every(Number.isFinite))
    throw new Nonsense("fitted values are not numbers, one a row used");
  if (!fit.ranef().every(({ estimate, std_error: error }) => Number.isFinite(estimate) && finiteOrNull(error)))
    throw new Nonsense("random effects are not numbers");
  if (glance.omitted === 0) {
    const { rows: predicted, warnings } = predict(fit, { newdata: input });
    if (predicted.length !== rows) throw new Nonsense("predictions of other rows");
    for (const [i, { estimate }] of predicted.entries())
      if (
        estimate === null
          ? warnings.length === 0
          : !(Math.abs(estimate - means[i]!) <= 1e-6 * (1 + Math.abs(means[i]!)))
      )
        throw new Nonsense(`predicts ${estimate} for its own row fitted as ${means[i]}`);
  }
}

export const trials = (): fc.Arbitrary<Trial> =>
  fc.oneof(
    {
      weight: 1,
      arbitrary: notTables.map(
        (given): Trial => ({
          show: given,
          run: () =>
            model(given as never)
              .formula("y ~ 1" as string)
              .compile(),
        }),
      ),
    },
    { weight: 3, arbitrary: data.map((given): Trial => ({ show: given, run: () => checkTable(given) })) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          data,
          fc.constantFrom(...Object.keys(shapes)),
          fc.constantFrom(...FORMULAS),
          fc.nat(families.length - 1),
          fc.boolean(),
        )
        .map(([given, shape, formula, family, withExtra]): Trial => {
          const name = withExtra ? given[4]?.[0] : undefined;
          const extra = name === undefined || name === "" ? "" : ` + \`${name}\``;
          return {
            show: { shape, formula: formula + extra, family: families[family]?.name, given },
            run: () => checkFit(given, shapes[shape]!, formula, family, extra),
          };
        }),
    },
  );
