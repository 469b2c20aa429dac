/**
 * Gibbs sampling beside JAGS: the same models, priors, chains, warm-up and draws, one thread, in the same run. Effective draws a second are the
 * smallest (and the median) bulk ESS over fixed effects and variance parameters by all processor seconds, preparation, warm-up and summaries (R-hat, ESS)
 * included, after a run that gives the engine its compiled code; `unsummarised` is the ratio of the smallest where JAGS is given its summaries, but not our side.
 *
 * Run from the project's folder: npx tsx bench/validation/gibbs-jags.ts [id …]
 */
import type { ColumnTable } from "arquero";
import { gibbs, type Model, model } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";
import { gamma, halfNormal, halfStudentT, inverseGammaVariance, lkj, normal } from "../../src/public/priors.ts";
import { report } from "../measure.ts";
import { runPeer } from "../peers.ts";

const table = (name: string) =>
  readTable<ColumnTable>(new URL(`../../test/fixtures/reference/${name}.csv`, import.meta.url));
const cbpp = model(await table("cbpp"))
  .formula("cbind(incidence, size - incidence) ~ period + (1 | herd)")
  .factor("period", [1, 2, 3, 4])
  .prior("fixed", normal(0, 2.5))
  .prior("sd", halfNormal(1));
const epil = model(await table("epil"))
  .formula("y ~ lbase * trt + lage + V4 + (1 | subject)")
  .prior("fixed", normal(0, 2.5))
  .prior("fixed:(Intercept)", normal(0, 5))
  .prior("sd", halfStudentT(3, 2.5));
const bacteria = await table("bacteria");
const MODELS: Readonly<Record<string, Model>> = {
  "dyestuff-inverse-gamma": model(await table("Dyestuff"))
    .formula("Yield ~ 1 + (1 | Batch)")
    .prior("fixed", normal(1500, 1000))
    .prior("sd", inverseGammaVariance(2, 2000))
    .prior("sigma", inverseGammaVariance(2, 2000)),
  "dyestuff-half-normal": model(await table("Dyestuff"))
    .formula("Yield ~ 1 + (1 | Batch)")
    .prior("fixed", normal(1500, 1000))
    .prior("sd", halfNormal(50))
    .prior("sigma", halfNormal(100)),
  "penicillin-crossed": model(await table("Penicillin"))
    .formula("diameter ~ 1 + (1 | plate) + (1 | sample)")
    .prior("fixed", normal(23, 10))
    .prior("sd", halfNormal(3))
    .prior("sigma", halfNormal(2)),
  "sleepstudy-lkj": model(await table("sleepstudy"))
    .formula("Reaction ~ Days + (Days | Subject)")
    .prior("fixed:(Intercept)", normal(250, 100))
    .prior("fixed:Days", normal(0, 50))
    .prior("sd:Subject.(Intercept)", halfNormal(100))
    .prior("sd:Subject.Days", halfNormal(50))
    .prior("cor:Subject", lkj(2))
    .prior("sigma", halfNormal(100)),
  "cbpp-logit": cbpp.family({ name: "binomial" }),
  "cbpp-probit": cbpp.family({ name: "binomial", link: "probit" }),
  "epil-poisson": epil.family({ name: "poisson" }),
  "epil-nbinom": epil.family({ name: "nbinom2" }).prior("aux", gamma(2, 0.2)),
  "bacteria-logit": model(bacteria.derive({ late: "d => d.week > 2 ? 1 : 0" } as never))
    .formula("y ~ trt + late + (1 | ID)")
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(2)),
  "wine-ordinal-probit": model(await readTable<ColumnTable>(new URL("../../examples/data/wine.csv", import.meta.url)))
    .formula("rating ~ temp + contact + (1 | judge)")
    .family({ name: "cumulative", link: "probit" })
    .prior("fixed", normal(0, 2))
    .prior("threshold", normal(0, 3))
    .prior("sd", halfNormal(1)),
};

const wanted = process.argv.slice(2);
const peers = runPeer("gibbs.R", wanted) ?? [];
for (const [id, declared] of Object.entries(MODELS)) {
  if (wanted.length > 0 && !wanted.includes(id)) continue;
  await declared.sample(gibbs({ seed: "warm", warmup: 500, draws: 2000 }));
  const start = performance.now();
  const before = process.cpuUsage();
  const fit = await declared.sample(gibbs({ seed: 1, warmup: 500, draws: 2000 }));
  const used = process.cpuUsage(before);
  const elapsed = (performance.now() - start) / 1000;
  const seconds = (used.user + used.system) / 1e6;
  const rows = fit.tidy();
  const ess = rows.map((row) => row.ess_bulk!).sort((a, b) => a - b);
  const minEssBulk = ess[0]!;
  const medianEssBulk = (ess[Math.floor((ess.length - 1) / 2)]! + ess[Math.floor(ess.length / 2)]!) / 2;
  const peer = peers.find((line) => line.id === id) as Record<string, number> | undefined;
  const peerSeconds = peer ? peer["seconds"]! + peer["summarySeconds"]! : Number.NaN;
  report({
    id,
    method: fit.method,
    seconds,
    elapsed,
    minEssBulk,
    medianEssBulk,
    essPerSecond: minEssBulk / seconds,
    means: Object.fromEntries(rows.map(({ term, estimate }) => [term, estimate])),
    ...(peer && {
      peer,
      ratio: minEssBulk / seconds / (peer["minEssBulk"]! / peerSeconds),
      medianRatio: medianEssBulk / seconds / (peer["medianEssBulk"]! / peerSeconds),
      unsummarised: minEssBulk / seconds / (peer["minEssBulk"]! / peer["seconds"]!),
    }),
  });
}
