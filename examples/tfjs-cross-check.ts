/**
 * Checks compiled kernels against eager TensorFlow.js: the same log densities, run in single precision by `@tensorflow/tfjs-node` where it
 * is installed and works, else by tfjs's own CPU backend.
 *
 * Run: npx tsx examples/tfjs-cross-check.ts
 */
import * as tf from "@tensorflow/tfjs-core";
import { compileKernel } from "../src/autodiff/compile-kernel.ts";
import { binomial } from "../src/families/binomial.ts";
import { Gamma } from "../src/families/gamma.ts";
import { gaussian } from "../src/families/gaussian.ts";
import { nbinom1, nbinom2 } from "../src/families/negative-binomial.ts";
import { poisson } from "../src/families/poisson.ts";
import { evaluateEagerly } from "../test/autodiff/eager.ts";

/** tfjs-node is optional: its install downloads a binary, and it fails at its first operation on some versions of Node. */
async function chooseBackend(): Promise<string> {
  const optional = "@tensorflow/tfjs-node";
  try {
    await import(optional);
    await tf.setBackend("tensorflow");
    tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(2)).dataSync());
    return "tensorflow";
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    console.log(`@tensorflow/tfjs-node is not used (${reason}); using @tensorflow/tfjs-backend-cpu instead.`);
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return "cpu";
  }
}

const backend = await chooseBackend();
console.log(`Backend: ${backend}, single precision against compiled double precision.`);

const n = 200;
const wave = Float64Array.from({ length: n }, (_, i) => Math.sin(i) * 1.5);
const eta = Float64Array.from({ length: n }, (_, i) => Math.cos(2 * i));
const counts = Float64Array.from({ length: n }, (_, i) => (i * 7) % 11);
const positive = Float64Array.from({ length: n }, (_, i) => 0.3 + ((i * 5) % 13));
const trials = new Float64Array(n).fill(10);
const none = new Float64Array(0);

const checks = [
  { family: gaussian(), columns: { y: wave }, phi: Float64Array.of(1.3) },
  { family: binomial(), columns: { y: counts.map((y) => Math.min(y, 10)), trials }, phi: none },
  { family: binomial({ link: "probit" }), columns: { y: counts.map((y) => Math.min(y, 10)), trials }, phi: none },
  { family: binomial({ link: "cloglog" }), columns: { y: counts.map((y) => Math.min(y, 10)), trials }, phi: none },
  { family: poisson(), columns: { y: counts }, phi: none },
  { family: nbinom2(), columns: { y: counts }, phi: Float64Array.of(1.8) },
  { family: nbinom1(), columns: { y: counts }, phi: Float64Array.of(0.7) },
  { family: Gamma(), columns: { y: positive }, phi: Float64Array.of(2.2) },
];

for (const { family, columns, phi } of checks) {
  const bound = compileKernel(family).bind(columns as unknown as Record<string, Float64Array>, n, null);
  bound.eta[0]!.set(eta);
  bound.setParameters(phi);
  const value = bound.score(0, n);
  const eager = evaluateEagerly(family, columns as unknown as Record<string, Float64Array>, [eta], phi);
  const eagerValue = eager.value.reduce((sum, v) => sum + v, 0);
  const worst = Math.max(...eager.d1[0]!.map((d, i) => Math.abs(d - bound.d1[0]![i]!)));
  console.log(
    `${`${family.name} (${family.link})`.padEnd(20)} log-likelihood ${value.toFixed(6)} compiled, ${eagerValue.toFixed(6)} eager; ` +
      `largest difference of a derivative ${worst.toExponential(1)}`,
  );
}
