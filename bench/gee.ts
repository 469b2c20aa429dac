/**
 * A GEE on 100 000 clusters of 5 rows beside geepack's in the same run, where R has it: `ratio` is geepack's median time over ours. Both
 * are timed from the table in memory to coefficients with robust errors; `firstSeconds` is our first fit in the process, before it is compiled, and the
 * medians are of fits after the eighth.
 *
 * Run: npx tsx bench/plain.ts gee.ts [clusters]
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { library } from "./library.ts";
import { report, time } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { ar1, binomial, createRng, exchangeable, gee, model } = library;
const clusters = Number(process.argv[2] ?? 1e5);
const size = 5;
const n = clusters * size;
const rng = createRng("bench gee");
const table = {
  id: new Float64Array(n),
  x: new Float64Array(n),
  z: new Float64Array(n),
  time: new Float64Array(n),
  y: new Float64Array(n),
};
for (let c = 0, i = 0; c < clusters; c++) {
  const b = rng.normal();
  const z = rng.uniform() < 0.5 ? 0 : 1;
  for (let j = 0; j < size; j++, i++) {
    table.id[i] = c + 1;
    table.z[i] = z;
    table.time[i] = j;
    table.x[i] = Math.round(rng.normal() * 1e4) / 1e4;
    const eta = -0.5 + 0.4 * table.x[i]! + 0.3 * z - 0.1 * j + b;
    table.y[i] = rng.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
  }
}
const path = join(mkdtempSync(join(tmpdir(), "marginalia-bench-")), "gee.csv");
const lines = ["id,x,z,time,y"];
for (let i = 0; i < n; i++) lines.push(`${table.id[i]},${table.x[i]},${table.z[i]},${table.time[i]},${table.y[i]}`);
writeFileSync(path, lines.join("\n"));
const peers = runPeer("gee.R", [path]) ?? [];

for (const correlation of [exchangeable(), ar1()]) {
  const id = `gee-${correlation.kind}`;
  let estimates: number[] = [];
  let iterations = 0;
  const fitOnce = async () => {
    const fit = await model(table)
      .formula("y ~ x + z + time")
      .family(binomial())
      .fit(gee({ id: "id", correlation }));
    estimates = fit.tidy().map(({ estimate }) => estimate);
    iterations = fit.iterations;
  };
  const { medianSeconds: firstSeconds } = await time(fitOnce, 1, 0);
  const timing = await time(fitOnce, 7, 7);
  const peer = peers.find((line) => line.id === id);
  report({
    id,
    rows: n,
    firstSeconds,
    ...timing,
    iterations,
    estimates,
    ...(peer && { peer, ratio: (peer["medianSeconds"] as number) / timing.medianSeconds }),
  });
}
