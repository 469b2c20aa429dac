/**
 * Gibbs sampling of ordinal probit models: the blocks' conditional densities (Grosse & Duvenaud 2014), the joint distribution of parameters and
 * response under sweeps (Geweke 2004, by independent short runs), and a posterior by another program.
 */
import { describe, expect, it, test } from "vitest";
import type { CompiledModel } from "../../../src/model/compiled-model.ts";
import { model } from "../../../src/model-builder.ts";
import { cauchy, halfNormal, normal, studentT } from "../../../src/priors/distributions.ts";
import { priorSampler } from "../../../src/priors/draw-from-prior.ts";
import { resolvePriors } from "../../../src/priors/resolve.ts";
import { createRng, type Rng } from "../../../src/random/rng.ts";
import type { GibbsData } from "../../../src/samplers/gibbs/gibbs-data.ts";
import { prepareGibbs } from "../../../src/samplers/gibbs/prepare-gibbs.ts";
import { effectsFromSpherical, multiply, updatePredictor } from "../../../src/samplers/gibbs/state.ts";
import { buildSweep, restoreSweep, type Sweep, sweepArrays } from "../../../src/samplers/gibbs/sweep.ts";
import { levelFromThresholds, thresholdsFromLevel } from "../../../src/samplers/gibbs/threshold-level.ts";
import { normalCdf } from "../../../src/special/distributions.ts";

interface Small {
  readonly compiled: CompiledModel;
  readonly data: GibbsData;
}

const ROWS = 24;
const rows = Array.from({ length: ROWS }, (_, i) => i);
const table = {
  x: rows.map((i) => Math.sin(1.7 * i) + 0.3),
  g: rows.map((i) => `g${i % 5}`),
  h: rows.map((i) => `h${(i * 7) % 4}`),
  f: rows.map((i) => 1 + (i % 2)),
  off: rows.map((i) => 0.1 * (i % 3)),
  // starting values of the response only: the tests draw their own
  y: rows.map((i) => 1 + (i % 4)),
  two: rows.map((i) => 1 + (i % 2)),
};

function prepare(declared: { compile(): CompiledModel }): Small {
  const compiled = declared.compile();
  return { compiled, data: prepareGibbs(compiled, resolvePriors(compiled), null).data };
}

/** With the steps that integrate the latent normals out, however many responses are in each category. */
const rare = (declared: { compile(): CompiledModel }): Small => {
  const { compiled, data } = prepare(declared);
  return { compiled, data: { ...data, rare: true } };
};

const withoutSlopes = () =>
  model(table)
    .family({ name: "cumulative", link: "probit" })
    .prior("sd", halfNormal(0.8))
    .prior("threshold", normal(0.1, 0.9));
const base = () => withoutSlopes().prior("fixed", normal(0.2, 0.7));
const slopes = (weighted: boolean) => {
  const declared = base().formula("y ~ x + (x | g)");
  return weighted ? declared.frequencyWeights("f") : declared;
};

/** Of the models with frequency weights the joint distribution is that of single rows: one response that counts twice is not two responses. */
const MODELS: Readonly<Record<string, (weighted: boolean) => Small>> = {
  "four categories, crossed, offset": () => prepare(base().formula("y ~ x + offset(off) + (1 | g) + (1 | h)")),
  "Student's t and Cauchy priors, frequency weights, slopes": (weighted) =>
    prepare(
      slopes(weighted)
        .prior("threshold", studentT(4, 0, 0.8))
        .prior("threshold:2|3", cauchy(0.2, 0.4)),
    ),
  "two categories": () => prepare(base().formula("two ~ x + (1 | g)")),
  "rare, Student's t priors, frequency weights, slopes": (weighted) =>
    rare(slopes(weighted).prior("threshold", studentT(4, 0, 0.8))),
  "rare, two categories": () => rare(base().formula("two ~ x + (1 | g)")),
  "no coefficients": () => prepare(withoutSlopes().formula("y ~ 1 + (1 | g)")),
};

const withResponse = ({ data }: Small, y: Float64Array, start: Float64Array): Sweep =>
  buildSweep({ ...data, data: { ...data.data, columns: { ...data.data.columns, y } } }, start);

/** A sweep at a draw from the prior, whose response is still that of the table. */
function priorSweep(small: Small, rng: Rng): Sweep {
  const { compiled, data } = small;
  const x = new Float64Array(compiled.layout.size);
  priorSampler(compiled)(rng, x);
  const sweep = withResponse(small, data.data.columns["y"]!, levelFromThresholds(x, data.thresholds!));
  const { state, design, blocks } = sweep;
  state.u.forEach((u, t) => {
    u.set(u.map(() => rng.normal()));
    effectsFromSpherical(state, t);
  });
  updatePredictor(design, state);
  for (const block of blocks) if (/^scales of the (thresholds|coefficients)/.test(block.name)) block.draw(rng);
  return sweep;
}

