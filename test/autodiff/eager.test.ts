import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { familyByName } from "../../src/families/registry.ts";
import { FAMILIES, rowsOf } from "../families/evaluate.ts";
import { evaluateEagerly } from "./eager.ts";
import { locationScaleStudent, zeroInflatedPoisson } from "./own-families.ts";

const subjects = [
  ...FAMILIES.map(({ name, link, phi }) => ({ family: familyByName(name, link), phi: phi === null ? [] : [phi] })),
  { family: locationScaleStudent(), phi: [4.5] },
  { family: zeroInflatedPoisson(), phi: [] },
];

describe("compiled kernels against tfjs's own eager backend in single precision", () => {
  for (const { family, phi } of subjects)
    it(`${family.name} ${family.link}`, async () => {
      await tf.setBackend("cpu");
      const rows = rowsOf(family).filter((row) => family.name !== "poisson" || row["y"]! < 20);
      const columns = Object.fromEntries(
        family.columns.map((name) => [name, Float64Array.from(rows, (row) => row[name] ?? 1)]),
      );
      const n = rows.length;
      const eta = family.predictors.map((_, r) => Float64Array.from(rows, (_row, i) => 0.4 + 0.3 * i - 0.5 * r));
      const before = tf.memory().numTensors;
      const eager = evaluateEagerly(family, columns, eta, Float64Array.from(phi));
      expect(tf.memory().numTensors).toBe(before);
      const bound = compileKernel(family).bind(columns, n, null);
      bound.eta.forEach((e, r) => {
        e.set(eta[r]!);
      });
      bound.setParameters(Float64Array.from(phi));
      bound.score(0, n);
      const close = (got: number, truth: number, what: string) => {
        expect(Math.abs(got - truth) / Math.max(1, Math.abs(truth)), `${what}: ${got} against ${truth}`).toBeLessThan(
          2e-5,
        );
      };
      eager.d1.forEach((d, r) => {
        d.forEach((x, i) => {
          close(x, bound.d1[r]![i]!, `derivative ${r} of row ${i}`);
        });
      });
      eager.dPhi.forEach((x, g) => {
        close(x, bound.dPhi[g]!, `derivative of parameter ${g}`);
      });
      for (let i = 0; i < n; i++) close(eager.value[i]!, bound.value(i, i + 1), `value of row ${i}`);
    });
});
