/** Equality with R's package posterior; the fixture lies beside the script that made it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Chains } from "../../src/diagnostics/chains.ts";
import { pooled } from "../../src/diagnostics/chains.ts";
import { essBulk, essMean, essQuantile, essSd, essTail } from "../../src/diagnostics/effective-sample-size.ts";
import { ebfmi } from "../../src/diagnostics/energy.ts";
import { mcseMean, mcseQuantile, mcseSd } from "../../src/diagnostics/mcse.ts";
import { quantiles } from "../../src/diagnostics/quantile.ts";
import { rhat } from "../../src/diagnostics/rhat.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/diagnostics/posterior.json", import.meta.url), "utf8"),
) as { cases: Record<string, Record<string, number | null> & { chains: (number | null)[][] }> };

const DIAGNOSTICS: Record<string, (chains: Chains) => number> = {
  rhat,
  ess_bulk: essBulk,
  ess_tail: essTail,
  ess_mean: essMean,
  ess_sd: essSd,
  ess_quantile_10: (chains) => essQuantile(chains, 0.1),
  ess_quantile_50: (chains) => essQuantile(chains, 0.5),
  mcse_mean: mcseMean,
  mcse_sd: mcseSd,
  mcse_quantile_10: (chains) => mcseQuantile(chains, 0.1),
  mcse_quantile_50: (chains) => mcseQuantile(chains, 0.5),
  quantile_025: (chains) => quantiles(pooled(chains), [0.025])[0]!,
  quantile_975: (chains) => quantiles(pooled(chains), [0.975])[0]!,
};

describe.each(Object.entries(fixture.cases))("%s", (_, reference) => {
  const chains = reference.chains.map((chain) =>
    Float64Array.from(chain, (x) => (typeof x === "number" ? x : Number.NaN)),
  );
  test.each(Object.entries(DIAGNOSTICS))("%s", (name, diagnostic) => {
    const expected = reference[name];
    const actual = diagnostic(chains);
    if (expected === null) expect(actual).toBeNaN();
    else expect(Math.abs(actual - expected!)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(expected!)));
  });
});

test("E-BFMI is the ratio of mean squared difference to variance", () => {
  expect(ebfmi(Float64Array.of(1, 3, 2, 6))).toBeCloseTo((4 + 1 + 16) / 4 / (14 / 3), 14);
});
