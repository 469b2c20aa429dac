/**
 * Dead exports, files and dependencies. The first run counts tests and benchmarks as users; `--production` does not, and so finds what only they
 * use, which belongs to them.
 */
const production = process.argv.includes("--production");

export default {
  entry: [
    "src/index.ts!",
    "src/public/*.ts!",
    "src/public/*.ts!",
    "src/node/index.ts!",
    "src/node/{chain,task,study}-worker.ts!",
    "src/node/run-study.ts!",
    "scripts/{bundle,tfjs-slice}.ts",
    "src/cli/main.ts!",
    "test/**/*.test-d.ts",
    "bench/**/*.ts",
    "examples/*.ts",
    "scripts/*.ts",
  ],
  project: ["src/**/*.ts!", "test/**/*.ts", "bench/**/*.ts", "scripts/*.ts"],
  ignoreBinaries: ["Rscript"],
  // A type may be exported because a signature names it, and a part of a file because a test takes it alone.
  ignoreExportsUsedInFile: production || { interface: true, type: true },
};
