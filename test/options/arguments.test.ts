/** Arguments in order that are of another kind than what is needed: one sentence, as for options. */
import { describe, expect, test } from "vitest";
import {
  DeclarationError,
  describe as describeModel,
  formulaOf,
  gee,
  model,
  modelFromJSON,
  selfStart,
} from "../../src/index.ts";
import { likelihoodEfficiency } from "../../src/public/checks.ts";
import { ebfmi, paretoKThreshold, psis, rankHistogram } from "../../src/public/diagnostics.ts";
import { drawNames } from "../../src/public/exchange.ts";
import { fixedCorrelation, mDependent, scoreTest, waldTest } from "../../src/public/gee.ts";
import { huangWandPrior, mcmcglmmPrior } from "../../src/public/priors.ts";

const table = { y: [1, 3, 2, 5, 4, 6, 8, 7], x: [1, 2, 3, 4, 4, 3, 2, 2], g: [..."aabbccdd"] };
const declared = model(table).formula("y ~ x");
const junk = [undefined, null, 5, "x", [], {}, [null], ["x"], new Map(), /x/, Symbol("s"), () => 1, Number.NaN];
type Loose = (...given: unknown[]) => unknown;

/** What of the junk is taken, by its place. */
const taken = (door: Loose): unknown[] =>
  junk.filter((value) => {
    try {
      door(value);
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error;
      for (const { message } of error.issues) expect(message).toMatch(/^[A-Za-z.].* .*[.]$|^[A-Za-z.].* .*[.)"]$/);
      return false;
    }
    return true;
  });

describe("what is no argument of the kind is refused in a sentence", () => {
  test.each<[string, Loose, readonly unknown[]]>([
    ["mcmcglmmPrior()", mcmcglmmPrior as Loose, [undefined, {}]],
    ["mcmcglmmPrior() of V", (V) => mcmcglmmPrior({ G: [{ V: V as number, nu: 1 }] }), [5]],
    ["mcmcglmmPrior() of alphaV", (V) => mcmcglmmPrior({ G: [{ V: 1, nu: 1, alphaV: V as number }] }), [undefined, 5]],
    ["huangWandPrior()", huangWandPrior as Loose, [[], [null]]],
    ["huangWandPrior() of df", (df) => huangWandPrior([[1]], df as number), [undefined, 5]],
    ["fixedCorrelation()", fixedCorrelation as Loose, []],
    ["mDependent()", mDependent as Loose, [5]],
    ["likelihoodEfficiency()", likelihoodEfficiency as Loose, [[]]],
    ["rankHistogram()", rankHistogram as Loose, [[]]],
    ["rankHistogram() of bins", (bins) => rankHistogram([[1, 2, 3]], bins as number), [undefined, 5]],
    ["ebfmi()", ebfmi as Loose, [[]]],
    ["psis()", psis as Loose, []],
    ["psis() of efficiency", (given) => psis([1, 2, 3], { relativeEfficiency: given as number }), [undefined, 5]],
    ["paretoKThreshold()", paretoKThreshold as Loose, [5]],
    ["formulaOf()", formulaOf as Loose, []],
    ["describe()", describeModel as Loose, []],
    ["describe() of a family", (family) => describeModel(declared.spec, family as never), [undefined, null]],
    ["drawNames()", drawNames as Loose, []],
    ["selfStart", (x) => selfStart.logistic(x as string, "Asym", "xmid", "scal"), ["x"]],
    [".factor()", (level) => declared.factor("g", ["a", level as string]), [5, "x"]],
    ["waldTest()", waldTest as Loose, []],
    ["scoreTest()", (fit) => scoreTest(fit as never, fit as never), []],
  ])("%s", (_, door, accepted) => {
    expect(taken(door)).toEqual(accepted);
  });

  test("of fits: the response of a refit, the terms of a Wald test, impossible ratios", async () => {
    const fit = await declared.fit();
    expect(taken((y) => fit.refit(y as number[]))).toEqual([]);
    const equations = await declared.fit(gee({ id: "g" }));
    expect(taken((terms) => waldTest(equations, terms as string))).toEqual([undefined, "x", ["x"]]);
    expect(() => psis([0, 1, Number.NaN])).toThrow("number 3 is NaN.");
    expect(() => formulaOf(declared as never)).toThrow("not the declaration itself: give its .spec.");
  });
});

test("a declaration read from JSON has no random term without a grouping column or without effects", () => {
  const plain = JSON.stringify(model(table).formula("y ~ x + (0 + x | g)"));
  const read = (from: string, to: string) => () => {
    expect(plain).toContain(from);
    modelFromJSON(plain.replace(from, to), table);
  };
  expect(read('"group":["g"]', '"group":[]')).toThrow(/group .*a list that is not empty/);
  expect(read('"intercept":false,"terms":[', '"intercept":false,"terms":[],"unknown":[')).toThrow(
    /the term has no effects/,
  );
});
