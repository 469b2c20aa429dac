import { expect, it } from "vitest";
import { confint } from "../../../src/effects/confint.ts";
import { model } from "../../../src/model-builder.ts";
import { few } from "../../fixtures/small-sample/few-rows.ts";

it("intervals of coefficients next to 0 are those of the same coefficients elsewhere", async () => {
  const of = async (slope: number) => {
    const y = few.y.map((value, i) => value + slope * few.x[i]!);
    const fit = await model({ ...few, y })
      .formula("y ~ x + (1 | g)")
      .fit("ml");
    const row = confint(fit, { which: "x" }).rows[0]!;
    return [row.estimate, row.conf_low! - row.estimate, row.conf_high! - row.estimate] as const;
  };
  const [estimate, below, above] = await of(0);
  for (const at of [0.01, -0.01, 1e-4, -1e-6, 1e-9, 0]) {
    const [, low, high] = await of(at - estimate);
    expect(low, `low of ${at}`).toBeCloseTo(below, 3);
    expect(high, `high of ${at}`).toBeCloseTo(above, 3);
  }
});
