/** @module-tag slow */
import { describe, expect, it } from "vitest";
import { agq, laplace, ml, model, poisson, reml } from "../../src/index.ts";
import { createRng } from "../../src/random/rng.ts";
import { bernoulli, clustered } from "./support.ts";

describe("the verdict on a fit", () => {
  it("is converged in the interior, with what a Newton step still promises", async () => {
    const data = clustered("interior", 30, 6, { beta: [0, 1, 0.5], sd: 1 }, (eta, rng) => eta + rng.normal());
    const fit = await model(data).formula("y ~ x + z + (1 | g)").fit();
    expect(fit.verdict.code).toBe("converged");
    expect(fit.verdict.reason).toMatch(/Newton step/);
    expect(fit.glance()).toMatchObject({ converged: true, singular: false, method: "REML" });
  });

  it("is boundary where a variance is exactly 0, and says which", async () => {
    // alternating signs within groups make group means agree more than chance
    const y = Array.from({ length: 40 }, (_, i) => (i % 2 ? 1 : -1) + 0.01 * ((i * 7) % 5));
    const g = Array.from({ length: 40 }, (_, i) => `g${Math.floor(i / 4)}`);
    for (const method of [reml(), ml()]) {
      const fit = await model({ y, g }).formula("y ~ 1 + (1 | g)").fit(method);
      expect(fit.verdict.code).toBe("boundary");
      expect(fit.verdict.reason).toContain("'(Intercept)' between levels of 'g' is estimated as exactly 0");
      const sd = fit.tidy().find((row) => row.term === "sd__(Intercept)")!;
      expect(sd.estimate).toBe(0);
      expect(fit.glance().singular).toBe(true);
      expect(Number.isFinite(fit.logLik)).toBe(true);
      expect(fit.warnings.map(({ code }) => code)).toContain("boundary");
    }
  });

  it("is boundary by quadrature too, of one parameter of a nonlinear mean", async () => {
    const rng = createRng("decay");
    const x: number[] = [];
    const y: number[] = [];
    const g: string[] = [];
    for (let k = 0; k < 6; k++) {
      const height = 10 + 2 * rng.normal();
      for (let t = 0; t < 4; t += 0.5) {
        x.push(t);
        y.push(height * Math.exp(-0.6 * t) + 0.4 * rng.normal());
        g.push(`g${k}`);
      }
    }
    const declared = model({ x, y, g })
      .response("y")
      .mean("A * exp(-exp(lrc) * x)", {
        parameters: { A: "~ 1", lrc: "~ 1" },
        random: "A + lrc ~ 1 || g",
        start: { A: 10, lrc: -0.5 },
      });
    for (const method of [laplace(), agq(7)]) {
      const fit = await declared.fit(method);
      expect(fit.verdict.code).toBe("boundary");
      expect(fit.tidy().find(({ term }) => term === "sd__lrc")!.estimate).toBe(0);
    }
  });

  it("is not identified where the range of a correlation leaves the data behind", async () => {
    // a random walk: its correlation falls along a straight line, which corExp reaches as range and sd grow without bound
    const rng = createRng("roam");
    let at = 0;
    const y = Array.from({ length: 60 }, () => (at += rng.normal()));
    const t = y.map((_, i) => i);
    const fit = await model({ y, t }).formula("y ~ 1").residual({ correlation: "corExp(~ t)" }).fit(reml());
    expect(fit.verdict.code).toBe("not identified");
    expect(fit.verdict.reason).toMatch(/keeps rising as corExp.range grows: .* farther apart than 59/);
    const steady = await model({ y: y.map((value, i) => value - (y[i - 1] ?? 0)), t })
      .formula("y ~ 1")
      .residual({ correlation: "corExp(~ t)" })
      .fit(reml());
    expect(steady.verdict.code).not.toBe("not identified");
  });

  it("is boundary where a correlation is ±1, and names the direction that does not vary", async () => {
    const data = clustered("line", 12, 8, { beta: [0, 0, 0], sd: 0 }, () => 0);
    // intercept and slope of a group are proportional: one direction only
    const y = data.y.map(
      (_, i) => (1 + 2 * data.x[i]!) * Math.sin(3 * Number(data.g[i]!.slice(1))) + 0.3 * Math.cos(17 * i),
    );
    const fit = await model({ ...data, y })
      .formula("y ~ x + (x | g)")
      .fit();
    const correlation = fit.tidy().find((row) => row.term === "cor__(Intercept).x")!;
    expect(correlation.estimate).toBe(1);
    expect(fit.verdict.code).toBe("boundary");
    expect(fit.verdict.reason).toMatch(
      /^The covariance matrix of 'g' is singular: the combination .*\(Intercept\).* x does not vary/,
    );
    expect(Number.isFinite(fit.logLik)).toBe(true);
  });

  it("suspects separation where a column predicts a binary response perfectly", async () => {
    const data = clustered("separated", 25, 4, { beta: [0, 0, 0], sd: 0.5 }, bernoulli);
    const y = data.y.map((value, i) => (data.z[i] === 1 ? 1 : value));
    const fit = await model({ ...data, y })
      .formula("y ~ x + z + (1 | g)")
      .family({ name: "binomial" })
      .fit(laplace());
    expect(fit.verdict.code).toBe("separation");
    expect(fit.verdict.reason).toContain("'z'");
    expect(fit.warnings.map(({ code }) => code)).toContain("separation");
  });

  it("does not cry separation over a large but finite effect", async () => {
    const data = clustered("steep", 60, 10, { beta: [-2, 3, 1], sd: 1 }, bernoulli);
    const fit = await model(data).formula("y ~ x + z + (1 | g)").family({ name: "binomial" }).fit(agq(9));
    expect(fit.verdict.code).toBe("converged");
  });

  it("fits a model without random effects like a generalised linear model", async () => {
    const y = [2, 3, 6, 7, 8, 9, 10, 12, 15];
    const x = [-1, -1, 0, 0, 0, 0, 1, 1, 1];
    // R 4.2.2: glm(y ~ x, poisson): 1.8892720, 0.6697856, logLik -18.52592507 (Dobson's example)
    const fit = await model({ y, x }).formula("y ~ x").family(poisson()).fit();
    const [intercept, slope] = fit.tidy();
    expect(fit.logLik).toBeCloseTo(-18.52592507, 7);
    expect(intercept!.estimate).toBeCloseTo(1.889272, 6);
    expect(intercept!.std_error).toBeCloseTo(0.1421, 4);
    expect(slope!.estimate).toBeCloseTo(0.6697856, 6);
    expect(slope!.std_error).toBeCloseTo(0.1787, 4);
  });
});
