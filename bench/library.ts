/** The library as built: what a user runs. Running the sources through a TypeScript loader would time the loader's wrappers too. */
const at = (path: string) => new URL(`../dist/${path}`, import.meta.url).href;

type Root = typeof import("../src/index.ts");
type Library = Root &
  Omit<typeof import("../src/public/checks.ts"), keyof Root> &
  typeof import("../src/public/diagnostics.ts") &
  typeof import("../src/public/engines.ts") &
  typeof import("../src/public/exchange.ts") &
  Omit<typeof import("../src/public/families.ts"), keyof Root> &
  Omit<typeof import("../src/public/gee.ts"), keyof Root> &
  Omit<typeof import("../src/public/inference.ts"), keyof Root> &
  typeof import("../src/public/priors.ts") &
  typeof import("../src/public/residual.ts") &
  typeof import("../src/public/studies.ts");

const subpaths = [
  "checks",
  "diagnostics",
  "engines",
  "exchange",
  "families",
  "gee",
  "inference",
  "priors",
  "residual",
  "studies",
];
const entries = [...subpaths.map((name) => `public/${name}.js`), "index.js"];
/** Every name of the package but those of `marginalia/node`, whatever its subpath. */
export const library: Library = Object.assign({}, ...(await Promise.all(entries.map((path) => import(at(path))))));
export const { readTable }: typeof import("../src/node/index.ts") = await import(at("node/index.js"));
