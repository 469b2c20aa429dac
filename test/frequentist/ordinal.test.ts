/** Cumulative link models by maximum likelihood beside R's clm and clmm (package ordinal 2022.11-16, see test/fixtures/ordinal/wine.R). */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { varIdent } from "../../src/dsl/residual.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { CUMULATIVE_LINK_NAMES } from "../../src/families/cumulative-link.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import { agq, type FitMethod, laplace, ml, pql, reml } from "../../src/frequentist/method.ts";
import type { MaximumLikelihoodFit } from "../../src/model/fit.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/read-csv.ts";
import { predict } from "../../src/prediction/predict.ts";

interface Reference {
  readonly term: readonly string[];
  readonly estimate: readonly number[];
  readonly se: readonly number[];
  readonly logLik: number;
  readonly sd: Readonly<Record<string, number>>;
  readonly ranef: Readonly<Record<string, readonly number[]>>;
  readonly probabilities: readonly (readonly number[])[];
}
const references = JSON.parse(
  readFileSync(new URL("../fixtures/ordinal/wine.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Reference>>;

let wine: Model;
const ofLink = (link: (typeof CUMULATIVE_LINK_NAMES)[number]) => wine.family(cumulative({ link }));
beforeAll(async () => {
  const table = await readTable(new URL("../../examples/data/wine.csv", import.meta.url).pathname);
  const columns = Object.fromEntries(table.columnNames().map((name) => [name, [...table.array(name)]]));
  wine = model({
    ...columns,
    f: Array.from({ length: 72 }, (_, i) => 1 + ((i + 1) % 3)),
    off: Array.from({ length: 72 }, (_, i) => 0.2 * ((i + 1) % 4)),
  }) as unknown as Model;
});

const byTerm = (fit: MaximumLikelihoodFit) => new Map(fit.tidy().map((row) => [row.term, row]));

/** Differences of estimates in standard errors, and of standard errors as ratios. */
function expectEstimates(fit: MaximumLikelihoodFit, { term, estimate, se }: Reference, inSe: number, seRatio: number) {
  const rows = byTerm(fit);
  term.forEach((name, k) => {
    const row = rows.get(name)!;
    expect(row.effect).toBe("fixed");
    expect(row.coef_type).toBe(name.includes("|") ? "intercept" : "location");
    expect(Math.abs(row.estimate - estimate[k]!) / se[k]!, name).toBeLessThan(inSe);
    expect(Math.abs(row.std_error! / se[k]! - 1), `se of ${name}`).toBeLessThan(seRatio);
  });
}

describe("without random effects", () => {
  it.each(CUMULATIVE_LINK_NAMES)(
    "%s: estimates, standard errors, likelihood and probabilities of clm",
    async (link) => {
      const fit = (await ofLink(link).formula("rating ~ temp + contact").fit()) as MaximumLikelihoodFit;
      const reference = references[`clm ${link}`]!;
      expect(fit.logLik).toBeCloseTo(reference.logLik, 9);
      expectEstimates(fit, reference, 1e-5, 1e-5);
      const newdata = { temp: ["cold", "warm", "cold", "warm"], contact: ["no", "no", "yes", "yes"] };
      const { rows } = predict(fit, { newdata });
      expect(rows.map(({ category }) => category).slice(0, 5)).toEqual(["1", "2", "3", "4", "5"]);
      reference.probabilities.flat().forEach((p, e) => {
        expect(rows[e]!.estimate).toBeCloseTo(p, 6);
      });
    },
  );

  it("frequency weights and an offset", async () => {
    const weighted = (await ofLink("logit")
      .formula("rating ~ temp * contact")
      .frequencyWeights("f")
      .fit()) as MaximumLikelihoodFit;
    expect(weighted.logLik).toBeCloseTo(references["clm weights"]!.logLik, 9);
    expectEstimates(weighted, references["clm weights"]!, 1e-5, 1e-5);
    const shifted = (await ofLink("probit").formula("rating ~ temp + offset(off)").fit()) as MaximumLikelihoodFit;
    expect(shifted.logLik).toBeCloseTo(references["clm offset"]!.logLik, 9);
    expectEstimates(shifted, references["clm offset"]!, 1e-5, 1e-5);
  });

  it("two categories are a binomial model with the sign of its intercept changed", async () => {
    const table = { y: [1, 2, 2, 1, 2, 1, 2, 2, 1, 1, 2, 2], x: [0, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 9] };
    const two = (await model(table).formula("y ~ x").family(cumulative()).fit()) as MaximumLikelihoodFit;
    const zeroOne = { x: table.x, y: table.y.map((y) => y - 1) };
    const binary = (await model(zeroOne).formula("y ~ x").family({ name: "binomial" }).fit()) as MaximumLikelihoodFit;
    expect(two.logLik).toBeCloseTo(binary.logLik, 10);
    // where log-likelihoods agree to 1e-10, estimates do to about 1e-5 standard errors
    const [own, other] = [byTerm(two), byTerm(binary)];
    const threshold = own.get("1|2")!.estimate + other.get("(Intercept)")!.estimate;
    expect(Math.abs(threshold) / own.get("1|2")!.std_error!).toBeLessThan(1e-5);
    const slope = own.get("x")!.estimate - other.get("x")!.estimate;
    expect(Math.abs(slope) / own.get("x")!.std_error!).toBeLessThan(1e-5);
  });
});

describe("with random effects", () => {
  const methods: readonly (readonly [number, FitMethod])[] = [
    [1, laplace()],
    [7, agq(7)],
  ];
  describe.each(CUMULATIVE_LINK_NAMES)("%s", (link) => {
    // clmm's standard errors by Laplace are finite differences of a rough surface, up to 50 % off where the link is not symmetric: those of its
    // quadrature, which ours by Laplace must be near, are smooth
    it.each(methods)("%i nodes: estimates, likelihood and modes of clmm", async (nodes, method) => {
      const fit = (await ofLink(link)
        .formula("rating ~ temp + contact + (1 | judge)")
        .fit(method)) as MaximumLikelihoodFit;
      const reference = references[`clmm ${link} ${nodes}`]!;
      expect(fit.logLik).toBeGreaterThan(reference.logLik - 1e-7);
      expect(fit.logLik).toBeLessThan(reference.logLik + 5e-6);
      const { se } = references[`clmm ${link} 7`]!;
      expectEstimates(fit, { ...reference, se }, 1e-3, nodes === 1 ? 0.02 : 1e-3);
      expect(byTerm(fit).get("sd__(Intercept)")!.estimate / reference.sd["judge"]!).toBeCloseTo(1, 3);
      fit.ranef().forEach(({ estimate }, j) => {
        expect(estimate).toBeCloseTo(reference.ranef["judge"]![j]!, 3);
      });
    });
  });

  it("crossed random effects by Laplace", async () => {
    const fit = (await ofLink("probit")
      .formula("rating ~ temp + (1 | judge) + (1 | bottle)")
      .fit(laplace())) as MaximumLikelihoodFit;
    const reference = references["clmm crossed"]!;
    expect(fit.logLik).toBeGreaterThan(reference.logLik - 1e-7);
    expect(fit.logLik).toBeLessThan(reference.logLik + 5e-6);
    expectEstimates(fit, reference, 1e-3, 1e-2);
    for (const { group, estimate } of fit.tidy({ effects: ["ran_pars"] }))
      expect(estimate / reference.sd[group!]!).toBeCloseTo(1, 3);
  });
});

describe("methods that an ordered response does not have", () => {
  it("are refused in sentences", async () => {
    const declared = ofLink("logit").formula("rating ~ temp + (1 | judge)");
    await expect(declared.fit(reml())).rejects.toThrow(/Restricted maximum likelihood is defined here for Gaussian/);
    await expect(declared.fit(pql())).rejects.toThrow(/pql\(\) needs a variance known up to a factor/);
    const marginal = ofLink("logit").formula("rating ~ temp");
    await expect(marginal.fit(gee({ id: "judge" }))).rejects.toThrow(
      "an ordered response has a probability for each category: fit it by laplace() or agq()",
    );
    const response = ofLink("logit").formula("rating ~ 1");
    await expect(response.mean("a * off", { parameters: { a: "1" } }).fit(ml())).rejects.toThrow(
      /A nonlinear mean needs a response with a mean/,
    );
    await expect(declared.residual({ variance: varIdent("temp") }).fit()).rejects.toThrow(
      /A residual structure needs a Gaussian response/,
    );
  });
});
