/** The models that the tests of the integral share: simulated, 60 rows, 8 groups (and 6 of another factor). */
import type { IntegralData } from "../../../../src/marginal/integral-data.ts";
import type { ObservationKernel } from "../../../../src/model/observation-kernel.ts";
import {
  binomialLogit,
  gaussianIdentity,
  gaussianLocationScale,
  negativeBinomial,
  poissonLog,
  zeroInflatedPoisson,
} from "./kernels.ts";
import { integralData, normalStream, uniformStream } from "./models.ts";

export interface Example {
  readonly name: string;
  readonly kernel: ObservationKernel;
  readonly data: IntegralData;
  /** Parameters by situation: inside, with a singular Λ, with Λ = 0. */
  readonly points: Readonly<Record<string, readonly number[]>>;
}

const n = 60;
const groups = 8;
const normal = normalStream(3);
const uniform = uniformStream(5);
const make = (f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));
const one = make(() => 1);
const x = make(() => normal());
const v = make(() => normal());
/** Unbalanced, unsorted groups. */
const g = make((i) => (i < groups ? i : Math.floor(uniform() * groups)));
const h = make((i) => i % 6);
const each = make((i) => i);
const trials = make(() => 1 + Math.floor(uniform() * 4));
const successes = trials.map((t) => Math.floor(uniform() * (t + 1)));
const counts = make(() => Math.floor(uniform() * 5));
const continuous = x.map((value) => 0.5 + value + normal());
const multiplier = make(() => 0.5 + uniform());
const offset = make(() => 0.3 * normal());

export const grouped: readonly Example[] = [
  {
    name: "binomial, q = 1, with weights and offset",
    kernel: binomialLogit,
    data: integralData({
      columns: { y: successes, trials },
      fixed: [[one, x]],
      random: [{ group: "g", index: g, z: [one] }],
      multiplier,
      offset,
    }),
    points: { interior: [0.3, -0.5, 0.8], strong: [0.3, -0.5, -3], zero: [0.3, -0.5, 0] },
  },
  {
    name: "negative binomial, q = 2, a global parameter",
    kernel: negativeBinomial,
    data: integralData({
      columns: { y: counts },
      fixed: [[one, x]],
      random: [{ group: "g", index: g, z: [one, x] }],
      globals: 1,
    }),
    points: {
      interior: [0.3, -0.5, 0.8, 0.2, 0.5, 1.5],
      singular: [0.3, 0.5, 1, 0.5, 0, 2],
      zero: [0.3, -0.5, 0, 0, 0, 2],
    },
  },
  {
    name: "negative binomial, q = 2, diagonal",
    kernel: negativeBinomial,
    data: integralData({
      columns: { y: counts },
      fixed: [[one]],
      random: [{ group: "g", index: g, z: [one, x], covariance: "diag" }],
      globals: 1,
    }),
    points: { interior: [0.3, 0.8, 0.5, 1.5], singular: [0.3, 0.9, 0, 2] },
  },
  {
    name: "Poisson, q = 2 + 1 in two terms, levels labelled differently",
    kernel: poissonLog,
    data: integralData({
      columns: { y: counts },
      fixed: [[one, x]],
      random: [
        { group: "g", index: g, z: [one, x] },
        { group: "copy", index: g.map((level) => groups - 1 - level), z: [v] },
      ],
    }),
    points: {
      interior: [0.3, -0.5, 0.8, 0.2, 0.5, 0.7],
      singular: [0.3, 0.5, 1, 0.5, 0, 0],
      zero: [0.3, -0.5, 0, 0, 0, 0],
    },
  },
  {
    name: "zero-inflated Poisson, effects in both predictors, a global parameter",
    kernel: zeroInflatedPoisson,
    data: integralData({
      columns: { y: counts },
      fixed: [[one, x], [one]],
      random: [
        { group: "g", index: g, z: [one], predictor: 1 },
        { group: "g", index: g, z: [one, x] },
      ],
      globals: 1,
      multiplier,
    }),
    points: {
      interior: [0.3, -0.5, -1, 0.7, 0.8, 0.2, 0.5, 1.2],
      singular: [0.3, 0.5, -1, 0, 1, 0.5, 0, 1],
      zero: [0.3, -0.5, -1, 0, 0, 0, 0, 0.8],
    },
  },
  {
    name: "normal with a model of its scale, effects in the mean only",
    kernel: gaussianLocationScale,
    data: integralData({
      columns: { y: continuous },
      fixed: [
        [one, x],
        [one, v],
      ],
      random: [{ group: "g", index: g, z: [one] }],
    }),
    points: { interior: [0.3, 0.5, 0.1, -0.2, 0.8], zero: [0.3, 0.5, -0.3, 0.1, 0] },
  },
  {
    name: "normal with a model of its scale, effects in both",
    kernel: gaussianLocationScale,
    data: integralData({
      columns: { y: continuous },
      fixed: [[one, x], [one]],
      random: [
        { group: "g", index: g, z: [one, x] },
        { group: "g", index: g, z: [one], predictor: 1 },
      ],
    }),
    points: { interior: [0.3, 0.5, 0.1, 0.8, 0.2, 0.5, 0.7], singular: [0.3, 0.5, -0.3, 1, 0.5, 0, 0] },
  },
];

