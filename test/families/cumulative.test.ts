import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import type { CumulativeLinkName } from "../../src/families/cumulative-link.ts";
import { familyByName } from "../../src/families/registry.ts";
import { createRng } from "../../src/random/rng.ts";

interface Case {
  readonly link: CumulativeLinkName;
  readonly lower: number;
  readonly upper: number;
  readonly eta: number;
  readonly y: number;
  readonly eta_derivatives: readonly string[];
  readonly lower_derivatives: readonly string[];
  readonly upper_derivatives: readonly string[];
}
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/cumulative-extremes.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const LINKS = ["logit", "probit", "cloglog", "loglog"] as const;
const three = (link: CumulativeLinkName) => cumulative({ link }).forCategories(["low", "middle", "high"]);

describe("log probabilities of categories and their derivatives against values of 20 digits", () => {
  for (const link of LINKS)
    for (const backend of ["generated", "interpreted"] as const)
      it(`${link}, ${backend}`, () => {
        const kernel = compileKernel(three(link), { backend });
        const own = cases.filter((c) => c.link === link);
        expect(own.length).toBeGreaterThan(70);
        for (const c of own) {
          const bound = kernel.bind({ y: Float64Array.of(c.y) }, 1, null);
          bound.eta[0]![0] = c.eta;
          bound.setParameters(Float64Array.of(c.lower, c.upper));
          const value = bound.adjoint(0, 1);
          const got = [
            [value, bound.d1[0]![0]!, bound.d2[0]![0]!, bound.d3[0]![0]!],
            ...[0, 1].map((g) => [bound.dPhi[g]!, bound.d2Phi[g]![0]![0]!, bound.d3Phi[g]![0]![0]!]),
          ];
          [c.eta_derivatives, c.lower_derivatives, c.upper_derivatives].forEach((truths, part) => {
            truths.forEach((text, m) => {
              const truth = Number(text);
              const error = Math.abs(got[part]![m]! - truth) / Math.max(1, Math.abs(truth));
              expect(error, `${JSON.stringify(c)}: part ${part}, order ${m}, ${got[part]![m]}`).toBeLessThan(2e-13);
            });
          });
        }
      });
});

describe("the family", () => {
  it("names thresholds as R's clm does, and is made once for the same categories", () => {
    const family = three("logit");
    expect(family.parameters.map(({ name, support }) => [name, support])).toEqual([
      ["low|middle", "real"],
      ["middle|high", "ordered"],
    ]);
    expect(three("logit")).toBe(family);
    expect(familyByName("cumulative", "probit")).toBe(cumulative({ link: "probit" }));
  });

  it("refuses a link it does not have, naming those it has", () => {
    expect(() => cumulative({ link: "log" as never })).toThrow(
      'link of cumulative() must be "logit", "probit", "cloglog" or "loglog", not "log"',
    );
  });

  it("starts at increasing thresholds that give the observed shares, also where categories are rare", () => {
    const y = Float64Array.from({ length: 40 }, (_, i) => (i < 39 ? 1 : 3));
    for (const link of LINKS) {
      const starts = three(link).parameters.map((parameter) => parameter.start(y, null));
      expect(starts[1]!).toBeGreaterThan(starts[0]!);
      expect(
        three(link).cdf!(1, {
          eta: [0],
          parameter: { "low|middle": starts[0]!, "middle|high": starts[1]! },
          column: {},
        }),
      ).toBeCloseTo(39.5 / 41.5, 12);
    }
  });

  it("simulates categories with the probabilities of its distribution function", () => {
    const rng = createRng("cumulative");
    const draws = 20_000;
    for (const link of LINKS) {
      const row = { eta: [0.4], parameter: { "low|middle": -0.5, "middle|high": 1.1 }, column: {} };
      const family = three(link);
      const counts = [0, 0, 0];
      for (let i = 0; i < draws; i++) counts[family.simulate(rng, row) - 1]!++;
      for (let k = 1; k <= 3; k++) {
        const p = family.cdf!(k, row) - family.cdf!(k - 1, row);
        // 4.5 standard errors: a false alarm in 1.5e5 comparisons
        expect(Math.abs(counts[k - 1]! / draws - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / draws));
      }
    }
  });

  it("refuses numbers that are no category", () => {
    const [issue] = three("logit").checkResponse(Float64Array.of(1, 4, 2.5), null, Int32Array.of(0, 1, 2), "rating");
    expect(issue!.message).toBe(
      "Row 2 of column 'rating' is 4 (row 3 is 2.5): an ordered response is numbered by its categories, whole numbers from 1 to 3.",
    );
  });
});
