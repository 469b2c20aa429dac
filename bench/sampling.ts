/**
 * Sampling sleepstudy and cbpp: effective draws a gradient and a second (smallest bulk ESS over fixed effects and variance parameters;
 * seconds include warm-up and finding the mode), integrated and joint target, beside rstanarm in the same run where R has it.
 *
 * Run: npx tsx bench/sampling.ts
 */
import type { Model } from "../src/index.ts";
import { library, readTable } from "./library.ts";
import { report } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { binomial, halfNormal, lkj, model, normal, nuts } = library;
const data = (name: string) => new URL(`../examples/data/${name}.csv`, import.meta.url);
const sleepstudy = model(await readTable(data("sleepstudy")))
  .formula("Reaction ~ Days + (Days | Subject)")
  .prior("fixed:(Intercept)", normal(250, 100))
  .prior("fixed:Days", normal(0, 50))
  .prior("sd:Subject.(Intercept)", halfNormal(100))
  .prior("sd:Subject.Days", halfNormal(50))
  .prior("cor:Subject", lkj(2))
  .prior("sigma", halfNormal(100));
const cbpp = model(await readTable(data("cbpp")))
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .factor("period", [1, 2, 3, 4])
  .family(binomial())
  .prior("fixed", normal(0, 2.5))
  .prior("sd", halfNormal(1));

async function bench(id: string, declaration: Model, target: "integrated" | "joint") {
  await declaration.sample(nuts({ target, seed: "warm", draws: 200, warmup: 200 }));
  const start = performance.now();
  const fit = await declaration.sample(nuts({ target, seed: 1 }));
  const seconds = (performance.now() - start) / 1000;
  const minEssBulk = Math.min(...fit.tidy().map((row) => row.ess_bulk!));
  const gradients = fit.diagnostics.gradients.sampling.reduce((sum, count) => sum + count, 0);
  const peer = target === "integrated" ? peers.find((line) => line.id === id) : undefined;
  report({
    id,
    target,
    method: fit.method,
    seconds,
    minEssBulk,
    essPerSecond: minEssBulk / seconds,
    gradients,
    essPerGradient: minEssBulk / gradients,
    ...(peer && { peer, ratio: minEssBulk / seconds / (peer["essPerSecond"] as number) }),
  });
}

const peers = runPeer("sampling.R") ?? [];
for (const target of ["integrated", "joint"] as const) {
  await bench("sleepstudy-nuts", sleepstudy, target);
  await bench("cbpp-nuts", cbpp, target);
}
