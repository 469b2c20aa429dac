/** Every row of the tables of docs/covariance-structures.md: builder, formula and command line say the same, with the matrix and figures given there. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { angleOf } from "../../src/covariance/compound-symmetry.ts";
import { toTable } from "../../src/data/to-table.ts";
import { corSymm, varIdent } from "../../src/dsl/residual.ts";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { reml } from "../../src/frequentist/method.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";
import { runHere } from "../cli/run-cli.ts";

const file = (name: string) => new URL(`../fixtures/reference/${name}.csv`, import.meta.url).pathname;
const document = readFileSync(new URL("../../docs/covariance-structures.md", import.meta.url), "utf8");
const machines = toTable(await readTable(file("Machines")));
const orthodont = toTable(await readTable(file("Orthodont")));

/** Var(Z_1'b …) of one row for each of the named rows: the covariance that random effects give them. */
function betweenRows(declared: Model, x: Float64Array, rows: readonly number[]): number[] {
  const { design, layout } = declared.compile();
  return rows.flatMap((i) =>
    rows.map((j) =>
      design.random.reduce((sum, { q, Z, index }, t) => {
        if (index[i] !== index[j]) return sum;
        const L = new Float64Array(q * q);
        fillFactor(layout.terms[t]!, x, L);
        let value = 0;
        for (let a = 0; a < q; a++)
          for (let b = 0; b < q; b++)
            for (let c = 0; c < q; c++) value += Z[i * q + a]! * L[a * q + c]! * L[b * q + c]! * Z[j * q + b]!;
        return sum + value;
      }, 0),
    ),
  );
}

describe("random effects", () => {
  const base = () => model(machines).formula("score ~ Machine");
  // three rows of one worker, one with each machine
  const worker = machines.column("Worker")!.values;
  const machine = machines.column("Machine")!.values;
  const rows = ["A", "B", "C"].map((name) =>
    Array.from(machine as ArrayLike<string | null>).findIndex((m, i) => m === name && worker[i] === worker[0]),
  );
  /** The free parameters, the entries of Λ at which to look, and the matrix of rows there. */
  const cases: [string, Model, string, number, number | null, number[], number[]][] = [
    ["~ g", base().random("Worker"), "(1 | Worker)", 1, null, [2], [4, 4, 4, 4, 4, 4, 4, 4, 4]],
    [
      "~ us(trt):g",
      base().random("Worker", "0 + Machine"),
      "(0 + Machine | Worker)",
      6,
      -104.156,
      [2, 1, 0.5, 3, 0.7, 1.5],
      [4, 2, 1, 2, 10, 2.6, 1, 2.6, 2.99],
    ],
    [
      "~ idh(trt):g",
      base().random("Worker", "0 + Machine", { covariance: "diag" }),
      "(0 + Machine || Worker)",
      3,
      -108.826,
      [2, 3, 1.5],
      [4, 0, 0, 0, 9, 0, 0, 0, 2.25],
    ],
    [
      "~ idv(trt):g",
      base().random("Worker", "0 + Machine", { covariance: "homdiag" }),
      "homdiag(0 + Machine | Worker)",
      1,
      -110.628,
      [2],
      [4, 0, 0, 0, 4, 0, 0, 0, 4],
    ],
    [
      "cs",
      base().random("Worker", "0 + Machine", { covariance: "cs" }),
      "cs(0 + Machine | Worker)",
      4,
      -104.61,
      [2, 3, 1.5, angleOf(3, 0.4)],
      [4, 2.4, 1.2, 2.4, 9, 1.8, 1.2, 1.8, 2.25],
    ],
    [
      "homcs",
      base().random("Worker", "0 + Machine", { covariance: "homcs" }),
      "homcs(0 + Machine | Worker)",
      2,
      -107.844,
      [2, angleOf(3, -0.25)],
      [4, -1, -1, -1, 4, -1, -1, -1, 4],
    ],
    [
      "~ cor(trt):g",
      base().random("Worker", "0 + Machine", { sd: 1 }),
      "cor(0 + Machine | Worker)",
      3,
      -161.361,
      [Math.acos(0.4), Math.acos(0.3), Math.acos(0.2)],
      // the third angle is that of the partial correlation of 2 and 3 given 1
      [1, 0.4, 0.3, 0.4, 1, 0.12 + 0.2 * Math.sqrt(0.84 * 0.91), 0.3, 0.12 + 0.2 * Math.sqrt(0.84 * 0.91), 1],
    ],
    [
      "~ corh(trt):g",
      base().random("Worker", "0 + Machine", { sd: [4, 8, 4] }),
      "corh(0 + Machine | Worker, sd = c(4, 8, 4))",
      3,
      -104.211,
      [Math.acos(0.4), Math.acos(0.3), Math.PI / 2],
      [16, 12.8, 4.8, 12.8, 64, 3.84, 4.8, 3.84, 16],
    ],
    [
      "~ g + idv(trt):g",
      base().random("Worker").random("Machine:Worker"),
      "(1 | Worker) + (1 | Machine:Worker)",
      2,
      -107.844,
      [2, 3],
      [13, 4, 4, 4, 13, 4, 4, 4, 13],
    ],
  ];
  it.each(cases)("%s", (there, builder, formula, free, logLik, entries, matrix) => {
    expect(document).toContain(`| \`${there}\` |`);
    const written = model(machines).formula(`score ~ Machine + ${formula}`);
    const { layout } = builder.compile();
    expect(layout.terms.reduce((sum, { size }) => sum + size, 0)).toBe(free);
    const x = new Float64Array(layout.size);
    x.set(entries, layout.terms[0]!.offset);
    for (const declared of [builder, written])
      betweenRows(declared as Model, x, rows).forEach((value, k) => {
        expect(value).toBeCloseTo(matrix[k]!, 12);
      });
    const fits = [builder, written].map((declared) => fitModel(declared.compile(), reml()));
    expect(fits[0]!.logLik).toBeCloseTo(fits[1]!.logLik, 9);
    if (logLik === null) return;
    expect(fits[0]!.logLik).toBeCloseTo(logLik, 3);
    expect(document).toContain(String(logLik).replace("-", "−"));
  });

  it("one variance is that of an effect for each combination", () => {
    const combined = fitModel(base().random("Machine:Worker").compile(), reml());
    expect(combined.logLik).toBeCloseTo(-110.628, 3);
  });

  it("diag() is the double bar, and us(1 + x) an intercept with a slope", async () => {
    const one = fitModel(model(machines).formula("score ~ Machine + diag(0 + Machine | Worker)").compile());
    expect(one.logLik).toBeCloseTo(-108.826, 3);
    expect(document).toContain("| `~ us(1 + x):g` |");
    const sleepstudy = await readTable(file("sleepstudy"));
    const built = model(sleepstudy).formula("Reaction ~ Days").random("Subject", "Days");
    const { layout } = built.compile();
    expect(layout.terms.map(({ size }) => size)).toEqual([3]);
    const written = model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)");
    expect(fitModel(built.compile()).logLik).toBeCloseTo(fitModel(written.compile()).logLik, 9);
  });
});

