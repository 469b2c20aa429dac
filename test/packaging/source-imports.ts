/** The imports of the source files, read from their text. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface SourceImport {
  readonly file: string;
  /** As written: `node:fs`, `arquero`, or for a relative one the file it leads to. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

export function importsOf(file: string): SourceImport[] {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const resolve = (target: string) => (target.startsWith(".") ? normalize(join(dirname(file), target)) : target);
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, target]) => ({
      file,
      target: resolve(target!),
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, target]) => ({ file, target: resolve(target!), typeOnly: false })),
  ];
}
