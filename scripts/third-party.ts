/** Which packages are built into dist/, which stay imports, and the licences of the former. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import type { Metafile } from "esbuild";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
/** Packages that the sources import and the build builds in; the rule of imports reads the same list. */
const wanted: readonly string[] = JSON.parse(readFileSync("scripts/built-in-packages.json", "utf8"));
const own = manifestOf(".");
/** Built in as far as needed, and installed beside for families in tfjs's own functions. */
const BOTH = "@tensorflow/tfjs-core";

/** The folders of the packages that a build holds something of. */
export function foldersBuiltIn({ outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folder = /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
  return [...new Set(files.flatMap((path) => folder.exec(path)?.[1] ?? []))].sort();
}

/** Files of the package itself may stay imports. Throws where package.json and what was built do not agree: a package built in that users install besides, an import that they do not get. */
export function checkDependencies(metafile: Metafile): void {
  const faults: string[] = [];
  const built = foldersBuiltIn(metafile).map((folder) => manifestOf(folder).name);
  for (const name of wanted)
    if (!built.includes(name))
      faults.push(`${name} is in scripts/built-in-packages.json, and nothing of it is built in.`);
  for (const name of built)
    if (own.dependencies?.[name] && name !== BOTH)
      faults.push(`${name} is built in, so it belongs into devDependencies and not into dependencies.`);
  const given = [own.name, ...Object.keys({ ...own.dependencies, ...own.peerDependencies })];
  const imports = Object.values(metafile.outputs).flatMap(({ imports: all }) => all.filter(({ external }) => external));
  for (const path of new Set(imports.map(({ path: to }) => to))) {
    const name = /^(@[^/]+\/)?[^/]+/.exec(path)![0];
    if (!path.startsWith("node:") && !path.startsWith("./") && !builtinModules.includes(path) && !given.includes(name))
      faults.push(`${path} stays an import, and ${name} is neither a dependency nor a peer.`);
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

/** The text of a package's licence: its file, the end of its README, or the licence's own words where the package names it alone. */
function licenceText(folder: string): string {
  const { name, license, author } = manifestOf(folder);
  const entries = readdirSync(folder);
  const file = entries.find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file) return readFileSync(join(folder, file), "utf8").trim();
  const readme = entries.find((entry) => /^readme/i.test(entry));
  const section =
    readme &&
    /\n#* *licen[cs]e[^\n]*\n(?:-+\n)?([\s\S]*copyright[\s\S]*)/i.exec(readFileSync(join(folder, readme), "utf8"));
  if (section) return section[1]!.trim();
  if (license === "Apache-2.0") return "Apache License, Version 2.0: its text is the file LICENSE of this package.";
  if (license === "ISC") return `Copyright (c) ${typeof author === "object" ? author.name : author}\n\n${ISC}`;
  throw new Error(`${name} is built in, and the text of its licence (${license}) was found nowhere.`);
}

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR
IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`;

/** The licences of the packages that are built in, each under the package's name and version. */
export function licences(metafile: Metafile): string {
  const parts = foldersBuiltIn(metafile).map((folder) => {
    const { name, version, license } = manifestOf(folder);
    return `${name} ${version} (${license})\n\n${licenceText(folder)}\n`;
  });
  return [`Packages of which this package holds code, and their licences.\n`, ...parts].join(`\n${"-".repeat(80)}\n\n`);
}
