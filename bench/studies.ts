/**
 * Simulation studies: processor time of a replicate (simulate, fit, table) of data like cbpp and like sleepstudy, beside lme4's simulate(), glmer() or refit(),
 * and summary() in the same run; `ratio` is lme4's time over ours. Before that, the memory of a study of 10⁵ linear fits into a directory.
 *
 * Run: npx tsx bench/studies.ts [replicates of the run for memory, default 100000; 0 leaves it out]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grid, parameter, type StudySpec, study } from "marginalia/studies";
import { library, readTable } from "./library.ts";
import { report } from "./measure.ts";
import { runPeer } from "./peers.ts";

const { binomial, laplace, model } = library;
const REPLICATES = 1000;
const [cbpp, sleepstudy] = await Promise.all(
  ["cbpp", "sleepstudy"].map((name) => readTable(new URL(`../examples/data/${name}.csv`, import.meta.url))),
);

const studies = {
  cbpp: {
    dgms: {
      cbpp: {
        model: model(cbpp!)
          .formula("incidence | trials(size) ~ period + (1 | herd)")
          .factor("period", [1, 2, 3, 4])
          .family(binomial()),
        parameters: {
          "(Intercept)": -1.4,
          period2: -0.99,
          period3: -1.13,
          period4: -1.58,
          "sd:herd.(Intercept)": 0.64,
        },
      },
    },
    estimands: { period4: parameter("period4") },
    methods: { laplace: (data) => data.fit(laplace()) },
  },
  sleepstudy: {
    dgms: {
      sleepstudy: {
        model: model(sleepstudy!).formula("Reaction ~ Days + (Days | Subject)"),
        parameters: {
          "(Intercept)": 251.4,
          Days: 10.47,
          "sd:Subject.(Intercept)": 24.74,
          "sd:Subject.Days": 5.92,
          "cor:Subject.(Intercept).Days": 0.066,
          sigma: 25.59,
        },
      },
    },
    estimands: { Days: parameter("Days") },
    methods: { reml: (data) => data.fit("reml") },
  },
} satisfies Record<string, StudySpec>;

// first, for what a process has taken it keeps
const replications = Number(process.argv[2] ?? 100_000);
if (replications > 0) {
  const index = Array.from({ length: 30 }, (_, i) => i);
  const small = study({
    dgms: grid({ groups: [6] }, () => ({
      model: model({ x: index.map((i) => i % 5), y: index }).formula("y ~ x"),
      parameters: { "(Intercept)": 0, x: 1, sigma: 1 },
    })),
    estimands: { x: parameter("x") },
    methods: { ml: (data) => data.fit("ml") },
  });
  const dir = join(mkdtempSync(join(tmpdir(), "bench-")), "results");
  const began = performance.now();
  const { rows } = await small.run({ dir, replications });
  report({
    id: "study-memory",
    replications,
    rows: rows.length,
    seconds: (performance.now() - began) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
  });
  rmSync(dir, { recursive: true });
}

const peers = runPeer("studies.R");
for (const [id, spec] of Object.entries(studies)) {
  const own = study(spec);
  await own.chunk({ scenario: 0, from: 1, to: 200 });
  const before = process.cpuUsage();
  await own.chunk({ scenario: 0, from: 201, to: 200 + REPLICATES });
  const used = process.cpuUsage(before);
  const secondsAReplicate = (used.user + used.system) / 1e6 / REPLICATES;
  const peer = peers?.find((line) => line.id === id);
  report({
    id: `study-${id}`,
    secondsAReplicate,
    ...(peer && { peer, ratio: (peer["secondsAReplicate"] as number) / secondsAReplicate }),
  });
}
