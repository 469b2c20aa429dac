import { describe, expect, test } from "vitest";
import type { FitProgress } from "../../src/frequentist/progress.ts";
import { gee, model, poisson } from "../../src/index.ts";
import { fitModel } from "../../src/public/engines.ts";
import { exchangeable } from "../../src/public/gee.ts";
import { bernoulli, clustered } from "./support.ts";

const data = clustered("progress", 8, 12, { beta: [0.3, 0.5, -0.4], sd: 0.7, slopeSd: 0.4 }, (eta, rng) => {
  return eta + rng.normal();
});
const table = {
  ...data,
  yes: clustered("yes", 8, 12, { beta: [0.3, 0.5, -0.4], sd: 0.7 }, bernoulli).y,
  count: data.y.map((y) => Math.max(0, Math.round(Math.exp(y / 2)))),
  h: data.x.map((_, i) => `h${i % 5}`),
  dose: data.x.map((x) => 1 + Math.abs(x)),
  decay: data.x.map((x, i) => 3 * Math.exp(-0.5 * (1 + Math.abs(x))) + 0.1 * data.y[i]!),
};
const declare = (formula: string, family = "gaussian") => model(table).formula(formula).family({ name: family });

const FITS = {
  REML: { fit: declare("y ~ x + (x | g)"), method: "reml", label: "REML" },
  "maximum likelihood": { fit: declare("y ~ x + (1 | g) + (1 | h)"), method: "ml", label: "ML" },
  "a residual structure": {
    fit: model(table).formula("y ~ x").residual({ correlation: "corAR1(~ 1 | g)" }),
    method: "ml",
    label: "ML",
  },
  Laplace: { fit: declare("count ~ x + (1 | g)", "poisson"), method: "laplace", label: "Laplace" },
  "Laplace with crossed factors": {
    fit: declare("yes ~ x + (1 | g) + (1 | h)", "binomial"),
    method: "auto",
    label: "Laplace",
  },
  quadrature: { fit: declare("yes ~ x + (1 | g)", "binomial"), method: "agq:7", label: "AGQ 7" },
  "a limiting family": { fit: declare("count ~ x + (1 | g)", "nbinom2"), method: "laplace", label: "Laplace" },
  "a fit without random effects": { fit: declare("count ~ x", "poisson"), method: "ml", label: "ML" },
  "penalised quasi-likelihood": { fit: declare("yes ~ x + (1 | g)", "binomial"), method: "pql", label: null },
  "Lindstrom & Bates": {
    fit: model(table)
      .response("decay")
      .mean("A * exp(-k * dose)", { parameters: { A: "~ 1 + (1 | g)", k: "~ 1" }, start: { A: 3, k: 0.5 } }),
    method: "lindstromBates",
    label: null,
  },
  "estimating equations": {
    fit: declare("yes ~ x", "binomial"),
    method: gee({ id: "g", correlation: exchangeable() }),
    label: null,
  },
} as const;

type AnyFit = { tidy(): unknown; readonly evaluations?: number; readonly logLik?: number };
type Options = { signal?: AbortSignal; onProgress?: (progress: FitProgress) => void };
const fitBy = (name: keyof typeof FITS, options?: Options): Promise<AnyFit> => {
  const { fit, method } = FITS[name];
  return (fit as { fit(method: unknown, options?: Options): Promise<AnyFit> }).fit(method, options);
};

describe.each(Object.keys(FITS) as (keyof typeof FITS)[])("%s", (name) => {
  test("tells how far it is and ends at the same bits", async () => {
    const events: FitProgress[] = [];
    const watched = await fitBy(name, { onProgress: (progress) => events.push(progress) });
    const plain = await fitBy(name);
    expect(watched.tidy()).toEqual(plain.tidy());
    expect(watched.evaluations).toBe(plain.evaluations);
    const last = events.at(-1)!;
    expect(last.method).toBe(FITS[name].label);
    events.slice(1).forEach((now, i) => {
      const before = events[i]!;
      expect(now.evaluations).toBeGreaterThanOrEqual(before.evaluations);
      if (now.method !== null && now.method === before.method && before.logLik !== null)
        expect(now.logLik).toBeGreaterThanOrEqual(before.logLik);
    });
    if (last.method === null) expect(last).toMatchObject({ logLik: null, iteration: expect.any(Number) });
    else expect(Math.abs(last.logLik! - watched.logLik!)).toBeLessThan(1e-6);
  });

  test("stops mid-way with the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error("the user left");
    const events: FitProgress[] = [];
    const work = fitBy(name, {
      signal: controller.signal,
      onProgress(progress) {
        events.push(progress);
        if (events.length === 1) controller.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(events).toHaveLength(1);
  });
});

test("names the starts it searches from", async () => {
  const events: FitProgress[] = [];
  const fit = await declare("y ~ x + (x | g)").fit("reml", { onProgress: (progress) => events.push(progress) });
  const told = new Set(events.map(({ start }) => start));
  for (const { start } of fit.starts) expect(told).toContain(start);
});

test("a timer ends a fit that is under way", async () => {
  const rows = 400;
  const long = model({
    y: Array.from({ length: rows }, (_, i) => (i * 7919) % 11),
    x: Array.from({ length: rows }, (_, i) => Math.sin(i)),
    g: Array.from({ length: rows }, (_, i) => i % 40),
    h: Array.from({ length: rows }, (_, i) => (i * 31) % 37),
  })
    .formula("y ~ x + (x | g) + (x | h)")
    .family(poisson());
  const reason = new Error("time is up");
  const controller = new AbortController();
  let last: FitProgress | undefined;
  const work = long.fit("laplace", {
    signal: controller.signal,
    onProgress(progress) {
      if (progress.phase === "search" && last === undefined) setTimeout(() => controller.abort(reason), 0);
      last = progress;
    },
  });
  await expect(work).rejects.toBe(reason);
  expect(last!.logLik).not.toBeNull();
});

test("what onProgress throws ends the fit; fitModel calls it too, without a pause", async () => {
  const declared = declare("y ~ x + (1 | g)");
  const fault = new Error("no more");
  const onProgress = () => {
    throw fault;
  };
  await expect(declared.fit("ml", { onProgress })).rejects.toBe(fault);
  const phases: string[] = [];
  fitModel(declared.compile(), "ml", { onProgress: ({ phase }) => phases.push(phase) });
  expect(phases).toContain("search");
  await expect(declared.fit("ml", { onProgress: "yes" as never })).rejects.toThrow("onProgress");
});
