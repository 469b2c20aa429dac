import { describe, expect, it } from "vitest";
import { runHere } from "./run-cli.ts";

const cbpp = ["examples/data/cbpp.csv", "--formula", "incidence | trials(size) ~ factor(period) + (1 | herd)"];
const declared = [...cbpp, "--family", "binomial", "--method", "laplace"];

describe("--ci", () => {
  it("prints profile intervals of parameters and of averages", async () => {
    const fit = await runHere(["fit", ...declared, "--ci", "profile", "--json"]);
    const sd = JSON.parse(fit.stdout).tidy.find(({ term }: { term: string }) => term === "sd__(Intercept)");
    // confint(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), family = binomial)) of lme4 1.1-31
    expect(sd.conf_low).toBeCloseTo(0.3460732, 4);
    expect(sd.conf_high).toBeCloseTo(1.09997465, 3);
    expect(sd.ci).toBe("profile");
    const ask = ["average", ...declared, "--by", "period", "--estimand", "population", "--json"];
    const wald = JSON.parse((await runHere(ask)).stdout).average[0];
    const profiled = JSON.parse((await runHere([...ask, "--ci", "profile"])).stdout).average[0];
    expect(profiled.estimate).toBe(wald.estimate);
    expect(profiled.conf_high).not.toBeCloseTo(wald.conf_high, 3);
  });

  it("is one of its methods", async () => {
    const { stderr, status } = await runHere(["fit", ...declared, "--ci", "profil"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Use wald, profile or auto.");
  });
});
