import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { compileMean } from "../../src/autodiff/compile-mean.ts";
import type { Operations } from "../../src/autodiff/operations.ts";
import type { FamilyDefinition } from "../../src/families/define-family.ts";
import type { Family } from "../../src/families/family.ts";
import { nbinom2 } from "../../src/families/negative-binomial.ts";
import { poisson } from "../../src/families/poisson.ts";

function familyWith(logDensity: FamilyDefinition<tf.Tensor>["logDensity"]): Family {
  return { ...poisson(), name: "own", logDensity } as unknown as Family;
}

/** Value and derivatives of a function of one η, at a point. */
function derivativesOf(f: (x: tf.Tensor, ops: Operations<tf.Tensor>) => tf.Tensor, x: number): number[] {
  const bound = compileKernel(familyWith((ops, { eta }) => f(eta[0]!, ops))).bind({ y: new Float64Array(1) }, 1, null);
  bound.eta[0]![0] = x;
  const value = bound.adjoint(0, 1);
  return [value, bound.d1[0]![0]!, bound.d2[0]![0]!, bound.d3[0]![0]!];
}

describe("a program's own tfjs", () => {
  beforeEach(async () => {
    await tf.setBackend("cpu");
  });

  it("keeps its backend, its tensors and its gradients", () => {
    const before = tf.memory().numTensors;
    const own = tf.tensor1d([1, 2, 3]);
    const gradient = { kernelName: "Exp", inputsToSave: ["x"], gradFunc: () => ({}) };
    tf.registerGradient(gradient);
    const backend = tf.backend();
    compileKernel(nbinom2());
    compileMean(nbinom2());
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.backend()).toBe(backend);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(tf.getGradient("Exp")).toBe(gradient);
    expect(tf.getGradient("Log")).toBeUndefined();
    expect([...tf.tidy(() => tf.add(own, own).dataSync())]).toEqual([2, 4, 6]);
    expect(tf.engine().backendNames()).not.toContain("marginalia-recorder");
    tf.unregisterGradient("Exp");
    own.dispose();
  });

  it("is put back, and nothing leaks, when a density throws", () => {
    const before = tf.memory().numTensors;
    for (const bad of [
      familyWith(() => {
        throw new Error("of one's own");
      }),
      // reaches the gradient of a kernel whose tower ends
      familyWith((ops, { eta }) => ops.add(ops.exp(eta[0]!), ops.logNdtr(eta[0]!, 4))),
    ])
      expect(() => compileKernel(bad)).toThrow();
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.getGradient("Exp")).toBeUndefined();
  });

  it("may be absent: compiling before any backend is chosen chooses none", () => {
    const engine = tf.engine() as unknown as { backendName: string | null; backendInstance: unknown };
    const saved = { backendName: engine.backendName, backendInstance: engine.backendInstance };
    Object.assign(engine, { backendName: null, backendInstance: null });
    compileKernel(poisson());
    expect(engine.backendName).toBeNull();
    expect(engine.backendInstance).toBeNull();
    Object.assign(engine, saved);
  });
});

describe("what a density may not do is said in a sentence", () => {
  it("constants in single precision", () => {
    for (const density of [
      (x: tf.Tensor) => tf.mul(x, 0.1),
      (x: tf.Tensor) => tf.add(x, tf.scalar(2)),
      (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1])),
    ])
      expect(() => derivativesOf(density, 1)).toThrow(/single precision.*use ops\.constant\(…\)/);
    expect(derivativesOf((x, ops) => tf.mul(x, ops.constant(0.1)), 3)[1]).toBe(0.1);
  });

  it("operations without derivatives, reading numbers, foreign tensors, other shapes, no tensor", async () => {
    expect(() => derivativesOf((x) => tf.relu(x), 1)).toThrow(/the tfjs operation Relu/);
    expect(() => derivativesOf((x) => (x.dataSync()[0]! > 0 ? x : tf.neg(x)), 1)).toThrow(/cannot read the numbers/);
    await tf.setBackend("cpu");
    const outside = tf.scalar(3);
    expect(() => derivativesOf((x) => tf.mul(x, outside), 1)).toThrow(/made outside/);
    expect(outside.dataSync()[0]).toBe(3);
    outside.dispose();
    expect(() => derivativesOf(() => 3 as never, 1)).toThrow(/must return a tensor/);
  });
});