function respond({ compiled, data }: Small, from: Sweep, rng: Rng, start: Float64Array): Sweep {
  const { family } = compiled;
  const { state, design } = from;
  updatePredictor(design, state);
  const parameter = Object.fromEntries(family.parameters.map(({ name }, k) => [name, state.phi[k]!]));
  const y = state.eta.map((eta) => family.simulate(rng, { eta: [eta], parameter, column: {} }));
  const to = withResponse({ compiled, data }, y, start);
  const target = sweepArrays(to);
  for (const [name, array] of Object.entries(sweepArrays(from))) target[name]!.set(array);
  restoreSweep(to);
  return to;
}

/** Natural parameters [β | Λ | τ] of a state. */
function natural({ compiled, data }: Small, { state, design }: Sweep): Float64Array {
  const point = new Float64Array(compiled.layout.size + 1);
  multiply(design.map.toUser, state.gamma, design.p, point);
  point.set(state.phi, point.length - state.phi.length);
  const x = new Float64Array(compiled.layout.size);
  thresholdsFromLevel(point, data.thresholds!, x);
  return x;
}

const sum = (n: number, f: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0);

/** Likelihood (of the latent normals, or with them integrated out), priors of coefficients and thresholds given their scales, and of u. */
function logJoint(small: Small, sweep: Sweep, y: Float64Array, lambda: Float64Array | undefined, marginal: boolean) {
  const { state, design, latent } = sweep;
  updatePredictor(design, state);
  const { multiplier } = small.data.data;
  const kappa = state.phi;
  let total = 0;
  let at = 0;
  for (let i = 0; i < design.n; i++) {
    const m = multiplier?.[i] ?? 1;
    const [upper, lower] = [kappa[y[i]! - 1] ?? Infinity, y[i]! > 1 ? kappa[y[i]! - 2]! : -Infinity];
    if (marginal) total += m * Math.log(normalCdf(upper - state.eta[i]!) - normalCdf(lower - state.eta[i]!));
    else for (let k = 0; k < m; k++) total -= 0.5 * (latent[at++]! - state.eta[i]!) ** 2;
  }
  const x = natural(small, sweep);
  const p = design.p - 1;
  for (let j = 0; j < p; j++) total -= 0.5 * ((x[j]! - 0.2) / 0.7) ** 2;
  const thresholds = x.subarray(x.length - kappa.length);
  small.data.parameters.forEach(({ name, parameters }, k) => {
    const df = name === "studentT" ? parameters[0]! : name === "cauchy" ? 1 : null;
    const [mean, scale] = parameters.slice(-2) as [number, number];
    const l = df === null ? 1 : lambda![k]!;
    total += 0.5 * Math.log(l) - 0.5 * l * ((thresholds[k]! - mean) / scale) ** 2;
    if (df !== null) total += (df / 2 - 1) * Math.log(l) - (df / 2) * l;
  });
  for (const u of state.u) total -= 0.5 * sum(u.length, (i) => u[i]! ** 2);
  return total;
}

describe("every block's conditional density has the ratios of the joint density", () => {
  test.each(Object.keys(MODELS))("%s", (name) => {
    const small = MODELS[name]!(true);
    const rng = createRng(`ordinal ratio/${name}`);
    const start = levelFromThresholds(
      new Float64Array(small.compiled.layout.size).map((_, i) => i),
      small.data.thresholds!,
    );
    const sweep = respond(small, priorSweep(small, rng), rng, start);
    const { state, blocks, latent, design } = sweep;
    for (let k = 0; k < 3; k++) for (const block of blocks) block.draw(rng);
    const y = sweep.data.data.columns["y"]!;
    const lambda = blocks.flatMap(({ saved }) => saved?.["threshold scales"] ?? [])[0];
    const shake = (v: Float64Array, by: number) => v.set(v.map((value) => value + by * rng.normal()));
    const perturb: Readonly<Record<string, () => void>> = {
      thresholds: () => {
        // distances stay increasing
        let before = 0;
        state.phi.forEach((value, k) => {
          if (k === 0) return;
          const gap = (value - before) * Math.exp(0.2 * rng.normal());
          before = value;
          state.phi[k] = state.phi[k - 1]! + gap;
        });
      },
      coefficients: () => shake(state.gamma, 0.2),
      "coefficients about their mode": () => shake(state.gamma, 0.2),
      "first threshold": () => {
        const by = state.phi[1]! * 0.3 * rng.uniform();
        for (let j = 0; j < design.p; j++) state.gamma[j]! -= design.map.toStandardised[j * design.p]! * by;
        for (let k = 1; k < state.phi.length; k++) state.phi[k]! -= by;
      },
      "coefficients and random effects": () => {
        shake(state.gamma, 0.2);
        state.u.forEach((u, t) => {
          shake(u, 0.2);
          effectsFromSpherical(state, t);
        });
      },
      "latent normals": () => {
        latent.forEach((z, k) => {
          const inside = latent[k]! + 1e-3 * rng.uniform();
          latent[k] = state.phi.every((kappa) => z < kappa === inside < kappa) ? inside : z;
        });
      },
      "scales of the thresholds' priors": () => lambda!.set(lambda!.map((l) => l * Math.exp(0.3 * rng.normal()))),
    };
    const latentBlock = blocks.find(({ name: own }) => own === "latent normals")!;
    let checked = 0;
    for (const block of blocks) {
      const move = perturb[block.name];
      if (!move) continue;
      latentBlock.draw(rng); // between the thresholds, wherever they have been moved
      const evaluate = () => {
        latentBlock.restored!();
        updatePredictor(design, state);
        return {
          joint: logJoint(small, sweep, y, lambda, /thresholds?$|^coefficients( about their mode)?$/.test(block.name)),
          conditional: block.logConditional(),
        };
      };
      const before = evaluate();
      move();
      const after = evaluate();
      const difference = after.joint - before.joint;
      expect(Math.abs(difference), block.name).toBeGreaterThan(1e-6);
      expect(Math.abs(after.conditional - before.conditional - difference), block.name).toBeLessThan(
        1e-10 * (1 + Math.abs(before.joint) + Math.abs(difference)),
      );
      checked++;
    }
    const several = Number(state.phi.length > 1);
    expect(checked).toBe(2 + several + Number(lambda !== undefined) + (small.data.rare ? 2 + several : 0));
  });
});

