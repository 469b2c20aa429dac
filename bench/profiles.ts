/**
 * Profile intervals of all parameters beside lme4's `confint(method = "profile")` in the same run: `ratio` is lme4's time over ours, which has the fit in
 * it too. `low` and `high` are of the first standard deviation, on both sides.
 *
 * Run: npx tsx bench/profiles.ts [sleepstudy cbpp]
 */
import type { MaximumLikelihood } from "../src/index.ts";
import { library, readTable } from "./library.ts";
import { report, time } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { confint, laplace, model, reml } = library;
const wanted = process.argv.slice(2);
const chosen = wanted.length > 0 ? wanted : ["sleepstudy", "cbpp"];
const data = (name: string) => new URL(`../examples/data/${name}.csv`, import.meta.url);
const peers = runPeer("profiles.R", chosen) ?? [];

async function bench(id: string, fit: () => Promise<MaximumLikelihood>): Promise<void> {
  let last: import("../src/effects/confint.ts").ConfidenceIntervals | undefined;
  const timing = await time(
    async () => {
      last = confint(await fit(), { likelihood: "ml" });
    },
    15,
    5,
  );
  const { conf_low: low, conf_high: high } = last!.rows.find(({ term }) => term === "sd__(Intercept)")!;
  const peer = peers.find((line) => line.id === id);
  const ratio = peer && { peer, ratio: (peer["medianSeconds"] as number) / timing.medianSeconds };
  report({ id, ...timing, low, high, ...ratio });
}

if (chosen.includes("sleepstudy")) {
  const sleepstudy = await readTable(data("sleepstudy"));
  await bench("sleepstudy-profile", () => model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit(reml()));
}
if (chosen.includes("cbpp")) {
  const cbpp = await readTable(data("cbpp"));
  await bench("cbpp-profile", () =>
    model(cbpp)
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .factor("period", [1, 2, 3, 4])
      .family({ name: "binomial" })
      .fit(laplace()),
  );
}
