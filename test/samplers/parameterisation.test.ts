/** Centred and non-centred random effects: one posterior in two sets of coordinates, the choice between them, and what it is worth. */
import { beforeAll, describe, expect, test } from "vitest";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { exponential, halfNormal, normal } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { binomialVariate } from "../../src/random/variates.ts";
import { prepareTarget } from "../../src/samplers/choose-target.ts";
import type { Parameterisation } from "../../src/samplers/effect-coordinates.ts";
import type { ParameterisationChoice } from "../../src/samplers/parameterisation.ts";
import { chooseParameterisation } from "../../src/samplers/parameterisation.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { locateDivergences } from "../../src/samplers/trace-divergences.ts";
import { gradientError } from "./finite-differences.ts";
import { cbpp, exampleData, sleepstudy } from "./models.ts";

/** Binary, 24 persons × 10 items: persons vary little, items much. */
function crossed() {
  const rng = createRng("crossed");
  const person = Array.from({ length: 24 }, () => 0.5 * rng.normal());
  const item = Array.from({ length: 10 }, () => 1.5 * rng.normal());
  const rows = person.flatMap((_, i) => item.map((__, j) => [i, j] as const));
  const y = rows.map(([i, j]) => binomialVariate(rng, 1, 1 / (1 + Math.exp(-0.3 - person[i]! - item[j]!))));
  return model({ y, person: rows.map(([i]) => `p${i}`), item: rows.map(([, j]) => `i${j}`) })
    .formula("y ~ 1 + (1 | person) + (1 | item)")
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(2));
}

/** y ~ x + (1 | g), residual 1. */
function grouped(levels: number, rows: number, sd: number) {
  const rng = createRng(`grouped/${levels}/${rows}`);
  const b = Array.from({ length: levels }, () => sd * rng.normal());
  const g = Array.from({ length: levels * rows }, (_, i) => i % levels);
  const x = g.map(() => rng.normal());
  const y = g.map((level, i) => 1 + x[i]! + b[level]! + rng.normal());
  return model({ y, x, g: g.map((level) => `g${level}`) }).formula("y ~ x + (1 | g)");
}

const sleepstudyIndependent = () =>
  model(exampleData("sleepstudy"))
    .formula("Reaction ~ Days + (Days || Subject)")
    .prior("fixed", normal(0, 300))
    .prior("sd", halfNormal(60));

const CASES = [
  ["sleepstudy, correlated, hierarchically centred", () => sleepstudy(), [["centred"]]],
  ["sleepstudy, log sds", () => sleepstudy().prior("sd", exponential(0.05)), [["centred"]]],
  ["sleepstudy, independent", () => sleepstudyIndependent(), [["centred"]]],
  [
    "crossed",
    () => crossed(),
    [
      ["centred", "centred"],
      ["non-centred", "centred"],
      ["centred", "non-centred"],
    ],
  ],
] as const;

