/**
 * What a family simulates, against its own log density: χ² of counts, Kolmogorov-Smirnov of continuous responses.
 * @module-tag slow
 */
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import type { Family } from "../../src/families/family.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { knownVariances } from "../../src/families/given-sigma.ts";
import { familyByName } from "../../src/families/registry.ts";
import type { ObservationKernel } from "../../src/model/observation-kernel.ts";
import { createRng } from "../../src/random/rng.ts";
import { cdfOf, chiSquareP, FALSE_ALARM, kolmogorovP } from "../random/goodness-of-fit.ts";
import { evaluateRow, FAMILIES, kernelFor } from "./evaluate.ts";

const DRAWS = 20_000;

interface Case {
  readonly name: string;
  readonly family: Family;
  readonly kernel: ObservationKernel;
  readonly phi: number | null;
  readonly eta: number;
  readonly column: Readonly<Record<string, number>>;
}

const cases: Case[] = FAMILIES.flatMap(({ name, link, phi }) => {
  const columns: Record<string, number>[] =
    name === "binomial"
      ? [{ trials: 1 }, { trials: 23 }]
      : name === "gaussian" || name === "Gamma"
        ? [{ weights: 1 }, { weights: 2.5 }]
        : [{}];
  return columns.flatMap((column) =>
    [0.3, 1.4].map((eta) => ({
      name: `${name} ${link} at ${eta}, ${JSON.stringify(column)}`,
      family: familyByName(name, link),
      kernel: kernelFor(name, link),
      phi,
      eta,
      column,
    })),
  );
});
for (const weights of [1 / 225, 40])
  cases.push({
    name: `gaussian of known variance ${1 / weights}`,
    family: knownVariances(gaussian()),
    kernel: compileKernel(knownVariances(gaussian())),
    phi: null,
    eta: -0.7,
    column: { weights },
  });

describe("simulated responses have the density of the family", () => {
  for (const { name, family, kernel, phi, eta, column } of cases)
    it(name, () => {
      const rng = createRng(`simulate ${name}`);
      const parameter = phi === null ? {} : { [family.parameters[0]!.name]: phi };
      const draws = Float64Array.from({ length: DRAWS }, () => family.simulate(rng, { eta: [eta], parameter, column }));
      const logDensity = (y: number) => evaluateRow(kernel, { y, ...column }, eta, phi).value;
      const trials = column["trials"];
      if (family.name === "gaussian") {
        const [centre, sd] = [eta, (phi ?? 1) / Math.sqrt(column["weights"]!)];
        const cdf = cdfOf((z) => Math.exp(logDensity(centre + sd * z)) * sd, -8, 8, 4000);
        expect(kolmogorovP(draws, (y) => cdf((y - centre) / sd))).toBeGreaterThan(FALSE_ALARM);
      } else if (family.name === "Gamma") {
        // on log y, where the density vanishes at both ends
        const cdf = cdfOf((t) => Math.exp(logDensity(Math.exp(t)) + t), -12, 5, 6000);
        expect(kolmogorovP(draws.map(Math.log), cdf)).toBeGreaterThan(FALSE_ALARM);
      } else {
        const known = new Map<number, number>();
        const probability = (k: number) => {
          if (trials !== undefined && k > trials) return 0;
          if (!known.has(k)) known.set(k, Math.exp(logDensity(k)));
          return known.get(k)!;
        };
        expect(chiSquareP(draws, probability)).toBeGreaterThan(FALSE_ALARM);
      }
    });
});
