/** Files that worker threads are started with. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildForWorkers } from "../messages/sampling.ts";

/** A worker's built file: beside this one when built, under dist/ when this file is run from its TypeScript source. */
export function workerFile(name: string): URL {
  const here = import.meta.url;
  const file = new URL(here.endsWith(".ts") ? `../../dist/node/${name}.js` : `../node/${name}.js`, here);
  if (!existsSync(file)) throw new Error(buildForWorkers(fileURLToPath(file)));
  return file;
}
