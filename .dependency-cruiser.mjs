/**
 * The order of imports: read from the lines of folders in docs/architecture.md, the one place that holds it. Values are imported from lines
 * below only, types from anywhere.
 */
import { readdirSync, readFileSync } from "node:fs";

const page = readFileSync(new URL("docs/architecture.md", import.meta.url), "utf8");
/** Folders of `src/` by line, highest first. */
const lines = page
  .match(/```text\n(cli\n[^`]*)```/)[1]
  .trim()
  .split("\n")
  .map((line) => line.split(" "));

const drawn = lines.flat().sort().join(" ");
const folders = readdirSync(new URL("src", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()
  .join(" ");
if (drawn !== folders)
  throw new Error(`docs/architecture.md draws the folders ${drawn}, and src/ has ${folders}: they must be the same.`);

const builtIn = JSON.parse(readFileSync(new URL("scripts/built-in-packages.json", import.meta.url), "utf8"));

const inFolders = (names) => `^src/(${names.join("|")})/`;
const edge = inFolders(["cli", "node"]);
const core = { path: "^src/", pathNot: edge };
const value = { dependencyTypesNot: ["type-only"] };

/** Of the folders of a line, to the other folders of that line and to those above. */
const order = lines
  .flatMap((line, height) =>
    line.map((folder) => ({
      name: `order-of-${folder}`,
      comment: `Values of src/${folder} come from the lines below it in docs/architecture.md.`,
      severity: "error",
      from: { path: inFolders([folder]) },
      to: {
        path: inFolders(
          lines
            .slice(0, height + 1)
            .flat()
            .filter((other) => other !== folder),
        ),
        ...value,
      },
    })),
  )
  .filter(({ to }) => to.path !== inFolders([]));

export default {
  forbidden: [
    ...order,
    {
      name: "no-circle",
      comment: "Files import each other's values in no circle.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: value },
    },
    {
      name: "no-node-in-the-core",
      comment: "Nothing outside src/cli and src/node imports Node: the core runs in a browser.",
      severity: "error",
      from: core,
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-edge-in-the-core",
      comment: "Nothing outside src/cli and src/node imports from them, not even a type.",
      severity: "error",
      from: core,
      to: { path: edge },
    },
    {
      name: "resolvable",
      comment: "Every import leads somewhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared-dependency",
      comment:
        "The sources import packages that users get: dependencies and peers of package.json, and what the build builds in.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        pathNot: `node_modules/(${builtIn.join("|")})/`,
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm-peer"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    moduleSystems: ["es6"],
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
