/**
 * Parametric bootstrap refits of cbpp by Laplace beside lme4's `bootMer` in the same run: `ratio` is bootMer's processor time a refit over ours.
 *
 * Run: npx tsx bench/bootstrap.ts
 */
import { library, readTable } from "./library.ts";
import { report } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { bootstrap, laplace, model } = library;
const DRAWS = 1000;
const cbpp = await readTable(new URL("../examples/data/cbpp.csv", import.meta.url));
const fit = await model(cbpp)
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .factor("period", [1, 2, 3, 4])
  .family({ name: "binomial" })
  .fit(laplace());
bootstrap(fit, { kind: "parametric", draws: 200, seed: "warm" });
const before = process.cpuUsage();
const boot = bootstrap(fit, { kind: "parametric", draws: DRAWS });
const used = process.cpuUsage(before);
const secondsARefit = (used.user + used.system) / 1e6 / DRAWS;
const peer = runPeer("bootstrap.R")?.find(({ id }) => id === "cbpp-bootmer");
report({
  id: "cbpp-parametric-bootstrap",
  draws: DRAWS,
  failures: boot.failures.length,
  secondsARefit,
  ...(peer && { peer, ratio: (peer["secondsARefit"] as number) / secondsARefit }),
});
