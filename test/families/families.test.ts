import { describe, expect, it } from "vitest";
import { compileMean } from "../../src/autodiff/compile-mean.ts";
import { defineFamily } from "../../src/families/define-family.ts";
import type { RowNumbers } from "../../src/families/family.ts";
import { Gamma } from "../../src/families/gamma.ts";
import { poisson } from "../../src/families/poisson.ts";
import { familyByName, familyNames, registerFamily } from "../../src/families/registry.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { createRng } from "../../src/random/rng.ts";
import { evaluateRow, FAMILIES, kernelFor } from "./evaluate.ts";

const rowsUpTo = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

describe("mean and variance", () => {
  for (const { name, link, phi } of FAMILIES)
    it(`${name} ${link}: derivatives of the mean, and simulation has the stated moments`, () => {
      const family = familyByName(name, link);
      const kernel = compileMean(family);
      const interpreted = compileMean(family, { backend: "interpreted" });
      const phiArray = phi === null ? new Float64Array(0) : Float64Array.of(phi);
      const trials = name === "binomial" ? 6 : 1;
      const eta = Float64Array.of(0.4, 1.1);
      const out = {
        value: new Float64Array(2),
        dEta: [new Float64Array(2)],
        dPhi: family.parameters.map(() => new Float64Array(2)),
      };
      kernel.evaluate([eta], phiArray, 2, out);
      const again = { value: new Float64Array(2), dEta: [new Float64Array(2)] };
      interpreted.evaluate([eta], phiArray, 2, again);
      expect(again.value).toEqual(out.value);
      expect(again.dEta).toEqual(out.dEta);
      for (const g of out.dPhi) expect([...g]).toEqual([0, 0]);
      const h = 1e-5;
      const shifted = (e: number) => {
        const value = new Float64Array(1);
        kernel.evaluate([Float64Array.of(e)], phiArray, 1, { value });
        return value[0]!;
      };
      for (let i = 0; i < 2; i++)
        expect(out.dEta[0]![i]).toBeCloseTo((shifted(eta[i]! + h) - shifted(eta[i]! - h)) / (2 * h), 8);

      const variance = new Float64Array(2);
      kernel.variance([eta], phiArray, 2, variance, { trials: new Float64Array(2).fill(trials) });
      const rng = createRng(`${name} ${link}`);
      const draws = 20_000;
      let mean = 0;
      let square = 0;
      const row: RowNumbers = {
        eta: [eta[0]!],
        parameter: phi === null ? {} : { [family.parameters[0]!.name]: phi },
        column: name === "binomial" ? { trials } : {},
      };
      for (let i = 0; i < draws; i++) {
        const y = family.simulate(rng, row);
        mean += y / draws;
        square += (y * y) / draws;
      }
      const expected = out.value[0]! * trials;
      const sd = Math.sqrt(variance[0]!);
      expect(Math.abs(mean - expected)).toBeLessThan((5 * sd) / Math.sqrt(draws));
      expect((square - mean * mean) / variance[0]!).toBeGreaterThan(0.9);
      expect((square - mean * mean) / variance[0]!).toBeLessThan(1.1);
    });
});

describe("supports", () => {
  it("are stated by -Infinity, not NaN", () => {
    const identity = kernelFor("poisson", "identity");
    for (const y of [0, 3])
      for (const eta of [-2, -1e-9, 0]) expect(evaluateRow(identity, { y }, eta, null).value).toBe(-Infinity);
    const inverse = kernelFor("Gamma", "inverse");
    for (const eta of [-2, 0]) expect(evaluateRow(inverse, { y: 1.3 }, eta, 2).value).toBe(-Infinity);
    expect(evaluateRow(kernelFor("nbinom2", "log"), { y: 1 }, 0.3, -1).value).toBe(-Infinity);
  });
});