describe.each(CASES)("%s", (name, declare, mixtures) => {
  const compiled = declare().compile();
  const priors = resolvePriors(compiled);
  const method = compiled.gaussian ? ({ kind: "exact" } as const) : ({ kind: "laplace" } as const);
  const plain = buildTarget(targetData(compiled, "joint", method, priors));
  const { layout } = compiled;
  const levels = compiled.design.random.map((term) => term.levels.length);

  /** The point with natural parameters x and effects Λu of any joint target, and log|∂(its coordinates)/∂(log or signed sds, u)| there. */
  function place(kinds: readonly Parameterisation[]) {
    const target = buildTarget(targetData(compiled, "joint", method, priors, kinds));
    const rng = createRng(name);
    const z = Float64Array.from({ length: plain.density.dim }, () => 0.3 * rng.normal());
    for (const { chart, offset } of plain.chart.terms)
      for (let a = 0; a < chart.q; a++) if (chart.signed[a]) z[offset + a] = 0.4 + Math.abs(z[offset + a]!);
    const own = z.slice();
    let logJacobian = 0;
    const x = new Float64Array(layout.size);
    plain.chart.toNatural(z.subarray(0, plain.chart.size), x);
    const head = new Float64Array(target.chart.size);
    target.chart.toUnconstrained(x, head);
    own.set(head);
    plain.chart.terms.forEach(({ chart, offset }, t) => {
      for (let a = 0; a < chart.q; a++)
        // s = ±exp(own): the mass of both signs in one, and ds/d own = s
        if (chart.signed[a] && !target.chart.terms[t]!.chart.signed[a])
          logJacobian += Math.log(2) + Math.log(z[offset + a]!);
    });
    const b = compiled.design.random.map((term) => new Float64Array(term.levels.length * term.q));
    plain.randomEffects!(z, b);
    let at = plain.chart.size;
    b.forEach((effects, t) => {
      const { q } = compiled.design.random[t]!;
      const { kind, map } = target.coordinates![t]!;
      const scales = target.standardisation.scales[t]!;
      const { offset, covariance } = layout.terms[t]!;
      effects.forEach((effect, i) => {
        if (kind === "non-centred") return;
        const p = target.chart.coefficients;
        own[at + i] = effect * scales[i % q]!;
        for (let k = 0; map && k < p; k++) own[at + i]! += map[(i % q) * p + k]! * x[k]!;
      });
      if (kind === "centred") {
        let position = offset;
        for (let a = 0; a < q; a++) {
          logJacobian -= levels[t]! * Math.log(Math.abs(x[position]!));
          position += covariance === "diag" ? 1 : q - a;
        }
      }
      at += effects.length;
    });
    return { target, z, own, logJacobian, b };
  }

  test.each(mixtures.map((kinds) => [kinds.join(", "), kinds] as const))(
    "%s: exact gradient, the same density and effects",
    (_, kinds) => {
      const { target, z, own, logJacobian, b } = place(kinds);
      expect(gradientError(target.density, own, 1e-3)).toBeLessThan(1e-6);
      const gradient = new Float64Array(own.length);
      const there = target.density.evaluate(own, gradient);
      expect(there).toBeCloseTo(plain.density.evaluate(z, gradient) + logJacobian, 8);
      const again = b.map((effects) => new Float64Array(effects.length));
      target.randomEffects!(own, again);
      b.forEach((effects, t) => {
        for (let i = 0; i < effects.length; i++) expect(again[t]![i]).toBeCloseTo(effects[i]!, 9);
      });
    },
  );
});

test("a centred level's coordinates are its own coefficients where their columns are fixed effects too", () => {
  const compiled = sleepstudy().compile();
  const priors = resolvePriors(compiled);
  const { coordinates, standardisation } = buildTarget(
    targetData(compiled, "joint", { kind: "exact" }, priors, ["centred"]),
  );
  const x = Float64Array.from({ length: compiled.layout.size }, (_, i) => (i === 0 ? 250 : i === 1 ? 10 : 1));
  const inner = new Float64Array(x.length);
  standardisation.toStandardised(x, inner);
  const centre = [0, 1].map(
    (a) => coordinates![0]!.map![2 * a]! * inner[0]! + coordinates![0]!.map![2 * a + 1]! * inner[1]!,
  );
  const [intercept, slope] = standardisation.scales[0]!;
  expect(centre[0]! / intercept!).toBeCloseTo(250, 9);
  expect(centre[1]! / slope!).toBeCloseTo(10, 9);
  // Crossed: one intercept, taken in by the factor with fewer levels.
  const both = crossed().compile();
  const target = buildTarget(
    targetData(both, "joint", { kind: "laplace" }, resolvePriors(both), ["centred", "centred"]),
  );
  expect(target.coordinates!.map(({ map }) => map !== null)).toEqual([false, true]);
});

