import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type EstimatingEquations, type GeeOptions, gee, model } from "../../../src/index.ts";
import { readTable } from "../../../src/node/index.ts";
import {
  ar1,
  exchangeable,
  type GeeCovariance,
  independence,
  mDependent,
  unstructured,
  type WorkingCorrelation,
} from "../../../src/public/gee.ts";

interface Reference {
  readonly table: string;
  readonly formula: string;
  readonly family: string;
  readonly correlation: string;
  readonly terms: readonly string[];
  readonly estimate: readonly number[];
  readonly robust: readonly number[];
  readonly naive: readonly number[];
  readonly j1s: readonly number[];
  readonly fij: readonly number[];
  readonly alpha: readonly number[];
  readonly row: readonly number[];
  readonly scale: number;
  readonly QIC: Readonly<Record<string, number>>;
}

const folder = new URL("../../fixtures/gee/", import.meta.url);
const references: Readonly<Record<"geepack" | "gee", Record<string, Reference>>> = JSON.parse(
  readFileSync(new URL("gee.json", folder), "utf8"),
);
const correlations: Readonly<Record<string, () => WorkingCorrelation>> = {
  independence: independence,
  exchangeable: exchangeable,
  ar1: ar1,
  "AR-M": ar1,
  unstructured: unstructured,
  stat_M_dep: () => mDependent(2),
};
const ids: Readonly<Record<string, string>> = { ohio: "id", dietox: "Pig", respiratory: "center:id", simulated: "id" };

async function fit(id: string, reference: Reference, options: Partial<GeeOptions> = {}) {
  const table = await readTable(new URL(`${reference.table}.csv`, folder));
  let declared = model(table).formula(reference.formula).family({ name: reference.family });
  if (reference.table === "respiratory") declared = declared.factor("treat", ["P", "A"]);
  if (id.includes("weights")) declared = declared.weights("w");
  return declared.fit(
    gee({
      id: ids[reference.table]!,
      correlation: correlations[reference.correlation]!(),
      ...(id.includes("waves") && { wave: "wave" }),
      ...options,
    }),
  );
}

const errors = (found: EstimatingEquations, kind: GeeCovariance) => {
  const size = found.estimate.length;
  const p = found.model.layout.beta[0]!.size;
  const V = found.vcov(kind);
  return Array.from({ length: p }, (_, j) => Math.sqrt(V[j * size + j]!));
};

function expectNear(got: ArrayLike<number>, wanted: readonly number[], relative: number) {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, k) => {
    expect(Math.abs(got[k]! - value)).toBeLessThan(relative * Math.max(1e-3, Math.abs(value)));
  });
}

describe("geepack", () => {
  it.each(Object.entries(references.geepack))("%s", async (id, reference) => {
    const found = await fit(id, reference);
    const fixed = found.tidy({ effects: ["fixed"] });
    expect(fixed.map(({ term }) => term)).toEqual(reference.terms);
    expectNear(
      fixed.map(({ estimate }) => estimate),
      reference.estimate,
      1e-7,
    );
    expectNear(errors(found, "robust"), reference.robust, 1e-7);
    expectNear(errors(found, "j1s"), reference.j1s, 1e-7);
    expectNear(found.correlation.estimate, reference.alpha, 1e-6);
    // geepack divides the squares of weighted residuals by the weights, so its scale and naive errors are on another scale there
    if (id.includes("trials") || id.includes("weights")) return;
    expectNear([found.scale], [reference.scale], 1e-7);
    expectNear(errors(found, "naive"), reference.naive, 1e-7);
    const criteria = found.criteria()!;
    expectNear(
      [criteria.QIC, criteria.QICu, criteria.CIC],
      [reference.QIC["QIC"]!, reference.QIC["QICu"]!, reference.QIC["CIC"]!],
      1e-6,
    );
  });

  it("refits without each cluster for the fully iterated jackknife", async () => {
    const reference = references.geepack["respiratory-exchangeable"]!;
    expectNear(errors(await fit("respiratory-exchangeable", reference), "fij"), reference.fij, 1e-6);
  });
});

describe("package gee's divisors", () => {
  it.each(Object.entries(references.gee))("%s", async (id, reference) => {
    const found = await fit(id, reference, { divisor: "N-p" });
    expectNear(
      found.tidy({ effects: ["fixed"] }).map(({ estimate }) => estimate),
      reference.estimate,
      1e-6,
    );
    expectNear(errors(found, "robust"), reference.robust, 1e-6);
    expectNear(errors(found, "naive"), reference.naive, 1e-6);
    expectNear([found.scale], [reference.scale], 1e-6);
  });
});
