/** Centred and non-centred random effects: one density in two sets of coordinates, and the choice between them. */
import { describe, expect, test } from "vitest";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { exponential, halfNormal, normal } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { prepareTarget } from "../../src/samplers/choose-target.ts";
import type { Parameterisation } from "../../src/samplers/effect-coordinates.ts";
import type { ParameterisationChoice } from "../../src/samplers/parameterisation.ts";
import { chooseParameterisation } from "../../src/samplers/parameterisation.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { gradientError } from "./finite-differences.ts";
import { crossed, grouped } from "./informed-models.ts";
import { cbpp, exampleData, sleepstudy } from "./models.ts";

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
    return atOnce(prepareTarget(compiled, resolvePriors(compiled), "joint", choice));
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
      expect(() => nuts({ target: "joint", parameterisation })).toThrow("parameterisation of nuts() must be");
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
