import { describe, expect, it } from "vitest";
import { type CompiledKernel, compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { columnsForText, kernelFromText, kernelToText } from "../../src/autodiff/kernel-text.ts";
import { familyByName } from "../../src/families/registry.ts";
import type { BoundKernel, ObservationKernel } from "../../src/model/observation-kernel.ts";
import { createRng } from "../../src/random/rng.ts";
import { FAMILIES } from "../families/evaluate.ts";
import { locationScaleStudent, zeroInflatedPoisson } from "./own-families.ts";

const n = 700;

/** Random columns and predictors that suit a family. */
function dataFor(name: string, link: string) {
  const rng = createRng(`${name} ${link}`);
  const each = (f: () => number) => Float64Array.from({ length: n }, f);
  const trials = each(() => 1 + Math.floor(5 * rng.uniform()));
  const counts = each(() => Math.floor(6 * rng.uniform() ** 2));
  const y =
    name === "gaussian" || name === "studentT"
      ? each(() => rng.normal())
      : name === "Gamma"
        ? each(() => 0.1 + 3 * rng.uniform())
        : name === "binomial"
          ? trials.map((t) => Math.floor((t + 1) * rng.uniform()))
          : counts;
  const positive = link === "inverse" || (name === "poisson" && link === "identity");
  const predictor = () => (positive ? each(() => 0.2 + 2 * rng.uniform()) : each(() => 1.5 * rng.normal()));
  const weights = each(() => 0.5 + Math.round(2 * rng.uniform()));
  return {
    columns: { y, trials, weights } as Record<string, Float64Array>,
    eta: [predictor(), predictor()],
    frequency: each(() => Math.floor(3 * rng.uniform())),
  };
}

/** Runs all row functions over two stretches and returns everything they gave. */
function everything(bound: BoundKernel, eta: readonly Float64Array[], phi: Float64Array): unknown[] {
  bound.eta.forEach((e, r) => {
    e.set(eta[r]!);
  });
  bound.setParameters(phi);
  const results: unknown[] = [];
  for (const [from, to] of [
    [0, 3],
    [3, n],
  ] as const) {
    results.push(
      bound.value(from, to),
      bound.score(from, to),
      [...bound.dPhi],
      bound.curvature(from, to),
      bound.adjoint(from, to),
      [...bound.dPhi],
    );
  }
  results.push(
    bound.d1.map((x) => x.slice()),
    bound.d2.map((x) => x.slice()),
    bound.d3.map((x) => x.slice()),
  );
  results.push(
    bound.d2Phi.map((xs) => xs.map((x) => x.slice())),
    bound.d3Phi.map((xs) => xs.map((x) => x.slice())),
  );
  return results;
}

const subjects = [
  ...FAMILIES.map(({ name, link, phi }) => ({ family: familyByName(name, link), phi: phi === null ? [] : [phi] })),
  { family: locationScaleStudent(), phi: [4.5] },
  { family: zeroInflatedPoisson(), phi: [] },
];

describe("generated code and interpreter agree to the last bit", () => {
  for (const { family, phi } of subjects)
    it(`${family.name} ${family.link}`, () => {
      const { columns, eta, frequency } = dataFor(family.name, family.link);
      const generated = compileKernel(family);
      const interpreted = compileKernel(family, { backend: "interpreted" });
      expect(generated.source).not.toBeNull();
      expect(interpreted.source).toBeNull();
      for (const multiplier of [null, frequency]) {
        const a = everything(generated.bind(columns, n, multiplier), eta, Float64Array.from(phi));
        const b = everything(interpreted.bind(columns, n, multiplier), eta, Float64Array.from(phi));
        expect(b).toEqual(a);
        expect(Number.isFinite(a[0])).toBe(true);
        // value, score, curvature and adjoint return the same sum
        expect(a[1]).toBe(a[0]);
        expect(a[3]).toBe(a[0]);
        expect(a[4]).toBe(a[0]);
      }
    });
});

describe("multipliers", () => {
  it("count a row as often as they say, and drop rows of weight 0 even where the density is -Infinity", () => {
    const kernel = compileKernel(familyByName("poisson", "identity"));
    const y = Float64Array.of(2, 0, 5);
    const weighted = kernel.bind({ y }, 3, Float64Array.of(3, 1, 0));
    weighted.eta[0]!.set([1.5, 0.4, -7]);
    const repeated = kernel.bind({ y: Float64Array.of(2, 2, 2, 0) }, 4, null);
    repeated.eta[0]!.set([1.5, 1.5, 1.5, 0.4]);
    for (const bound of [weighted, repeated]) bound.setParameters(new Float64Array(0));
    expect(weighted.adjoint(0, 3)).toBeCloseTo(repeated.adjoint(0, 4), 13);
    expect(weighted.d1[0]![0]).toBeCloseTo(3 * repeated.d1[0]![0]!, 13);
    expect(weighted.d1[0]![2]).toBe(0);
  });
});

describe("kernels as text", () => {
  it("survive cloning and give the same numbers, row classes included", () => {
    for (const { family, phi } of subjects) {
      const { columns, eta } = dataFor(family.name, family.link);
      const kernel = compileKernel(family);
      const text = structuredClone(kernelToText(kernel));
      const revived: ObservationKernel = kernelFromText(JSON.parse(JSON.stringify(text)));
      const sent = structuredClone(columnsForText(kernel, columns, n));
      expect(everything(revived.bind(sent, n, null), eta, Float64Array.from(phi))).toEqual(
        everything(kernel.bind(columns, n, null), eta, Float64Array.from(phi)),
      );
    }
  });

  it("say when the row classes are missing", () => {
    const revived = kernelFromText(kernelToText(compileKernel(familyByName("binomial", "probit"))));
    expect(revived.columns).toEqual(["y", "trials", "(class)"]);
    expect(() => revived.bind({ y: Float64Array.of(1) }, 1, null)).toThrow(/columnsForText/);
  });
});

describe("bind", () => {
  it("names a column that is missing or too short", () => {
    const kernel = compileKernel(familyByName("poisson"));
    expect(() => kernel.bind({}, 1, null)).toThrow(
      "The kernel needs the data column 'y', which was not given to bind.",
    );
    expect(() => kernel.bind({ y: new Float64Array(2) }, 3, null)).toThrow(
      "The data column 'y' has 2 values for 3 rows.",
    );
  });

  it("keeps two binds of one kernel apart", () => {
    const kernel = compileKernel(familyByName("nbinom2"));
    const [a, b] = [1, 4].map((y) => kernel.bind({ y: Float64Array.of(y) }, 1, null)) as [BoundKernel, BoundKernel];
    a.setParameters(Float64Array.of(2));
    b.setParameters(Float64Array.of(5));
    const before = a.value(0, 1);
    b.value(0, 1);
    expect(a.value(0, 1)).toBe(before);
    expect(a.eta[0]).not.toBe(b.eta[0]);
  });
});

describe("generated code", () => {
  it("is one fused loop with shared work", () => {
    const { source } = compileKernel(familyByName("poisson"));
    expect(
      source!.slice(source!.indexOf("function adjoint"), source!.indexOf("return { parameters")),
    ).toMatchInlineSnapshot(`
      "function adjoint(from, to) {
      const e0 = B.eta[0]; const c0 = B.columns[0]; const h0 = B.data[0]; const o0 = B.d1[0]; const o1 = B.d2[0]; const o2 = B.d3[0]; const h1 = B.data[1]; const h2 = B.data[2];
      let s = 0;
      for (let i = from; i < to; i++) {
      switch (K[i]) {
      case 0: {
      const e0i = e0[i]; const c0i = c0[i]; const h0i = h0[i];
      const v2 = exp(e0i);
      const v6 = e0i * c0i;
      const v7 = v6 - v2;
      const v8 = v7 - h0i;
      const v9 = -v2;
      const v10 = c0i - v2;
      s += v8;
      o0[i] = v10;
      o1[i] = v9;
      o2[i] = v9;
      break; }
      default: {
      const e0i = e0[i]; const h1i = h1[i]; const c0i = c0[i]; const h2i = h2[i];
      const v12 = e0i - h1i;
      const v13 = Math.expm1(v12);
      const v14 = v13 - v12;
      const v15 = c0i * v14;
      const v22 = v15 + h2i;
      const v23 = -v22;
      const v24 = exp(v12);
      const v25 = c0i * v24;
      const v26 = -v25;
      const v27 = c0i - v25;
      s += v23;
      o0[i] = v27;
      o1[i] = v26;
      o2[i] = v26;
      break; }
      }
      }
      return s < Infinity ? s : -Infinity;
      }
      "
    `);
  });

  it("tabulates over distinct responses what depends on parameters and data", () => {
    const { program } = compileKernel(familyByName("nbinom2")) as CompiledKernel;
    const op = program.nodes.op;
    expect(program.tables[0]!.nodes.some((node) => op[node] === "logRising" || op[node] === "sub")).toBe(true);
    expect(program.tables[0]!.columns).toEqual([0]);
  });

  it("contains no name a user chose", () => {
    const family = locationScaleStudent();
    const { sources } = compileKernel(family);
    for (const text of [sources!.plain, sources!.weighted])
      for (const name of [family.name, "degrees", "mu", "disp", "weights", "trials"])
        expect(text).not.toMatch(new RegExp(`\\b${name}\\b`));
  });
});