/** σ²R within the first group by its root applied to unit vectors. */
function withinGroup(declared: Model, sigma: number, psi: readonly number[]): number[] {
  const { design } = declared.compile();
  const structure = residualStructure(design.residual!);
  expect(structure.size).toBe(psi.length);
  expect(structure.set(Float64Array.from(psi), 0)).toBe(true);
  // the root of independent rows is diagonal: any unit vector of the group will do
  const columns = [0, 1, 2, 3].map((j) => {
    const unit = new Float64Array(design.n);
    unit[j] = 1;
    structure.colour(unit);
    return unit;
  });
  return [0, 1, 2, 3].flatMap((a) =>
    [0, 1, 2, 3].map((b) => sigma * sigma * columns.reduce((sum, column) => sum + column[a]! * column[b]!, 0)),
  );
}

describe("residuals", () => {
  const base = () => model(orthodont).formula("distance ~ age");
  const held = { "10": 0.9, "12": 1.2, "14": 1.1 };
  const d = [1, 0.9, 1.2, 1.1];
  // partial correlations row by row of the lower triangle; those of order 0 are the correlations with the first occasion
  const partial = [0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
  const R = (() => {
    const matrix = withinGroup(base().residual({ correlation: corSymm("1 | Subject") }) as Model, 1, partial);
    // the partial correlation of 2 and 3 given 1
    const [r12, r13, r23] = [matrix[1]!, matrix[2]!, matrix[6]!];
    expect(r12).toBeCloseTo(0.6, 12);
    expect((r23 - r12 * r13) / Math.sqrt((1 - r12 ** 2) * (1 - r13 ** 2))).toBeCloseTo(partial[2]!, 12);
    return matrix;
  })();
  const product = (scale: readonly number[], correlation: readonly number[] | null) =>
    Array.from({ length: 16 }, (_, k) => {
      const [a, b] = [Math.floor(k / 4), k % 4];
      return 4 * scale[a]! * scale[b]! * (correlation ? correlation[k]! : a === b ? 1 : 0);
    });
  interface Case {
    readonly there: string;
    readonly builder: Model;
    readonly flags: readonly string[];
    readonly free: number;
    readonly logLik: number | null;
    readonly psi: readonly number[];
    readonly matrix: readonly number[];
  }
  const variance = ["--variance", "varIdent(~ 1 | age)"];
  const correlation = ["--correlation", "corSymm(~ 1 | Subject)"];
  const symmetric = corSymm("1 | Subject");
  const cases: Case[] = [
    {
      there: "~ idh(time):units",
      builder: base().residual({ variance: varIdent("age") }) as Model,
      flags: variance,
      free: 4,
      logLik: -253.413,
      psi: [0.9, 1.2, 1.1],
      matrix: product(d, null),
    },
    {
      there: "~ us(time):g",
      builder: base().residual({ variance: varIdent("age"), correlation: symmetric }) as Model,
      flags: [...variance, ...correlation],
      free: 10,
      logLik: -217.625,
      psi: [0.9, 1.2, 1.1, ...partial],
      matrix: product(d, R),
    },
    {
      there: "~ cor(time):g",
      builder: base().residual({ correlation: symmetric }).sigma(2) as Model,
      flags: [...correlation, "--sigma", "2"],
      free: 6,
      logLik: -222.932,
      psi: partial,
      matrix: product([1, 1, 1, 1], R),
    },
    {
      there: "~ corh(time):g",
      builder: base()
        .residual({ variance: varIdent("age", { fixed: held }), correlation: symmetric })
        .sigma(2) as Model,
      flags: [
        ...["--variance", "varIdent(~ 1 | age, fixed = c(10 = 0.9, 12 = 1.2, 14 = 1.1))", ...correlation],
        ...["--sigma", "2"],
      ],
      free: 6,
      logLik: -219.889,
      psi: partial,
      matrix: product(d, R),
    },
    {
      there: "`cor`, `corh` but for a free σ²",
      builder: base().residual({ correlation: symmetric }) as Model,
      flags: correlation,
      free: 7,
      logLik: -219.668,
      psi: partial,
      matrix: product([1, 1, 1, 1], R),
    },
    {
      there: "`cor`, `corh` but for a free σ²",
      builder: base().residual({ variance: varIdent("age", { fixed: held }), correlation: symmetric }) as Model,
      flags: ["--variance", "varIdent(~ 1 | age, fixed = c(10 = 0.9, 12 = 1.2, 14 = 1.1))", ...correlation],
      free: 7,
      logLik: null,
      psi: partial,
      matrix: product(d, R),
    },
  ];

  it.each(cases)("$there", async ({ there, builder, flags, free, logLik, psi, matrix }) => {
    expect(document).toContain(`| ${there.startsWith("~") ? `\`${there}\`` : there}`);
    withinGroup(builder, 2, psi).forEach((value, k) => {
      expect(value).toBeCloseTo(matrix[k]!, 12);
    });
    const fit = fitModel(builder.compile(), reml());
    // two coefficients besides
    expect(fit.df).toBe(free + 2);
    const { status, stdout } = await runHere([
      ...["fit", file("Orthodont"), "--formula", "distance ~ age", ...flags, "--json"],
    ]);
    expect(status).toBe(0);
    const printed = JSON.parse(stdout) as { glance: { logLik: number } };
    expect(printed.glance.logLik).toBeCloseTo(fit.logLik, 6);
    if (logLik === null) return;
    expect(fit.logLik).toBeCloseTo(logLik, 3);
    expect(document).toContain(String(logLik).replace("-", "−"));
  });

  it("~ units with its variance fixed", () => {
    const fit = fitModel(base().sigma(2).compile(), reml());
    expect(fit.df).toBe(2);
    // generalised least squares with a known variance: the estimates do not depend on it
    const free = fitModel(base().compile(), reml());
    fit.tidy({ effects: ["fixed"] }).forEach((row, j) => {
      const other = free.tidy()[j]!;
      expect(row.estimate).toBeCloseTo(other.estimate, 9);
      expect(row.std_error! / 2).toBeCloseTo(other.std_error! / free.glance().sigma!, 9);
      expect(row.df).toBeNull();
    });
  });

  it("~ units", () => {
    expect(document).toContain("| `~ units`");
    const fit = fitModel(base().compile(), reml());
    expect(fit.df).toBe(3);
    expect(fit.logLik).toBeCloseTo(-254.585, 3);
    expect(fit.glance().sigma!).toBeCloseTo(2.537, 3);
  });

  it("corh with the variances of us given is us", () => {
    const us = fitModel(cases[1]!.builder.compile(), reml());
    const ratios = us.tidy().filter(({ term }) => term.startsWith("varIdent."));
    const fixed = Object.fromEntries(ratios.map(({ term, estimate }) => [term.slice("varIdent.".length), estimate]));
    const given = base().residual({ variance: varIdent("age", { fixed }), correlation: symmetric });
    expect(fitModel(given.compile(), reml()).logLik).toBeCloseTo(us.logLik, 6);
  });
});
