/** What is made of draws refuses a fit without any, whose types a caller in JavaScript does not see. */
import { expect, test } from "vitest";
import { DeclarationError, gee, model, type Posterior } from "../../src/index.ts";
import {
  drawsColumns,
  drawsToArrow,
  drawsToCmdStan,
  effectDrawsColumns,
  inferenceDataText,
  namedDraws,
} from "../../src/public/exchange.ts";
import { exchangeable } from "../../src/public/gee.ts";
import { powerScaleSensitivity } from "../../src/public/priors.ts";

const rows = { g: ["a", "a", "b", "b", "c", "c"], x: [0, 1, 0, 1, 0, 1], y: [1, 2.5, 0, 1.5, 2, 4] };
const fits = [
  ["maximum likelihood", () => model(rows).formula("y ~ x + (1 | g)").fit()],
  [
    "a GEE",
    () =>
      model(rows)
        .formula("y ~ x")
        .fit(gee({ id: "g", correlation: exchangeable() })),
  ],
] as const;

test.each(fits)("%s", async (_, fitted) => {
  const fit = (await fitted()) as unknown as Posterior;
  for (const use of [
    namedDraws,
    drawsColumns,
    effectDrawsColumns,
    drawsToArrow,
    drawsToCmdStan,
    inferenceDataText,
    powerScaleSensitivity,
  ]) {
    expect(() => use(fit), use.name).toThrow(DeclarationError);
    expect(() => use(fit), use.name).toThrow(/made of posterior draws, and this fit has none: sample the same/);
  }
});