describe("the choice", () => {
  const choose = (
    declared: { compile(): Parameters<typeof prepareTarget>[0] },
    choice: ParameterisationChoice = "auto",
  ) => {
    const compiled = declared.compile();
    return prepareTarget(compiled, resolvePriors(compiled), "joint", choice);
  };

  test("many rows a level: centred; few: non-centred; term by term; each with its reason", () => {
    expect(choose(sleepstudy())).toMatchObject({
      description: "random effects sampled, centred",
      reason:
        "as asked for; (Days | Subject): centred, as 10 rows a level tell 3.6 times as much of its effects as their prior",
      target: { parameterisation: ["centred"] },
    });
    expect(choose(grouped(40, 2, 0.5)).target.parameterisation).toEqual(["non-centred"]);
    const mixed = choose(crossed());
    expect(mixed.description).toBe("random effects sampled, (1 | person) non-centred, (1 | item) centred");
    expect(mixed.reason).toMatch(
      /^as asked for; \(1 \| person\): non-centred, as 10 rows .*; \(1 \| item\): centred, as 24/,
    );
  });

  test("the measure is variance × rows / residual variance for balanced intercepts", () => {
    const compiled = grouped(30, 12, 0.7).compile();
    const chosen = choose(grouped(30, 12, 0.7));
    const x = new Float64Array(compiled.layout.size);
    const target = buildTarget(targetData(compiled, "integrated", { kind: "exact" }, resolvePriors(compiled)));
    // The mode, from the centre of the chains: log sd of the centred term.
    const head = chosen.centre.slice(0, target.chart.size);
    const { offset } = target.chart.terms[0]!;
    head[offset] = Math.exp(head[offset]!);
    target.chart.toNatural(head, x);
    const [sd, sigma] = [x[compiled.layout.terms[0]!.offset]!, x[compiled.layout.phi.offset]!];
    const told = Number(/tell ([\d.]+) times/.exec(chosen.reason)![1]);
    expect(told / ((12 * sd ** 2) / sigma ** 2)).toBeCloseTo(1, 1);
  });

  test("as asked for: all terms, one by its formula or its group, the rest by themselves", () => {
    expect(choose(crossed(), "centred").target.parameterisation).toEqual(["centred", "centred"]);
    expect(choose(crossed(), { person: "centred" }).target.parameterisation).toEqual(["centred", "centred"]);
    const asked = choose(crossed(), { "(1|item)": "non-centred", person: "auto" });
    expect(asked.target.parameterisation).toEqual(["non-centred", "non-centred"]);
    expect(asked.reason).toContain("(1 | item): non-centred, as asked for");
  });

  test("faults: a term that is not there, a word that is none, effects that are not sampled", () => {
    expect(() => choose(cbpp(), { cow: "centred" })).toThrow(
      'The parameterisation is given for "cow", but the random terms are (1 | herd); name one of them, or its grouping factor.',
    );
    const compiled = crossed().compile();
    expect(() => chooseParameterisation(compiled, [], { a: "centred", b: "auto" })).toThrow(DeclarationError);
    for (const parameterisation of ["center", null, { herd: "half" }, 3] as never[])
      expect(() => nuts({ target: "joint", parameterisation })).toThrow("The sampler option parameterisation is");
    expect(() => nuts({ target: "integrated", parameterisation: "centred" })).toThrow("integrates them out");
    expect(nuts({ target: "integrated", parameterisation: { herd: "auto" } }).target).toBe("integrated");
  });

  test("a standard deviation whose mode is 0 does not stop a centred term from being sampled", async () => {
    const rng = createRng("no variance");
    const g = Array.from({ length: 40 }, (_, i) => `g${i % 8}`);
    const y = g.map((_, i) => (Math.floor(i / 8) % 2 === 0 ? 1 : -1) + 0.01 * rng.normal());
    const declared = model({ y, g }).formula("y ~ 1 + (1 | g)").prior("sd", halfNormal(1));
    expect(choose(declared).target.parameterisation).toEqual(["non-centred"]);
    const forced = choose(declared, "centred");
    expect(forced.centre.every(Number.isFinite)).toBe(true);
    expect(forced.metric.values.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    const fit = await samplePosterior(
      declared.compile(),
      nuts({ chains: 1, warmup: 50, draws: 20, target: "joint", parameterisation: "centred" }),
    );
    expect(fit.draws.values.every(Number.isFinite)).toBe(true);
  });
});

/** Largest difference of posterior means and of sds in combined Monte Carlo errors, over the table and all random effects. */
function worstDifference(a: Posterior, b: Posterior): number {
  const rows = b.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] });
  return Math.max(
    ...a.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] }).map((row, i) => {
      const other = rows[i]!;
      const ofMeans = Math.abs(row.estimate - other.estimate) / Math.hypot(row.mcse!, other.mcse!);
      const sdError = (r: typeof row) => r.std_error! * Math.sqrt(1.25 / (r.ess_bulk! / 2));
      const ofSds = Math.abs(row.std_error! - other.std_error!) / Math.hypot(sdError(row), sdError(other));
      return Math.max(ofMeans, ofSds);
    }),
  );
}

