import { describe, expect, test } from "vitest";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { cauchy, exponential, flat, halfNormal, lkj, normal } from "../../src/priors/distributions.ts";
import { priorTable, resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";

const named = (declaration: { compile(): Parameters<typeof resolvePriors>[0] }) =>
  Object.fromEntries(priorTable(resolvePriors(declaration.compile())).map((row) => [`${row.class} ${row.name}`, row]));

const plain = () => model(exampleData("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)");

/** The messages of the faults. */
function faults(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map((issue) => issue.message);
    throw error;
  }
  return [];
}

describe("declared priors", () => {
  test("the most specific wins; the rest are defaults", () => {
    const rows = named(
      plain()
        .prior("fixed", normal(0, 10))
        .prior("fixed:Days", cauchy(1, 2))
        .prior("sd:Subject", halfNormal(30))
        .prior("sd:Subject.Days", exponential(0.1)),
    );
    expect(rows["fixed (Intercept)"]).toEqual({
      class: "fixed",
      name: "(Intercept)",
      prior: "normal(0, 10)",
      source: "declared",
    });
    expect(rows["fixed Days"]!.prior).toBe("cauchy(1, 2)");
    expect(rows["sd Subject.(Intercept)"]!.prior).toBe("halfNormal(30)");
    expect(rows["sd Subject.Days"]!.prior).toBe("exponential(0.1)");
    expect(rows["cor Subject"]).toMatchObject({ prior: "lkj(2)", source: "default" });
    expect(rows["sigma sigma"]!.source).toBe("default");
  });

  test("one parameter under two names has one prior; a class beside one of it is no repetition", () => {
    const dispersed = plain().dispersion("~ Days");
    expect(
      faults(() =>
        resolvePriors(
          dispersed.prior("fixed:disp.Days", normal(0, 1)).prior("fixed:sigma.Days", normal(0, 2)).compile("posterior"),
        ),
      ),
    ).toEqual(["The prior for fixed:sigma.Days is declared more than once; keep one."]);
    const both = dispersed.prior("fixed:disp", normal(0, 1)).prior("fixed:sigma.Days", normal(0, 2));
    expect(resolvePriors(both.compile("posterior")).fixed.map(({ source }) => source)).toEqual([
      "default",
      "default",
      "declared",
      "declared",
    ]);
  });

  test("every unknown name is reported, with what there is", () => {
    expect(
      faults(() => resolvePriors(plain().prior("fixed:days", normal(0, 1)).prior("sd:Group", halfNormal(1)).compile())),
    ).toEqual([
      'There is a prior for fixed:days, but the model has no coefficient of that name; it has "(Intercept)", "Days".',
      'There is a prior for sd:Group, but the model has no standard deviation of random effects of that name; it has "Subject.(Intercept)", "Subject", "Subject.Days".',
    ]);
    expect(faults(() => resolvePriors(cbpp().prior("sigma", halfNormal(1)).prior("cor", lkj(2)).compile()))).toEqual([
      "There is a prior for sigma, but the model has no residual standard deviation; remove the prior.",
      "There is a prior for cor, but the model has no correlation of random effects; remove the prior.",
    ]);
  });

  test("a prior with the wrong support is refused", () => {
    expect(
      faults(() =>
        resolvePriors(
          plain().prior("fixed", halfNormal(1)).prior("sd", normal(0, 1)).prior("cor", halfNormal(1)).compile(),
        ),
      ),
    ).toEqual([
      "The prior halfNormal(1) does not suit fixed, which can be negative; use normal, studentT, cauchy, doubleExponential, logistic, uniform or flat.",
      "The prior normal(0, 1) does not suit sd, which is positive; use halfNormal, halfStudentT, halfCauchy, exponential, pcSd, gamma, lognormal, weibull, inverseGamma, inverseGammaVariance, uniform or flat.",
      "The prior halfNormal(1) does not suit cor, which is a correlation matrix; use lkj or flat.",
    ]);
    expect(faults(() => resolvePriors(plain().prior("fixed", flat()).prior("cor", flat()).compile()))).toEqual([]);
  });
});

describe("default priors", () => {
  test("scale with the response and the predictors", () => {
    const base = resolvePriors(plain().compile());
    const data = exampleData("sleepstudy");
    const rescaled = {
      ...data,
      Reaction: (data["Reaction"] as number[]).map((y) => y * 1000),
      Days: (data["Days"] as number[]).map((x) => x / 7),
    };
    const other = resolvePriors(
      model(rescaled)
        .formula("Reaction ~ Days + (Days | Subject)" as string)
        .compile(),
    );
    const scale = (prior: { distribution: { parameters: readonly number[] } }) => prior.distribution.parameters.at(-1)!;
    expect(scale(other.fixed[0]!) / scale(base.fixed[0]!)).toBeCloseTo(1000, 8);
    expect(scale(other.fixed[1]!) / scale(base.fixed[1]!)).toBeCloseTo(7000, 8);
    expect(scale(other.sd[0]![1]!) / scale(base.sd[0]![1]!)).toBeCloseTo(7000, 8);
    expect(scale(other.phi[0]!) / scale(base.phi[0]!)).toBeCloseTo(1000, 8);
    expect(base.fixed[0]!.distribution.parameters[0]).toBeCloseTo(298.51, 1);
  });

  test("the intercept's prior reaches it wherever the origin is: it widens with the distance, and is stated in the middle of what is far off", () => {
    const rng = createRng("years");
    const year = Array.from({ length: 60 }, (_, i) => i % 20);
    const g = year.map((_, i) => `g${i % 6}`);
    const noise = year.map(() => rng.normal());
    for (const [origin, at] of [
      [0, 0],
      [200, 0],
      [1990, 1999.5],
    ] as const) {
      const shifted = year.map((t) => t + origin);
      const y = shifted.map((t, i) => 5 + 3 * (t - origin) + noise[i]!);
      const { fixed } = resolvePriors(model({ y, year: shifted, g }).formula("y ~ year + (1 | g)").compile());
      const [location, sd] = fixed[0]!.distribution.parameters as [number, number];
      // what least squares says there is within one prior sd
      expect(Math.abs(5 + 3 * (at - origin) - location)).toBeLessThan(sd);
      expect(fixed[0]!.at).toBe(at === 0 ? undefined : "year = 1999.5");
    }
  });

  test("on a logit link they are on the scale of the linear predictor", () => {
    const model4 = model({ ...exampleData("cbpp"), period: exampleData("cbpp")["period"]!.map(String) })
      .formula("cbind(incidence, size - incidence) ~ period + (1 | herd)" as string)
      .family({ name: "binomial" });
    const { fixed, sd } = resolvePriors(model4.compile());
    // logit(99/842), the pooled share
    expect(fixed[0]!.distribution.parameters[0]).toBeCloseTo(Math.log(99 / 743), 1);
    expect(sd[0]![0]!.distribution).toEqual({ name: "halfStudentT", parameters: [3, 2.5] });
  });
});

test("the reference priors of the test models resolve as declared", () => {
  expect(Object.values(named(sleepstudy())).filter((row) => row.source === "default")).toEqual([]);
});
