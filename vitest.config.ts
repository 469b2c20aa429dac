import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts"));

/** Files whose text matches. */
const filesWith = (text: RegExp) => files.filter((file) => text.test(readFileSync(file, "utf8")));

/** Files that give tfjs a backend: the rest is tested as users have it, with none. */
const withBackend = filesWith(/"@tensorflow\/tfjs(-backend-\w+|-node)?"/);

/** What `npm run test:quick` leaves out: files that sample, start threads or processes, test the package as built, or are tagged as slow. */
const notQuick = [
  "test/{calibration,packaging,samplers}/**",
  ...filesWith(
    /@module-tag slow|\b(nuts|gibbs|hmc|samplePosterior|sbc|clusterBootstrap|workerExecutor|runCli|runHere|spawn\w*)\(/,
  ),
];

export default defineConfig(({ mode }) => ({
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    setupFiles: ["test/engines.ts"],
    pool: "forks",
    maxWorkers: "100%",
    tags: [{ name: "slow", description: "Takes two seconds or more." }],
    projects: [
      {
        extends: true,
        test: {
          // Most of a file's time went into loading the modules again that the file before it had loaded.
          name: "shared",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: [...withBackend, ...(mode === "quick" ? notQuick : [])],
          typecheck: {
            enabled: mode !== "quick",
            include: ["test/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
            checker: "node_modules/typescript-7/bin/tsc",
          },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: withBackend, sequence: { groupOrder: 1 } },
      },
    ],
  },
}));
