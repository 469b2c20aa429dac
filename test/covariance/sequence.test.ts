/** Factors of sequences: products and solutions against the matrices they stand for. */
import { expect, test } from "vitest";
import { autoregressionSequence } from "../../src/covariance/autoregression.ts";
import { compoundSymmetrySequence } from "../../src/covariance/compound-symmetry.ts";
import {
  colourSequence,
  colourTransposed,
  emptySequence,
  expandSequence,
  type Sequence,
  sequenceSlope,
  whitenSequence,
  whitenTransposed,
} from "../../src/covariance/sequence.ts";

const m = 5;
const lag = Float64Array.of(Number.NaN, 1, 2, 0.5, 3);
const time = [0, 1, 3, 3.5, 6.5];
const cases: [
  string,
  number,
  (parameter: number, out: Sequence) => unknown,
  (rho: number, i: number, j: number) => number,
][] = [
  ["compound symmetry", 0.3, (rho, out) => compoundSymmetrySequence(m, rho, out), (rho, i, j) => (i === j ? 1 : rho)],
  [
    "compound symmetry below 0",
    -0.2,
    (rho, out) => compoundSymmetrySequence(m, rho, out),
    (rho, i, j) => (i === j ? 1 : rho),
  ],
  [
    "an autoregression",
    0.6,
    (phi, out) => autoregressionSequence(lag, phi, out),
    (phi, i, j) => phi ** Math.abs(time[i]! - time[j]!),
  ],
];

const matrices = (parameter: number, fill: (typeof cases)[number][2]) => {
  const sequence = emptySequence(m);
  fill(parameter, sequence);
  const C = new Float64Array(m * m);
  const dC = new Float64Array(m * m);
  expandSequence(m, sequence, C, dC);
  return { sequence, C, dC };
};
const product = (A: Float64Array, x: Float64Array, transposed = false) =>
  x.map((_, i) => x.reduce((sum, value, j) => sum + A[transposed ? j * m + i : i * m + j]! * value, 0));
const close = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 12) =>
  Array.from(expected).forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, digits);
  });

test.each(cases)("%s", (_, parameter, fill, entry) => {
  const { sequence, C, dC } = matrices(parameter, fill);
  const R = Float64Array.from({ length: m * m }, (__, k) => {
    let sum = 0;
    for (let c = 0; c < m; c++) sum += C[Math.floor(k / m) * m + c]! * C[(k % m) * m + c]!;
    return sum;
  });
  close(
    R,
    Array.from({ length: m * m }, (__, k) => entry(parameter, Math.floor(k / m), k % m)),
  );
  const [up, down] = [1e-5, -1e-5].map((h) => matrices(parameter + h, fill).C);
  close(
    dC,
    up!.map((value, k) => (value - down![k]!) / 2e-5),
    6,
  );
  const x = Float64Array.of(0.7, -1.2, 0.4, 2.1, -0.3);
  const there = (map: typeof colourSequence, from: Float64Array) => {
    const y = from.slice();
    map(sequence, 0, y, 0, m);
    return y;
  };
  close(there(colourSequence, x), product(C, x));
  close(there(colourTransposed, x), product(C, x, true));
  close(there(whitenSequence, product(C, x)), x);
  close(there(whitenTransposed, product(C, x, true)), x);
  const u = x.map((value) => 1 - value);
  const slope = product(dC, x).reduce((sum, value, i) => sum + value * u[i]!, 0);
  expect(sequenceSlope(sequence, 0, u, x, m)).toBeCloseTo(slope, 12);
});