export const crossed: readonly Example[] = [
  {
    name: "binomial, two crossed factors, slope in one, weights",
    kernel: binomialLogit,
    data: integralData({
      columns: { y: successes, trials },
      fixed: [[one, x]],
      random: [
        { group: "h", index: h, z: [one] },
        { group: "g", index: g, z: [one, x] },
      ],
      multiplier,
      offset,
    }),
    points: {
      interior: [0.3, -0.5, 0.7, 0.8, 0.2, 0.5],
      singular: [0.3, -0.5, 0.7, 0.8, 0.2, 0],
      zero: [0.3, -0.5, 0, 0, 0, 0],
    },
  },
  {
    name: "negative binomial, three factors of which one is the row",
    kernel: negativeBinomial,
    data: integralData({
      columns: { y: counts },
      fixed: [[one, x]],
      random: [
        { group: "g", index: g, z: [one, x] },
        { group: "h", index: h, z: [one] },
        { group: "row", index: each, z: [one] },
      ],
      globals: 1,
    }),
    points: {
      interior: [0.3, -0.5, 0.8, 0.2, 0.5, 0.7, 0.4, 1.5],
      singular: [0.3, -0.5, 0.8, 0.2, 0, 0, 0.7, 1.3],
    },
  },
  {
    name: "zero-inflated Poisson, terms of one factor in both predictors, another crossed",
    kernel: zeroInflatedPoisson,
    data: integralData({
      columns: { y: counts },
      fixed: [[one, x], [one]],
      random: [
        { group: "g", index: g, z: [one, x] },
        { group: "h", index: h, z: [one], predictor: 1 },
        { group: "g", index: g, z: [v], predictor: 1, covariance: "diag" },
      ],
      globals: 1,
    }),
    points: {
      interior: [0.3, -0.5, -1, 0.8, 0.2, 0.5, 0.7, 0.4, 1.2],
      singular: [0.3, -0.5, -1, 0.8, 0.2, 0, 0.7, 0, 1.2],
    },
  },
];

export const gaussianGrouped: Example = {
  name: "normal, q = 2",
  kernel: gaussianIdentity,
  data: integralData({
    columns: { y: continuous },
    fixed: [[one, x]],
    random: [{ group: "g", index: g, z: [one, x] }],
    globals: 1,
    offset,
  }),
  points: { interior: [0.4, 0.8, 0.9, 0.3, 0.5, 1.1] },
};

export const gaussianCrossed: Example = {
  name: "normal, two crossed factors",
  kernel: gaussianIdentity,
  data: integralData({
    columns: { y: continuous },
    fixed: [[one, x]],
    random: [
      { group: "g", index: g, z: [one, x] },
      { group: "h", index: h, z: [one] },
    ],
    globals: 1,
  }),
  points: { interior: [0.4, 0.8, 0.9, 0.3, 0.5, 0.6, 1.1] },
};
