/**
 * Published data against lme4 1.1-31 (R 4.2.2). Numbers from fits with
 * `lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))`: getME(m, "theta"), REMLcrit(m) or deviance(m), fixef(m),
 * sqrt(diag(vcov(m))), sigma(m), ranef(m, condVar = TRUE).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import { profiledGaussian } from "../../../src/marginal/gaussian/profiled-gaussian.ts";
import { integralData, type ModelInput } from "./support.ts";

const sleepstudyRows = readFileSync(new URL("../../../examples/data/sleepstudy.csv", import.meta.url), "utf8")
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((line) => line.split(","));
const days = sleepstudyRows.map((row) => Number(row[1]));
const subject = sleepstudyRows.map((row) => row[2]!);
const one = (n: number) => new Array<number>(n).fill(1);
const sleepstudy: ModelInput = {
  y: sleepstudyRows.map((row) => Number(row[0])),
  X: [one(180), days],
  terms: [{ group: subject, Z: [one(180), days] }],
};

function fixture(name: string): Record<string, (number | string)[]> {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")).columns;
}
const penicillin = fixture("penicillin");
const pastes = fixture("pastes");
const intercepts = (data: Record<string, (number | string)[]>, response: string, groups: string[]): ModelInput => ({
  y: data[response] as number[],
  X: [one(data[response]!.length)],
  terms: groups.map((group) => ({ group: data[group]!, Z: [one(data[response]!.length)] })),
});

const cases: {
  name: string;
  input: ModelInput;
  reml: boolean;
  theta: number[];
  criterion: number;
  beta: number[];
  se: number[];
  sigma: number;
}[] = [
  {
    name: "sleepstudy, Reaction ~ Days + (Days | Subject), REML",
    input: sleepstudy,
    reml: true,
    theta: [0.9667327914714455, 0.0151690598803683, 0.2309095980853072],
    criterion: 1743.62827195849,
    beta: [251.4051048485, 10.4672859596],
    se: [6.82455577628, 1.54578893243],
    sigma: 25.5918158926,
  },
  {
    name: "sleepstudy, ML",
    input: sleepstudy,
    reml: false,
    theta: [0.9292253875951719, 0.0181656841314699, 0.2226454240732623],
    criterion: 1751.9393444632,
    beta: [251.4051048485, 10.4672859596],
    se: [6.63227642116, 1.50223679257],
    sigma: 25.591815832,
  },
  {
    name: "sleepstudy, (Days || Subject), weights 0.5 + (i mod 7)/4, REML",
    input: {
      ...sleepstudy,
      terms: [
        { group: subject, Z: [one(180)] },
        { group: subject, Z: [days] },
      ],
      weights: days.map((_, i) => 0.5 + ((i + 1) % 7) / 4),
    },
    reml: true,
    theta: [0.915414691271264, 0.240215227104897],
    criterion: 1741.09383704198,
    beta: [251.446002635, 10.474837115],
    se: [6.67864506874, 1.63980088203],
    sigma: 26.7093329642,
  },
  {
    name: "Penicillin, (1 | plate) + (1 | sample), REML",
    input: intercepts(penicillin, "diameter", ["plate", "sample"]),
    reml: true,
    theta: [1.53967774536352, 3.51241584066752],
    criterion: 330.860588991086,
    beta: [22.9722222222],
    se: [0.808573511676],
    sigma: 0.549923126499,
  },
  {
    name: "Pastes, (1 | sample) + (1 | batch), ML",
    input: intercepts(pastes, "strength", ["sample", "batch"]),
    reml: false,
    theta: [3.52690173547125, 1.32991216014294],
    criterion: 247.994465862425,
    beta: [60.0533333333],
    se: [0.642135338368],
    sigma: 0.823407557757,
  },
  {
    name: "Pastes, (1 | batch/cask), REML",
    input: intercepts(pastes, "strength", ["sample", "batch"]),
    reml: true,
    theta: [3.52690183933801, 1.56346049446606],
    criterion: 246.990745853486,
    beta: [60.0533333333],
    se: [0.676870096538],
    sigma: 0.823407544769,
  },
];

describe("lme4's optima", () => {
  for (const { name, input, reml, theta, criterion, beta, se, sigma } of cases)
    it(name, () => {
      const profile = profiledGaussian(integralData(input));
      const gradient = new Float64Array(theta.length);
      const value = profile.evaluate(Float64Array.from(theta), { reml }, gradient);
      expect(Math.abs(value - criterion)).toBeLessThan(1e-9 * criterion);
      profile.betaHat.forEach((estimate, j) => {
        expect(Math.abs(estimate / beta[j]! - 1)).toBeLessThan(1e-9);
      });
      expect(Math.abs(profile.sigma / sigma - 1)).toBeLessThan(1e-9);
      const covariance = profile.covarianceBeta;
      se.forEach((expected, j) => {
        expect(Math.abs((profile.sigma * Math.sqrt(covariance[j * se.length + j]!)) / expected - 1)).toBeLessThan(1e-8);
      });
      // bobyqa stops within about 1e-6 of the stationary point; the curvature of the criterion is up to 1e3.
      for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-2);
    });

  it("conditional modes and variances of sleepstudy and Penicillin", () => {
    const sleep = integralData(sleepstudy);
    const sigma = cases[0]!.sigma;
    const x = Float64Array.of(...cases[0]!.beta, ...cases[0]!.theta.map((entry) => entry * sigma), sigma);
    const { modes, covariances } = gaussianMarginal(sleep).conditionalModes(x);
    const expected = [2.25856550059349, 9.19897190422548, -40.39857692492454, -8.61970318296016];
    expected.forEach((mode, j) => {
      expect(modes[0]![j]).toBeCloseTo(mode, 7);
    });
    [145.7050939872775, -21.44442513376324, -21.44442513376324, 5.31227349584403].forEach((entry, j) => {
      expect(covariances[0]![j]).toBeCloseTo(entry, 7);
    });

    const plates = cases[3]!;
    const point = Float64Array.of(...plates.beta, ...plates.theta.map((entry) => entry * plates.sigma), plates.sigma);
    const crossed = gaussianMarginal(integralData(plates.input)).conditionalModes(point);
    [
      2.1870579700105, -1.01047615070983, 1.93789946709723, -0.09689497336116, -0.01384213905674, -3.00374417401602,
    ].forEach((mode, j) => {
      expect(crossed.modes[1]![j]).toBeCloseTo(mode, 8);
    });
    expect(crossed.modes[0]![0]).toBeCloseTo(0.804547056254544, 8);
    expect(crossed.covariances[1]![0]).toBeCloseTo(0.0408730395982271, 9);
    expect(crossed.covariances[0]![0]).toBeCloseTo(0.073635999850244, 9);
  });
});
