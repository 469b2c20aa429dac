/**
 * Whole fits (declaration to coefficient table) beside lme4's in the same run, where R has it: `ratio` is lme4's median time over ours.
 *
 * Run: npx tsx bench/fits.ts [sleepstudy cbpp verbagg insteval]
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MaximumLikelihood } from "../src/index.ts";
import { library, readTable } from "./library.ts";
import { report, time } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { agq, laplace, ml, model, reml } = library;
const wanted = process.argv.slice(2);
const chosen = wanted.length > 0 ? wanted : ["sleepstudy", "cbpp", "verbagg", "insteval"];
const data = (name: string) => new URL(`../examples/data/${name}.csv`, import.meta.url);

async function bench(id: string, fit: () => Promise<MaximumLikelihood>, runs: number, warmup: number): Promise<void> {
  let last: MaximumLikelihood | undefined;
  const timing = await time(
    async () => {
      last = await fit();
      return last.glance();
    },
    runs,
    warmup,
  );
  ours.set(id, { ...timing, logLik: last!.logLik, evaluations: last!.evaluations });
}

const ours = new Map<string, Record<string, number>>();
const peers = runPeer("fits.R", chosen) ?? [];

if (chosen.includes("sleepstudy")) {
  const sleepstudy = await readTable(data("sleepstudy"));
  await bench(
    "sleepstudy-reml",
    () => model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit(reml()),
    200,
    50,
  );
}
if (chosen.includes("cbpp")) {
  const cbpp = await readTable(data("cbpp"));
  const herds = () =>
    model(cbpp)
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .factor("period", [1, 2, 3, 4])
      .family({ name: "binomial" });
  await bench("cbpp-laplace", () => herds().fit(laplace()), 100, 30);
  await bench("cbpp-agq25", () => herds().fit(agq(25)), 100, 30);
}
if (chosen.includes("verbagg") || chosen.includes("insteval")) {
  const folder = mkdtempSync(join(tmpdir(), "marginalia-bench-"));
  if (runPeer("tables.R", [folder])) {
    if (chosen.includes("verbagg")) {
      const verbagg = await readTable(join(folder, "VerbAgg.csv"));
      const formula = "r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)";
      const answers = model(verbagg)
        .formula(formula)
        .factor("btype", ["curse", "scold", "shout"])
        .factor("situ", ["other", "self"]);
      await bench("verbagg-laplace", () => answers.family({ name: "binomial" }).fit(laplace()), 3, 1);
    }
    if (chosen.includes("insteval")) {
      const ratings = await readTable(join(folder, "InstEval.csv"));
      await bench(
        "insteval-ml",
        () => model(ratings).formula("y ~ service + (1 | s) + (1 | d) + (1 | dept:service)").fit(ml()),
        1,
        0,
      );
    }
  }
}
for (const [id, timing] of ours) {
  const peer = peers.find((line) => line.id === id);
  report({ id, ...timing, ...(peer && { peer, ratio: (peer["medianSeconds"] as number) / timing["medianSeconds"]! }) });
}