describe("a sweep leaves the joint distribution of parameters and response as it is", () => {
  const RUNS = 200;
  const ALTERNATIONS = 4;
  const PRIOR_DRAWS = 800;

  /** √(nm/(n+m)) times the largest distance of two empirical distributions: above 2.5 with probability 7e-6. */
  function kolmogorov(a: number[], b: number[]): number {
    const x = a.toSorted((s, t) => s - t);
    const y = b.toSorted((s, t) => s - t);
    let distance = 0;
    let j = 0;
    x.forEach((value, i) => {
      while (j < y.length && y[j]! <= value) j++;
      distance = Math.max(distance, Math.abs((i + 1) / x.length - j / y.length), Math.abs(i / x.length - j / y.length));
    });
    return distance * Math.sqrt((x.length * y.length) / (x.length + y.length));
  }

  test.each(Object.keys(MODELS))("%s", (name) => {
    const small = MODELS[name]!(false);
    const rng = createRng(`ordinal joint/${name}`);
    const start = levelFromThresholds(
      new Float64Array(small.compiled.layout.size).map((_, i) => i),
      small.data.thresholds!,
    );
    const expected: Record<string, number[]> = {};
    const found: Record<string, number[]> = {};
    const note = (into: Record<string, number[]>, sweep: Sweep) => {
      const { state } = sweep;
      const x = natural(small, sweep);
      const first = x.length - state.phi.length;
      const numbers: Record<string, number> = Object.fromEntries(
        Array.from(x, (value, i) => [
          i < sweep.design.p - 1 ? `beta ${i}` : i < first ? "" : `tau ${i - first}`,
          value,
        ]),
      );
      delete numbers[""];
      state.lambda.forEach((lambda, t) => {
        numbers[`sd ${t}`] = Math.abs(lambda[0]!);
        numbers[`b ${t}`] = state.b[t]![0]!;
        numbers[`squares of b ${t}`] = sum(state.b[t]!.length, (i) => state.b[t]![i]! ** 2);
      });
      for (const [key, value] of Object.entries(numbers)) (into[key] ??= []).push(value);
    };
    for (let i = 0; i < PRIOR_DRAWS; i++) note(expected, priorSweep(small, rng));
    for (let run = 0; run < RUNS; run++) {
      let sweep = priorSweep(small, rng);
      for (let k = 0; k < ALTERNATIONS; k++) {
        sweep = respond(small, sweep, rng, start);
        for (const block of sweep.blocks) block.draw(rng);
      }
      note(found, sweep);
    }
    expect(Object.keys(expected).length).toBeGreaterThan(3);
    for (const key of Object.keys(expected))
      expect(kolmogorov(found[key]!, expected[key]!), `${name}: ${key}`).toBeLessThan(2.5);
  });
});

describe("coordinates of the chain", () => {
  it("takes thresholds to a level and distances and back", () => {
    const x = Float64Array.of(0.4, -0.2, 0.9, -1.5, 0.25, 2);
    const point = levelFromThresholds(x, 3);
    expect([...point]).toEqual([1.5, 0.4, -0.2, 0.9, 0, 1.75, 3.5]);
    const back = new Float64Array(6);
    thresholdsFromLevel(point, 3, back);
    expect([...back]).toEqual([...x]);
  });

  it("refuses priors and weights that its blocks cannot take, in sentences", () => {
    expect(() => prepare(base().formula("y ~ x + (1 | g)").weights("off").prior("fixed", normal(0, 1)))).toThrow(
      /whole/,
    );
    expect(() =>
      prepare(model(table).family({ name: "cumulative", link: "logit" }).formula("y ~ x + (1 | g)")),
    ).toThrow("cumulative with probit link");
  });
});
