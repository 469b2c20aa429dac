/**
 * Writes the JavaScript of the package to dist/: one file a subpath, the command line and the workers, with what they share in dist/chunks. The
 * packages that the library itself uses are built in, of tfjs the part that is needed (`tfjs-slice.ts`); those that only `marginalia/node` and the
 * command line use stay imports. Types are written by tsc.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { checkDependencies, licences } from "./third-party.ts";

const STAY_IMPORTS = [
  "@uwdata/flechette",
  "arquero",
  "cli-progress",
  "commander",
  "hyparquet",
  "hyparquet-writer",
  "picocolors",
  "node:*",
];

/** What package.json exports, and the files that are started: workers and the command line. */
const subpaths = Object.values(
  JSON.parse(readFileSync("package.json", "utf8")).exports as Record<string, { default?: string }>,
);
const ENTRIES = [
  ...subpaths.flatMap(({ default: file }) => (file ? [file.replace(/^\.\/dist\/|\.js$/g, "")] : [])),
  ...["node/chain-worker", "node/task-worker", "node/study-worker", "node/run-study", "cli/main", "simulate"],
];

const require = createRequire(import.meta.url);

/** Packages of which a part is built in, and that part. */
const parts: Plugin = {
  name: "parts",
  setup(esbuild) {
    const tfjs = fileURLToPath(new URL("tfjs-slice.ts", import.meta.url));
    esbuild.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: tfjs, sideEffects: false }));
    // the modules that its one file was made of, so that what is not used is left out
    const matrix = join(dirname(require.resolve("ml-matrix")), "src/index.js");
    esbuild.onResolve({ filter: /^ml-matrix$/ }, () => ({ path: matrix, sideEffects: false }));
    // of the generators of seedrandom the one that is used
    esbuild.onResolve({ filter: /^seedrandom$/ }, () => ({
      path: "seedrandom",
      namespace: "part",
      sideEffects: false,
    }));
    esbuild.onLoad({ filter: /.*/, namespace: "part" }, () => ({
      contents: 'import xor4096 from "seedrandom/lib/xor4096.js"; export default { xor4096 };',
      resolveDir: process.cwd(),
    }));
  },
};

/**
 * What the root exports and `model()` does not need, in a file of its own that the root only names: in one with what is shared it would be loaded by every page
 * that declares a model.
 */
const apart: Plugin = {
  name: "apart",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^\.\/simulate\.ts$/ }, ({ importer }) =>
      importer.endsWith("src/index.ts") ? { path: "./simulate.js", external: true, sideEffects: false } : null,
    );
  },
};

/** What schemas of options are made of: calls without effects, so that a bundler may leave out schemas that a page does not use. */
const SCHEMA_CALLS =
  /(?<![\w.$])(optionsSchema|optional|nullable|custom|union|choice|wholeNumber|numberThat|checkedLater|callback|array|object|looseObject|record|literal|pipe|variant)(?=[<(])/g;
/** The schemas of a file, at its top level. */
const SCHEMA =
  /^(?:export )?const \w+ = (?:optionsSchema|custom|union|object|looseObject|callback|numberThat)[<(][\s\S]*?\n?(?:\}\)|\)|\));$/gm;

const pureSchemas: Plugin = {
  name: "pure-schemas",
  setup(esbuild) {
    esbuild.onLoad({ filter: /[.]ts$/ }, ({ path }) => {
      if (path.includes("node_modules")) return null;
      const text = readFileSync(path, "utf8");
      const contents = text.replace(SCHEMA, (schema) => schema.replace(SCHEMA_CALLS, "/* @__PURE__ */ $1"));
      return { contents, loader: "ts" };
    });
  },
};

rmSync("dist/chunks", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
  outdir: "dist",
  outbase: "src",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  mainFields: ["module", "main"],
  external: STAY_IMPORTS,
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  plugins: [apart, parts, pureSchemas],
});
checkDependencies(metafile);
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", licences(metafile));
