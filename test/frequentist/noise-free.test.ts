/** @module-tag slow */
import { describe, expect, it } from "vitest";
import { ml, model, reml } from "../../src/index.ts";
import { createRng } from "../../src/public/engines.ts";
import { corAR1, varIdent } from "../../src/public/residual.ts";

const rng = createRng("hardly any noise");
const GROUPS = 8;
const SIZE = 5;
const n = GROUPS * SIZE;
const group = Array.from({ length: n }, (_, i) => Math.floor(i / SIZE));
const g = group.map((j) => `g${j}`);
const h = group.map((_, i) => `h${i % 2}`);
const c = group.map((_, i) => `c${i % SIZE}`);
const normals = (count: number) => Array.from({ length: count }, () => rng.normal());
const x = normals(n);
const e = normals(n);
const ofGroup = normals(GROUPS);
const slopeOf = normals(GROUPS);
const ofClass = normals(2 * GROUPS);
const ofColumn = normals(SIZE);

const sum = (values: readonly number[]) => values.reduce((s, v) => s + v, 0);
const row = (
  fit: { tidy(): { term: string; group: string | null; estimate: number; std_error: number | null }[] },
  term: string,
  of?: string,
) => fit.tidy().find((r) => r.term === term && (of === undefined || r.group === of))!;

/** The residual of y after x and the means of its groups, exactly as least squares has it, from centred doubles. */
function within(y: readonly number[]): { slope: number; squares: number; means: number[]; xMeans: number[] } {
  const mean = (v: readonly number[], j: number) => sum(v.filter((_, i) => group[i] === j)) / SIZE;
  const means = ofGroup.map((_, j) => mean(y, j));
  const xMeans = ofGroup.map((_, j) => mean(x, j));
  const dy = y.map((v, i) => v - means[group[i]!]!);
  const dx = x.map((v, i) => v - xMeans[group[i]!]!);
  const slope = sum(dx.map((v, i) => v * dy[i]!)) / sum(dx.map((v) => v * v));
  return { slope, squares: sum(dy.map((v, i) => (v - slope * dx[i]!) ** 2)), means, xMeans };
}

