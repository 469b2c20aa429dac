import { expect, it } from "vitest";
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
