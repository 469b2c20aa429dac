import { expect, it } from "vitest";
import { bootstrap } from "../../src/effects/bootstrap/bootstrap.ts";
import { estimate } from "../../src/effects/estimate.ts";
import { model } from "../../src/model-builder.ts";
import { few } from "../fixtures/small-sample/few-rows.ts";

it("says that a statistic gives its numbers under other names, and which names there are", async () => {
  const fit = await model(few).formula("y ~ x + (1 | g)").fit("reml");
  let calls = 0;
  expect(() => estimate(fit, (p) => ({ [`a${calls++}`]: p["x"]! }))).toThrow(
    'The statistic of estimate() gave "a0" at the fit\'s own estimate and "a1" elsewhere',
  );
  expect(() => estimate(fit, (p) => p["zz"]!)).toThrow('There is no parameter "zz". The parameters are');
});

it("refuses what is no number, a scale that the number is not on, and writing into the parameters", async () => {
  const fit = await model(few).formula("y ~ x + (1 | g)").fit("reml");
  expect(() => estimate(fit, (() => "x") as never)).toThrow(/must give a number, or numbers by name, .*, not "x"\./);
  expect(() => estimate(fit, (() => undefined) as never)).toThrow(/, not undefined\./);
  for (const scale of ["log", "logit"] as const)
    expect(() => estimate(fit, (p) => -Math.abs(p["x"]!), { scale })).toThrow(
      new RegExp(`The statistic "statistic" is -.* at the fit's own estimate, and scale "${scale}" is for`),
    );
  expect(() => estimate(fit, (p) => ((p as Record<string, number>)["x"] = 3))).toThrow(
    /sets "x": the parameters are there to be read/,
  );
  for (const change of [
    (p: object) => Object.defineProperty(p, "x", { value: 3 }),
    (p: object) => Object.freeze(p),
    (p: object) => Object.setPrototypeOf(p, {}),
  ])
    expect(() => estimate(fit, (p) => Number(change(p)))).toThrow(/the parameters are there to be read/);
  expect(() => bootstrap(fit, { draws: 2, statistic: () => Number.NaN })).toThrow("The statistic of bootstrap()");
});

it("has the degrees of freedom of coefficients where it is of nothing else", async () => {
  const fit = await model(few).formula("y ~ x + (1 | g)").fit("reml");
  const x = fit.tidy().find(({ term }) => term === "x")!;
  const { rows } = estimate(fit, (p) => ({ x: p["x"]!, both: p["x"]! + p["sd__(Intercept)"]! }), { null: 0 });
  expect(rows[0]!.df).toBeCloseTo(x.df!, 6);
  expect([rows[0]!.p_value, rows[0]!.conf_low, rows[1]!.df]).toEqual([
    expect.closeTo(x.p_value!, 6),
    expect.closeTo(x.conf_low!, 6),
    null,
  ]);
  const kr = fit.tidy({ ddf: "kenward-roger" }).find(({ term }) => term === "x")!;
  const adjusted = estimate(fit, (p) => p["x"]!, { ddf: "kenward-roger" });
  expect(adjusted.rows[0]).toMatchObject({
    df: expect.closeTo(kr.df!, 6),
    std_error: expect.closeTo(kr.std_error!, 6),
  });
  expect(String(adjusted)).toMatch(/^Estimates by the delta method, level 0.95\n/);
});