describe("derivatives of tfjs operations", () => {
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(0);
  });

  /** Value and three derivatives in closed form. */
  const known: [string, (x: tf.Tensor, ops: Operations<tf.Tensor>) => tf.Tensor, number, number[]][] = [
    ["exp", (x) => tf.exp(x), 0.7, [1, 1, 1, 1].map((c) => c * Math.exp(0.7))],
    ["log", (x) => tf.log(x), 0.7, [Math.log(0.7), 1 / 0.7, -1 / 0.49, 2 / 0.343]],
    ["sin", (x) => tf.sin(x), 0.7, [Math.sin(0.7), Math.cos(0.7), -Math.sin(0.7), -Math.cos(0.7)]],
    ["cos", (x) => tf.cos(x), 0.7, [Math.cos(0.7), -Math.sin(0.7), -Math.cos(0.7), Math.sin(0.7)]],
    ["sinh", (x) => tf.sinh(x), 0.7, [Math.sinh(0.7), Math.cosh(0.7), Math.sinh(0.7), Math.cosh(0.7)]],
    ["square", (x) => tf.square(x), 0.7, [0.49, 1.4, 2, 0]],
    ["reciprocal", (x) => tf.reciprocal(x), 0.7, [1 / 0.7, -1 / 0.49, 2 / 0.343, -6 / 0.2401]],
    ["sqrt", (x) => tf.sqrt(x), 4, [2, 1 / 4, -1 / 32, 3 / 256]],
    ["rsqrt", (x) => tf.rsqrt(x), 4, [1 / 2, -1 / 16, 3 / 128, -15 / 1024]],
    ["pow", (x, ops) => tf.pow(x, ops.constant(2.5)), 4, [32, 20, 7.5, 0.9375]],
    ["expm1", (x) => tf.expm1(x), 0.7, [Math.expm1(0.7), Math.exp(0.7), Math.exp(0.7), Math.exp(0.7)]],
    ["log1p", (x) => tf.log1p(x), 0.7, [Math.log1p(0.7), 1 / 1.7, -1 / 1.7 ** 2, 2 / 1.7 ** 3]],
    ["atan", (x) => tf.atan(x), 1, [Math.PI / 4, 0.5, -0.5, 0.5]],
    ["asin", (x) => tf.asin(x), 0, [0, 1, 0, 1]],
    ["acos", (x) => tf.acos(x), 0, [Math.PI / 2, -1, -0, -1]],
    ["tan", (x) => tf.tan(x), 0, [0, 1, 0, 2]],
    ["tanh", (x) => tf.tanh(x), 0, [0, 1, 0, -2]],
    ["erf", (x) => tf.erf(x), 0, [0, 2 / Math.sqrt(Math.PI), 0, -4 / Math.sqrt(Math.PI)]],
    ["abs", (x) => tf.abs(x), -3, [3, -1, 0, 0]],
    ["sigmoid", (x) => tf.sigmoid(x), 0, [0.5, 0.25, 0, -0.125]],
    ["softplus", (x) => tf.softplus(x), 0, [Math.LN2, 0.5, 0.25, 0]],
    ["logSigmoid", (x) => tf.logSigmoid(x), 0, [-Math.LN2, 0.5, -0.25, 0]],
    ["squaredDifference", (x, ops) => tf.squaredDifference(x, ops.constant(1)), 3, [4, 4, 2, 0]],
    ["addN", (x) => tf.addN([x, x, tf.square(x)]), 3, [15, 8, 2, 0]],
    ["onesLike, zerosLike", (x) => tf.add(tf.mul(x, tf.onesLike(x)), tf.zerosLike(x)), 3, [3, 1, 0, 0]],
    [
      "two paths through an exponential",
      (x) => tf.add(tf.exp(x), tf.square(x)),
      0.3,
      [Math.exp(0.3) + 0.09, Math.exp(0.3) + 0.6, Math.exp(0.3) + 2, Math.exp(0.3)],
    ],
    ["ndtr", (x, ops) => ops.ndtr(x), 0, [0.5, 1 / Math.sqrt(2 * Math.PI), 0, -1 / Math.sqrt(2 * Math.PI)]],
    ["x to the x", (x) => tf.pow(x, x), 1, [1, 1, 2, 3]],
  ];
  for (const [name, f, x, truth] of known)
    it(name, () => {
      const got = derivativesOf(f, x);
      truth.forEach((t, k) => {
        expect(Math.abs(got[k]! - t), `order ${k}: ${got[k]} against ${t}`).toBeLessThan(
          1e-14 * Math.max(1, Math.abs(t)),
        );
      });
    });
});
