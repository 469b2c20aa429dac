import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type GeeOptions, gee, model } from "../../../src/index.ts";
import { readTable } from "../../../src/node/index.ts";
import {
  ar1,
  exchangeable,
  type GeeCovariance,
  mDependent,
  stationary,
  unstructured,
} from "../../../src/public/gee.ts";

interface Reference {
  readonly formula: string;
  readonly family: string;
  readonly terms: readonly string[];
  readonly estimate: readonly number[];
  readonly robust: readonly number[];
  readonly fij: readonly number[];
  readonly naive: readonly number[];
  readonly alpha: readonly number[];
  readonly scale: number;
  readonly scaleError: readonly number[];
  readonly scaleJack: readonly number[];
  readonly alphaJack: readonly number[];
}

const folder = new URL("../../fixtures/gee/", import.meta.url);
const references: Readonly<Record<string, Reference>> = JSON.parse(
  readFileSync(new URL("families.json", folder), "utf8"),
);
const table = await readTable(new URL("families.csv", folder));

const methods: Readonly<Record<string, Partial<GeeOptions>>> = {
  "gamma-exchangeable": { correlation: exchangeable() },
  "poisson-scale-fix": { correlation: exchangeable(), scaleFix: true },
  "poisson-waves-unstructured": { correlation: unstructured(), wave: "wave" },
  "gaussian-waves-ar1": { correlation: ar1(), wave: "wave" },
  "poisson-stationary": { correlation: stationary(), wave: "wave" },
  "poisson-1-dependent": { correlation: mDependent(1), wave: "wave" },
};

const fit = (id: string, options: Partial<GeeOptions> = {}) =>
  model(table)
    .formula(references[id]!.formula)
    .family({ name: references[id]!.family, ...(references[id]!.family === "Gamma" && { link: "log" }) })
    .fit(gee({ id: "id", ...methods[id], ...options }));

function expectNear(got: ArrayLike<number>, wanted: readonly number[], relative: number) {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, k) => {
    expect(Math.abs(got[k]! - value)).toBeLessThan(relative * Math.max(1e-3, Math.abs(value)));
  });
}

describe("geepack's other families, correlations and waves with gaps", () => {
  it.each(Object.entries(references))("%s", async (id, reference) => {
    const found = await fit(id);
    const p = reference.terms.length;
    const errors = (kind: GeeCovariance) => {
      const V = found.vcov(kind);
      return Array.from({ length: p }, (_, j) => Math.sqrt(V[j * found.estimate.length + j]!));
    };
    expectNear(found.estimate.subarray(0, p), reference.estimate, 1e-6);
    expectNear(errors("robust"), reference.robust, 1e-6);
    expectNear(errors("naive"), reference.naive, 1e-6);
    expectNear([found.scale], [reference.scale], 1e-6);
    expectNear(found.correlation.estimate, reference.alpha, 1e-6);
    // a fixed scale has no error, and the mean of a Gaussian does not enter its variance: there geepack's errors take all of β̂ into account
    const scale = found.tidy({ effects: ["aux"] })[0]!.std_error;
    if (id === "poisson-scale-fix") expect(scale).toBeNull();
    if (id === "gaussian-waves-ar1") expectNear([scale!], reference.scaleError, 1e-6);
  });

  it.each(Object.entries(references))("%s without each cluster", async (id, reference) => {
    const found = await fit(id, { stdErr: "fij" });
    const errors = found.tidy().map(({ std_error }) => std_error ?? 0);
    expectNear(errors, [...reference.fij, ...reference.scaleJack, ...reference.alphaJack], 1e-6);
  });
});
