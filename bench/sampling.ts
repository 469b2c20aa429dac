/**
 * Sampling sleepstudy and cbpp: effective draws a gradient and a second (smallest bulk ESS over fixed effects and variance parameters),
 * integrated and joint target, beside rstanarm in the same run where R has it. Seconds are of processor time, as rstan's own are, which
 * other work on the machine disturbs less than a clock's; ours include finding the mode, compiling and summaries, rstan's chains only.
 *
 * Run: npx tsx bench/sampling.ts
 */
import type { Model } from "../src/index.ts";
import { library, readTable } from "./library.ts";
import { report } from "./measure.ts";
import { cbpp as cbppModel, sleepstudy as sleepstudyModel } from "./models.ts";
import { runPeer } from "./peers.ts";

const { nuts } = library;
const sleepstudy = await sleepstudyModel(library, readTable);
const cbpp = await cbppModel(library, readTable);

async function bench(id: string, declaration: Model, target: "integrated" | "joint") {
  await declaration.sample(nuts({ target, seed: "warm", draws: 200, warmup: 200 }));
  const start = process.cpuUsage();
  const fit = await declaration.sample(nuts({ target, seed: 1 }));
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
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
