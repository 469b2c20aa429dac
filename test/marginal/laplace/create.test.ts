import { describe, expect, it } from "vitest";
import { createMarginalLikelihood } from "../../../src/marginal/create.ts";
import { integralShape } from "../../../src/marginal/integral-shape.ts";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { crossed, gaussianGrouped, grouped } from "./support/examples.ts";
import { poissonLog } from "./support/kernels.ts";
import { integralData } from "./support/models.ts";

const messages = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map((issue) => `${issue.code}: ${issue.message}`);
    throw error;
  }
  return [];
};

const nested = integralData({
  columns: { y: [1, 2, 0, 3] },
  fixed: [[[1, 1, 1, 1]]],
  random: [
    { group: "a", index: [0, 0, 1, 1], z: [[1, 1, 1, 1]] },
    { group: "a:b", index: [0, 1, 2, 2], z: [[1, 1, 1, 1]] },
  ],
});

describe("integralShape", () => {
  it("tells what the random terms make", () => {
    expect(integralShape({ random: [], predictors: [] })).toEqual({ kind: "none", q: 0, factors: [], mostNodes: 1 });
    expect(integralShape(grouped[0]!.data)).toEqual({ kind: "grouped", q: 1, factors: ["g"], mostNodes: 600 });
    expect(integralShape(grouped[1]!.data)).toMatchObject({ kind: "grouped", q: 2, mostNodes: 44 });
    // Two names for the same partition are one factor.
    expect(integralShape(grouped[3]!.data)).toMatchObject({ kind: "grouped", q: 3, mostNodes: 12 });
    expect(integralShape(nested)).toEqual({ kind: "nested", q: 2, factors: ["a", "a:b"], mostNodes: 1 });
    expect(integralShape(crossed[0]!.data)).toMatchObject({ kind: "crossed", q: 3, factors: ["h", "g"] });
  });
});

describe("createMarginalLikelihood", () => {
  it("takes the integral that the method names", () => {
    const { data, kernel } = grouped[0]!;
    expect(createMarginalLikelihood(data, kernel, { kind: "laplace" }).method).toEqual({ kind: "laplace", nodes: 1 });
    expect(createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 1 }).method).toEqual({
      kind: "laplace",
      nodes: 1,
    });
    expect(createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 9 }).method).toEqual({ kind: "agq", nodes: 9 });
    expect(createMarginalLikelihood(nested, poissonLog, { kind: "laplace" }).groups).toBeUndefined();
    expect(createMarginalLikelihood(gaussianGrouped.data, null, { kind: "exact" }).method.kind).toBe("exact");
    const layout = { ...data.layout, terms: [], size: 2, phi: { offset: 2, size: 0 } };
    const plain = createMarginalLikelihood({ ...data, random: [], layout }, kernel, { kind: "laplace" });
    expect(plain.method.kind).toBe("exact");
    expect(plain.groups!.count).toBe(data.n);
    expect(plain.conditionalModes(Float64Array.of(0, 0))).toEqual({ modes: [], covariances: [] });
  });

  it("refuses what quadrature cannot do, in a sentence", () => {
    expect(
      messages(() => createMarginalLikelihood(nested, poissonLog, { kind: "agq", nodes: 5 })),
    ).toMatchInlineSnapshot(`
      [
        "quadrature-across-factors: Adaptive Gauss-Hermite quadrature with 5 nodes needs one grouping factor, but the random terms have 2 (a, a:b); use Laplace's approximation, laplace(), or keep the terms of one factor only.",
      ]
    `);
    const { data, kernel } = grouped[3]!;
    expect(messages(() => createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 25 }))).toMatchInlineSnapshot(`
      [
        "too-many-nodes: Adaptive Gauss-Hermite quadrature with 25 nodes for each of the 3 random effects of a level of g would take 25^3 nodes a level, more than 2000; use at most 12 nodes, agq(12), or Laplace's approximation, laplace().",
      ]
    `);
    expect(messages(() => createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 2.5 }))).toMatchInlineSnapshot(`
      [
        "node-count: The number of quadrature nodes must be a whole number from 1 to 600, but it is 2.5; 25 is plenty for most models.",
      ]
    `);
    expect(createMarginalLikelihood(data, kernel, { kind: "agq", nodes: 12 }).method.nodes).toBe(12);
  });
});
