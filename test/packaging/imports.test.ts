import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { describe, expect, it } from "vitest";
import { importsOf, type SourceImport, sourceFiles } from "./source-imports.ts";

const imports = sourceFiles("src").flatMap(importsOf);
const nodeOnly = (file: string) => /^src\/(cli|node)\//.test(file);
const show = ({ file, target }: SourceImport) => `${file} imports ${target}`;

describe("imports of the source", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.some(({ file, target }) => nodeOnly(file) && target === "node:fs/promises")).toBe(true);
  });

  it("name Node's modules with node:, and only in src/node and src/cli", () => {
    const builtin = imports.filter(({ target }) => target.startsWith("node:") || builtinModules.includes(target));
    expect(builtin.filter(({ file, target }) => !nodeOnly(file) || !target.startsWith("node:")).map(show)).toEqual([]);
  });

  it("never lead from the core to src/node or src/cli, nor from src/node to src/cli", () => {
    const upward = imports.filter(
      ({ file, target }) =>
        (nodeOnly(target) && !nodeOnly(file)) || (file.startsWith("src/node/") && target.startsWith("src/cli/")),
    );
    expect(upward.map(show)).toEqual([]);
  });

  it("of values point down the lines of docs/architecture.md", () => {
    const page = readFileSync("docs/architecture.md", "utf8");
    const lines = page
      .match(/```text\ncli\n([^`]*)```/)![0]
      .split("\n")
      .slice(1, -1);
    const level = new Map(lines.flatMap((line, height) => line.split(" ").map((folder) => [folder, height] as const)));
    const folderOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1];
    const folders = new Set(imports.flatMap(({ file }) => folderOf(file) ?? []));
    expect([...level.keys()].sort()).toEqual([...folders].sort());
    const upward = imports.filter(({ file, target, typeOnly }) => {
      const [from, to] = [folderOf(file), folderOf(target)];
      return !typeOnly && from !== undefined && to !== undefined && from !== to && level.get(from)! >= level.get(to)!;
    });
    expect(upward.map(show)).toEqual([]);
  });

  it("go in no circle at run time", () => {
    expect(circles(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([]);
  });
});

/** Each circle of files found by a depth-first walk, as the files in order. */
function circles(edges: readonly SourceImport[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { file, target } of edges) next.set(file, [...(next.get(file) ?? []), target]);
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (file: string, trail: string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      found.push(trail.slice(start));
      return;
    }
    if (done.has(file)) return;
    for (const target of next.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return found;
}