describe("checks of a response", () => {
  it("name the first rows and say what is wanted", () => {
    const rows = Int32Array.of(0, 6, 7, 9, 12);
    const y = Float64Array.of(2, -3, 1.5, Number.NaN, -1);
    const [issue, ...others] = poisson().checkResponse(y, null, rows, "count");
    expect(others).toEqual([]);
    expect(issue!.path).toEqual(["column", "count"]);
    expect(issue!.message).toBe(
      "Row 7 of column 'count' is -3 (row 8 is 1.5 and row 10 is NaN, and so on for 1 more): a Poisson response must be a whole number of 0 or more.",
    );
    expect(poisson().checkResponse(Float64Array.of(0, -3), null, rowsUpTo(2), "count")[0]!.message).toBe(
      "Row 2 of column 'count' is -3: a Poisson response must be a whole number of 0 or more.",
    );
  });

  it("accept what is allowed and refuse what is not, family by family", () => {
    const fails = (name: string, y: number, trials: number | null = null) =>
      familyByName(name).checkResponse(
        Float64Array.of(y),
        trials === null ? null : Float64Array.of(trials),
        rowsUpTo(1),
        "y",
      ).length > 0;
    expect([fails("binomial", 1), fails("binomial", 2), fails("binomial", 2, 5), fails("binomial", 6, 5)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([fails("Gamma", 0.1), fails("Gamma", 0), fails("nbinom2", 3), fails("nbinom1", 0.5)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([fails("gaussian", -4), fails("gaussian", Infinity)]).toEqual([false, true]);
  });
});

describe("the registry", () => {
  it("finds families by name and link, and says what it knows otherwise", () => {
    expect(familyNames()).toEqual(
      expect.arrayContaining(["gaussian", "binomial", "poisson", "nbinom2", "nbinom1", "Gamma"]),
    );
    expect(familyByName("binomial").link).toBe("logit");
    expect(() => familyByName("binomial", "log")).toThrow(
      "Family 'binomial' has no link 'log': use 'logit' or 'probit' or 'cloglog' or 'cauchit'.",
    );
    expect(() => familyByName("poison")).toThrow(
      /There is no family 'poison'; did you mean 'poisson'\? Use one of 'gaussian'/,
    );
    expect(() => familyByName("zzzzzz")).toThrow(/There is no family 'zzzzzz': use one of 'gaussian'/);
  });

  it("takes a user's own family, but not under a built-in name", () => {
    const own = defineFamily({
      name: "exponential",
      link: "log",
      logDensity: (ops, { eta, column }) => ops.neg(ops.add(eta[0]!, ops.mul(column["y"]!, ops.exp(ops.neg(eta[0]!))))),
      mean: (ops, { eta }) => ops.exp(eta[0]!),
    });
    registerFamily(own);
    expect(familyByName("exponential")).toBe(own);
    expect(() => registerFamily({ ...own, name: "poisson" })).toThrow(DeclarationError);
    expect(() => own.simulate(createRng(1), { eta: [0], parameter: {}, column: {} })).toThrow(
      /cannot be simulated from/,
    );
    // an exponential is a gamma of shape 1
    const a = evaluateRow(kernelFor("exponential", "log"), { y: 1.7 }, 0.3, null);
    const b = evaluateRow(kernelFor("Gamma", "log"), { y: 1.7, weights: 1 }, 0.3, 1);
    expect(a.value).toBeCloseTo(b.value, 13);
    expect(a.d3).toBeCloseTo(b.d3, 13);
  });

  it("takes an option that is undefined for one left out", () => {
    const own = defineFamily({
      name: "undecided",
      link: undefined,
      predictors: undefined,
      simulate: undefined,
      parameters: [{ name: "s", support: "unit", start: undefined, prior: undefined }],
      logDensity: (ops, { eta, parameter }) => ops.neg(ops.mul(eta[0]!, parameter["s"]!)),
      mean: (_, { eta }) => eta[0]!,
    });
    expect(own).toMatchObject({ link: "custom", predictors: ["mu"] });
    expect(own.parameters[0]!.start(Float64Array.of(1), null)).toBe(0.5);
    expect("prior" in own.parameters[0]!).toBe(false);
    expect(() => own.simulate(createRng(1), { eta: [0], parameter: {}, column: {} })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ code: "not-simulated" })] }),
    );
  });

  it("refuses a simulation that is no number", () => {
    const own = defineFamily({
      name: "texts",
      logDensity: (ops, { eta }) => ops.neg(eta[0]!),
      mean: (_, { eta }) => eta[0]!,
      simulate: () => "a" as never,
    });
    expect(() => own.simulate(createRng(1), { eta: [0], parameter: {}, column: {} })).toThrow(
      "The simulate() of family 'texts' must return a number for each row, and returned \"a\".",
    );
  });

  it("reports every fault of a family at once", () => {
    let issues: readonly { message: string }[] = [];
    try {
      defineFamily({
        name: "broken",
        parameters: [
          { name: "s", support: "positive" },
          { name: "s", support: "positive" },
        ],
        columns: ["y", "z" as "y"],
        logDensity: () => 3 as never,
        mean: (ops, { eta }) => ops.exp(eta[0]!),
      });
    } catch (error) {
      issues = (error as DeclarationError).issues;
    }
    expect(issues.map((i) => i.message)).toEqual([
      "Family 'broken' has two parameters called 's': give each its own name.",
      "Family 'broken' reads a column 'z': a density can read 'y', 'trials' and 'weights'.",
      expect.stringContaining("The logDensity of family 'broken' cannot be compiled: "),
    ]);
  });

  it("starts from finite values", () => {
    for (const { name, link } of FAMILIES) {
      const family = familyByName(name, link);
      const y = Float64Array.of(1, 3, 2, 5);
      for (const p of family.parameters) expect(p.start(y, null)).toBeGreaterThan(0);
      expect(Number.isFinite(family.startEta(1, 1))).toBe(true);
      if (name !== "Gamma") expect(Number.isFinite(family.startEta(0, 1))).toBe(true);
    }
    expect(Gamma().parameters[0]!.start(new Float64Array(3).fill(2), null)).toBeGreaterThan(0);
  });
});
