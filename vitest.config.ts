import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts"));

/** Files that give tfjs a backend: the rest is tested as users have it, with none. */
const withBackend = files.filter((file) => /"@tensorflow\/tfjs(-backend-\w+|-node)?"/.test(readFileSync(file, "utf8")));

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    setupFiles: ["test/engines.ts"],
    pool: "forks",
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          // Most of a file's time went into loading the modules again that the file before it had loaded.
          name: "shared",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: withBackend,
          typecheck: {
            enabled: true,
            include: ["test/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
            checker: "node_modules/typescript-7/bin/tsc",
          },
        },
      },
      { extends: true, test: { name: "alone", include: withBackend, sequence: { groupOrder: 1 } } },
    ],
  },
});
