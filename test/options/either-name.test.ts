import { expect, it } from "vitest";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/index.ts";
import { simulate } from "../../src/prediction/simulate.ts";

const fit = fitModel(
  model({ y: [1, 2, 1.5, 2.5, 1.2, 2.9], x: [0, 1, 0, 1, 0, 1] })
    .formula("y ~ x")
    .compile(),
  ml(),
);

it("an option is read under its name and under the one it had before", () => {
  expect(simulate(fit, { draws: 3 }).values).toEqual(simulate(fit, { nsim: 3 }).values);
  expect(simulate(fit, { draws: 3 }).draws).toBe(3);
});

it("an option under both names is refused, a faulty one under the name that was given", () => {
  expect(() => simulate(fit, { draws: 3, nsim: 3 })).toThrow("nsim is the name that draws had before");
  expect(() => simulate(fit, { nsim: 0 })).toThrow("nsim");
  expect(() => simulate(fit, { draws: 0 })).toThrow("draws");
});
