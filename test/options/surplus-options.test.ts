/** Options given where none are taken. */
import { expect, test } from "vitest";
import { auto, fitted, gaussian, laplace, ml, model, nuts, reml } from "../../src/index.ts";
import { essAlong, traceDivergences } from "../../src/public/diagnostics.ts";
import { saveFit } from "../../src/public/exchange.ts";
import { ar1, exchangeable, independence, stationary, unstructured } from "../../src/public/gee.ts";
import { halfNormal } from "../../src/public/priors.ts";

const table = { y: [1, 3, 2, 5, 4, 6, 8, 7], g: [..."aabbccdd"] };
const declared = model(table).formula("y ~ 1 + (1 | g)");
const surplus = { zzz: 1 };
type Loose = (...given: unknown[]) => unknown;

test("are refused by name", async () => {
  const fit = await declared.fit();
  const post = await declared.sample(nuts({ chains: 1, warmup: 20, draws: 10, seed: 1 }));
  const doors: readonly [string, () => unknown][] = [
    ...[fit, post].flatMap((made): [string, () => unknown][] => [
      ["glance()", () => (made.glance as Loose).call(made, surplus)],
      ["ranef()", () => (made.ranef as Loose).call(made, surplus)],
    ]),
    ...Object.entries({
      ml,
      reml,
      laplace,
      auto,
      independence,
      exchangeable,
      ar1,
      stationary,
      unstructured,
    }).map(([name, of]): [string, () => unknown] => [`${name}()`, () => (of as Loose)(surplus)]),
    ["fitted()", () => (fitted as Loose)(fit, surplus)],
    ["saveFit()", () => (saveFit as Loose)(fit, surplus)],
    ["essAlong()", () => (essAlong as Loose)(post, surplus)],
    ["traceDivergences()", () => (traceDivergences as Loose)(post, surplus)],
    ["model()", () => (model as Loose)(table, surplus)],
    ...(
      [
        ["formula", "y ~ 1"],
        ["family", gaussian()],
        ["offset", "y"],
        ["weights", "y"],
        ["frequencyWeights", "y"],
        ["sigma", 1],
        ["missing", "omit"],
        ["residual", {}],
        ["contrasts", "g", "sum"],
        ["prior", "sd", halfNormal(1)],
      ] as const
    ).map(([name, ...given]): [string, () => unknown] => [
      `.${name}()`,
      () => (declared[name] as Loose).call(declared, ...given, surplus),
    ]),
    [".factor()", () => (declared.factor as Loose).call(declared, "g", ["a", "b", "c", "d"], surplus)],
  ];
  for (const [name, door] of doors) expect(door).toThrow(`${name} takes no options: leave out zzz.`);
  expect([fit].map(fitted)).toEqual([fitted(fit)]);
});