describe("responses with hardly any noise", () => {
  it.each([1e-3, 1e-6, 1e-9, 1e-12])("with noise of %d have the limit's estimates and errors", async (ratio) => {
    const y = x.map((v, i) => 2 + 3 * v + ofGroup[group[i]!]! + ratio * e[i]!);
    for (const method of [ml(), reml()]) {
      const fit = await model({ y, x, g }).formula("y ~ x + (1 | g)").fit(method);
      const restricted = method.kind === "reml";
      const { slope, squares, means, xMeans } = within(y);
      // the means of groups less the slope's part are N(intercept, τ²), but for σ²/SIZE
      const levels = means.map((v, j) => v - slope * xMeans[j]!);
      const intercept = sum(levels) / GROUPS;
      const between = sum(levels.map((v) => (v - intercept) ** 2));
      const sigma = Math.sqrt(squares / (n - GROUPS - (restricted ? 1 : 0)));
      const tau = Math.sqrt(between / (GROUPS - (restricted ? 1 : 0)));
      const near = 20 * ratio + 1e-9;
      expect(fit.verdict.code).toBe("converged");
      expect(Math.abs(row(fit, "x").estimate - slope)).toBeLessThan(ratio * near + 1e-15);
      expect(Math.abs(row(fit, "(Intercept)").estimate - intercept)).toBeLessThan(near);
      expect(Math.abs(row(fit, "sd__(Intercept)").estimate / tau - 1)).toBeLessThan(near + 1e-6);
      // at 1e-12 the response itself is stored to four digits of its noise
      expect(Math.abs(row(fit, "sd__Observation").estimate / sigma - 1)).toBeLessThan(1e-5 + (1e-15 / ratio) * 2);
      expect(row(fit, "(Intercept)").std_error! / (tau / Math.sqrt(GROUPS))).toBeCloseTo(1, 3);
      expect(row(fit, "sd__Observation").std_error! / (sigma / Math.sqrt(2 * (n - GROUPS - 1)))).toBeCloseTo(1, 1);
      expect(fit.warnings.some(({ code }) => code === "nearly-exact-response")).toBe(ratio < 1e-8);
    }
  });

  const effects: Record<string, (i: number) => number> = {
    "y ~ x + (x | g)": (i) => ofGroup[group[i]!]! + 0.5 * slopeOf[group[i]!]! * x[i]!,
    "y ~ x + (1 | g / h)": (i) => ofGroup[group[i]!]! + 0.5 * ofClass[2 * group[i]! + (i % 2)]!,
    "y ~ x + (1 | g) + (1 | c)": (i) => ofGroup[group[i]!]! + ofColumn[i % SIZE]!,
    "y ~ x + (x || g)": (i) => ofGroup[group[i]!]! + 0.5 * slopeOf[group[i]!]! * x[i]!,
  };
  it.each(Object.keys(effects))("%s goes to its limit smoothly, and with it the log-likelihood", async (formula) => {
    const fitAt = (ratio: number) =>
      model({ y: x.map((v, i) => 2 + 3 * v + effects[formula]!(i) + ratio * e[i]!), x, g, h, c })
        .formula(formula)
        .fit(reml());
    const fits = await Promise.all([1e-3, 1e-6, 1e-11].map(fitAt));
    const [first, second, third] = fits;
    second!.tidy().forEach((of, k) => {
      if (of.term === "sd__Observation") return;
      const scale = Math.max(1, Math.abs(of.estimate));
      expect(Math.abs(third!.tidy()[k]!.estimate - of.estimate)).toBeLessThan(3e-5 * scale);
      expect(Math.abs(first!.tidy()[k]!.estimate - of.estimate)).toBeLessThan(0.03 * scale);
    });
    const noise = (fit: (typeof fits)[0]) => row(fit, "sd__Observation").estimate;
    expect(noise(third!) / noise(second!) / 1e-5).toBeCloseTo(1, 3);
    // each decade of noise adds the same: (n − number of fitted dimensions) log 10
    const slope = (third!.logLik - second!.logLik) / Math.log(1e5);
    expect(slope).toBeCloseTo(Math.round(slope), 4);
    expect((second!.logLik - first!.logLik) / Math.log(1e3)).toBeCloseTo(Math.round(slope), 1);
    for (const fit of fits)
      for (const { estimate, std_error } of fit.ranef()) expect(Number.isFinite(estimate + std_error)).toBe(true);
    const fitted = third!.fitted();
    const y = x.map((v, i) => 2 + 3 * v + effects[formula]!(i) + 1e-11 * e[i]!);
    expect(Math.max(...fitted.map((value, i) => Math.abs(value - y[i]!)))).toBeLessThan(1e-10);
  });

  it("keeps variance functions and correlations of the residuals, however small these are", async () => {
    const t = group.map((_, i) => i % SIZE);
    const s = group.map((_, i) => (i % 2 ? "u" : "v"));
    const fits = await Promise.all(
      [1e-5, 1e-11].map((ratio) =>
        model({ y: x.map((v, i) => 2 + 3 * v + ofGroup[group[i]!]! + (i % 2 ? 2 : 1) * ratio * e[i]!), x, g, t, s })
          .formula("y ~ x + (1 | g)")
          .residual({ variance: varIdent("s"), correlation: corAR1("t | g") })
          .fit(reml()),
      ),
    );
    const [some, hardly] = fits.map((fit) => fit.tidy());
    some!.forEach((of, k) => {
      const unit = of.term === "sd__Observation" ? 1e-6 : 1;
      if (of.term === "x") return;
      expect(hardly![k]!.estimate / (unit * of.estimate)).toBeCloseTo(1, 2);
      expect(Math.abs(hardly![k]!.std_error! / (unit * of.std_error!) - 1)).toBeLessThan(0.05);
    });
    for (const fit of fits) expect(fit.verdict.code).toBe("converged");
  });

  it("says that the residual variance is zero to rounding where it is", async () => {
    const level = [12, 15, 11, 19, 14, 13, 16, 18];
    const z = group.map((j) => j % 3);
    const table = { y: group.map((j) => level[j]!), z, g };
    const zs = level.map((_, j) => j % 3);
    for (const method of [ml(), reml()]) {
      const fit = await model(table).formula("y ~ z + (1 | g)").fit(method);
      const [mz, my] = [sum(zs) / GROUPS, sum(level) / GROUPS];
      const szz = sum(zs.map((v) => (v - mz) ** 2));
      const slope = sum(zs.map((v, j) => (v - mz) * (level[j]! - my))) / szz;
      const residual = sum(zs.map((v, j) => (level[j]! - my - slope * (v - mz)) ** 2));
      const tau2 = residual / (GROUPS - (method.kind === "reml" ? 2 : 0));
      expect(row(fit, "z").estimate).toBeCloseTo(slope, 9);
      expect(row(fit, "z").std_error!).toBeCloseTo(Math.sqrt(tau2 / szz), 4);
      expect(row(fit, "sd__(Intercept)").estimate).toBeCloseTo(Math.sqrt(tau2), 4);
      expect(fit.verdict.code).toBe("boundary");
      expect(fit.verdict.reason).toMatch(/residual variance is zero to rounding/);
      expect(fit.warnings.map(({ code }) => code)).toContain("residual-variance-zero");
    }
  });

  it.each([
    ["a constant", "y ~ x + (1 | g)", g.map(() => 3), /is 3 in every row/],
    ["zeros", "y ~ x", g.map(() => 0), /is 0 in every row/],
    ["a line", "y ~ x + (1 | g)", x.map((v) => 0.1 * v + 0.7), /fit the response exactly/],
  ])("has one sentence for %s and no NaN", async (_, formula, y, sentence) => {
    for (const method of [ml(), reml()]) {
      const fit = await model({ y, x, g }).formula(formula).fit(method);
      expect(fit.verdict.code).toBe("boundary");
      expect(fit.verdict.reason).toMatch(sentence);
      expect(fit.tidy().every(({ estimate }) => Number.isFinite(estimate))).toBe(true);
      expect(Number.isFinite(fit.logLik)).toBe(true);
    }
  });

  it("has one sentence for as many coefficients as rows, and no NaN", async () => {
    const table = { y: [3, 1, 2, 5, 4, 3], f: [..."uvwpqr"], g: [..."aabbcc"] };
    for (const formula of ["y ~ f", "y ~ f + (1 | g)"])
      for (const method of [ml(), reml()]) {
        const fit = await model(table).formula(formula).fit(method);
        expect(fit.verdict.reason).toMatch(/6 coefficients for 6 rows: it is saturated/);
        expect(fit.tidy().every(({ estimate }) => Number.isFinite(estimate))).toBe(true);
        expect(row(fit, "fq").estimate).toBeCloseTo(-1, 12);
        expect(
          fit
            .tidy()
            .flatMap((of) => Object.values(of))
            .some(Number.isNaN),
        ).toBe(false);
      }
  });
});

describe("a stratum that is fitted exactly", () => {
  const y = x.map((v, i) => 2 + v + e[i]!);
  it("has no maximum where one row has a variance of its own", async () => {
    for (const special of [0, 7]) {
      const s = y.map((_, i) => (i === special ? "alone" : "others"));
      const fit = await model({ y, x, s })
        .formula("y ~ x")
        .residual({ variance: varIdent("s") })
        .fit(ml());
      expect(fit.verdict.code).toBe("not identified");
      expect(fit.verdict.reason).toMatch(/variance of 'alone' rests on one row/);
    }
  });
});
