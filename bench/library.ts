/** The library as built: what a user runs. Running the sources through a TypeScript loader would time the loader's wrappers too. */
const at = (path: string) => new URL(`../dist/${path}`, import.meta.url).href;

export const library: typeof import("../src/index.ts") = await import(at("index.js"));
export const { readTable }: typeof import("../src/node/index.ts") = await import(at("node/index.js"));