describe("one posterior", () => {
  const sample = (
    declared: { compile(): Parameters<typeof prepareTarget>[0] },
    choice: ParameterisationChoice,
    draws = 700,
  ) =>
    samplePosterior(
      declared.compile(),
      nuts({
        seed: `one posterior ${JSON.stringify(choice)}`,
        warmup: 400,
        draws,
        target: "joint",
        parameterisation: choice,
      }),
    );
  let mixed: Posterior;
  beforeAll(async () => {
    mixed = await sample(crossed(), "auto");
  });

  test("cbpp, centred and integrated", async () => {
    const centred = await sample(cbpp(), "centred");
    const integrated = await samplePosterior(cbpp().compile(), nuts({ seed: 5, draws: 700 }));
    expect(worstDifference(centred, integrated)).toBeLessThan(4.5);
  });

  test("crossed: mixed, centred and non-centred, 34 random effects", async () => {
    expect(mixed.parameterisation).toEqual(["non-centred", "centred"]);
    const centred = await sample(crossed(), "centred");
    const nonCentred = await sample(crossed(), "non-centred");
    expect(worstDifference(mixed, centred)).toBeLessThan(4.5);
    expect(worstDifference(mixed, nonCentred)).toBeLessThan(4.5);
  });

  test("50 rows a level: centred draws are worth at least ten times as many gradients; 2 rows: fewer", async () => {
    const worth = async (declared: ReturnType<typeof grouped>, choice: Parameterisation) => {
      const fit = await samplePosterior(
        declared.compile(),
        nuts({ seed: "worth", chains: 2, warmup: 400, draws: 300, target: "joint", parameterisation: choice }),
      );
      const gradients = fit.diagnostics.gradients.sampling.reduce((a, b) => a + b, 0);
      return Math.min(...fit.tidy().map((row) => row.ess_bulk!)) / gradients;
    };
    const many = grouped(20, 50, 1);
    expect((await worth(many, "centred")) / (await worth(many, "non-centred"))).toBeGreaterThan(10);
    const few = grouped(40, 2, 0.5);
    expect((await worth(few, "centred")) / (await worth(few, "non-centred"))).toBeLessThan(1);
  });

  test("a longer run begins with the same draws, through JSON too", async () => {
    const settings = { chains: 2, warmup: 60, seed: "longer", target: "joint" as const };
    const compiled = crossed().compile();
    const short = await samplePosterior(compiled, nuts({ ...settings, draws: 20 }));
    const long = await samplePosterior(compiled, nuts({ ...settings, draws: 35 }));
    const { posteriorFromJSON } = await import("../../src/samplers/saved-posterior.ts");
    const read = posteriorFromJSON(JSON.parse(JSON.stringify(short)), compiled);
    expect(read.parameterisation).toEqual(["non-centred", "centred"]);
    expect(read.reason).toBe(short.reason);
    for (const fit of [short, read]) {
      const extended = await fit.extend(15);
      expect(extended.draws.values).toEqual(long.draws.values);
      expect(extended.randomEffects()).toEqual(long.randomEffects());
      expect(extended.parameterisation).toEqual(long.parameterisation);
    }
  });

  test("random effects have spread, and go with the parameters of their draw", () => {
    const [person, item] = mixed.randomEffects() as [Float64Array, Float64Array];
    const { size, values } = mixed.draws;
    const sdOfItem = mixed.model.layout.terms[1]!.offset;
    // Given its standard deviation s, Σb²/s² is about χ² on 10: draws of both are those of one model.
    const ratios = Array.from({ length: item.length / 10 }, (_, d) => {
      const b = item.subarray(10 * d, 10 * d + 10);
      return b.reduce((sum, effect) => sum + effect ** 2, 0) / values[d * size + sdOfItem]! ** 2;
    });
    const average = mean(Float64Array.from(ratios));
    expect(average).toBeGreaterThan(7);
    expect(average).toBeLessThan(13);
    expect(variance(person)).toBeGreaterThan(0.01);
  });

  test("divergences of a centred term are advised to the other parameterisation", () => {
    const sdOfItem = mixed.model.layout.terms[1]!.offset;
    const { size, values } = mixed.draws;
    const order = Array.from({ length: values.length / size }, (_, d) => d).sort(
      (a, b) => values[a * size + sdOfItem]! - values[b * size + sdOfItem]!,
    );
    const { term, message } = locateDivergences(
      mixed.model,
      mixed.draws,
      order.slice(0, 40),
      0.8,
      mixed.parameterisation,
    );
    expect(term).toBe("(… | item)");
    expect(message).toContain('sample its effects non-centred (parameterisation: { "item": "non-centred" })');
  });
});
