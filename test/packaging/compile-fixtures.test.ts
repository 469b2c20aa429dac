import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);

/** The compilers that users have: the oldest that is supported, the one before the newest, and the newest. */
const compilers = {
  "5.9": require.resolve("typescript-5.9/package.json"),
  "6.0": require.resolve("typescript/package.json"),
  "7.0": require.resolve("typescript-7/package.json"),
};
type Compiler = keyof typeof compilers;

const subpaths = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).exports as object)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "marginalia"));

/** Programs by file. Where a line ends in `// error: …`, and only there, the compiler must find a fault whose text holds what follows. */
const programs: Readonly<Record<string, string>> = {
  "subpaths.ts": subpaths.map((path, i) => `export * as part${i} from "${path}";`).join("\n"),

  "uses.ts": `
import { type Fit, type MaximumLikelihood, model, nuts, type Posterior } from "marginalia";
import { waic } from "marginalia/checks";
import { saveFit } from "marginalia/exchange";
import { exchangeable, gee } from "marginalia/gee";
import { readTable } from "marginalia/node";
import { normal } from "marginalia/priors";

const herds = model({ y: [1, 2, 3], x: [1, 2, 3], herd: ["a", "b", "b"] }).formula("y ~ x + (1 | herd)");
export const likelihood: Promise<MaximumLikelihood> = herds.fit();
export const posterior: Promise<Posterior> = herds.prior("fixed", normal(0, 1)).sample(nuts({ seed: "a", chains: undefined }));
export const equations = herds.fit(gee({ id: "herd", correlation: exchangeable() }));
export const estimates = (fit: Fit): number[] => fit.tidy().map(({ estimate }) => estimate);
export const kept = async () => [saveFit(await likelihood), waic(await posterior)];
export const table = readTable("herds.csv");
`,

  "generic.ts": `
import { model } from "marginalia";

export function slopes<T extends Record<string, number[]>>(table: T, response: keyof T & string, predictor: keyof T & string, group: keyof T & string) {
  return model(table).response(response).fixed(predictor).random(group, predictor).fit();
}
export const fit = slopes({ y: [1, 2], x: [1, 2], g: [1, 2] }, "y", "x", "g");
export const wrong = slopes({ y: [1, 2], x: [1, 2] }, "y", "x", "g"); // error: "g"
`,

  "columns.ts": `
import { model } from "marginalia";

const table = { y: [1, 2, 3], x: [1, 2, 3], herd: ["a", "b", "b"] };
model(table).response("yy"); // error: The table has no column yy
model(table).fixed("xx"); // error: The table has no column xx
model(table).random("heard"); // error: "heard"
model(table).formula("y ~ xx + (1 | herd)"); // error: The table has no column xx
model(table).formula("y ~ x + (1 | heard)"); // error: The table has no column heard
model(table).formula("yy ~ x"); // error: The table has no column yy
`,

  "codes.ts": `
import { DeclarationError, type IssueCode } from "marginalia";

export const misnamed = (error: unknown): boolean =>
  error instanceof DeclarationError && error.issues.some(({ code }) => code === "unknown-column");
export const misspelt = (error: DeclarationError): boolean =>
  error.issues.some(({ code }) => code === "unknown-colum"); // error: no overlap
export const code: IssueCode = "formula-syntax";
`,
};

const faultsWanted = Object.entries(programs).flatMap(([file, text]) =>
  text.split("\n").flatMap((line, i) => {
    const wanted = line.split("// error: ")[1];
    return wanted === undefined ? [] : [{ at: `${file}:${i + 1}`, wanted }];
  }),
);

describe("programs against the built package, its declarations checked too", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "marginalia-compiled-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("."), join(folder, "node_modules/marginalia"));
    symlinkSync(resolve("node_modules/@types"), join(folder, "node_modules/@types"));
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      // the compiler's own declarations take half of its time
      skipDefaultLibCheck: true,
      noEmit: true,
      types: ["node"],
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const { types: _, ...others } = compilerOptions;
    // a page: what is in marginalia/node is not for it
    writeFileSync(
      join(folder, "tsconfig.page.json"),
      JSON.stringify({ compilerOptions: { ...others, types: [] }, files: ["page.mts"] }),
    );
    const page = subpaths.filter((path) => path !== "marginalia/node");
    writeFileSync(join(folder, "page.mts"), page.map((path, i) => `export * as part${i} from "${path}";`).join("\n"));
    for (const [file, text] of Object.entries(programs)) writeFileSync(join(folder, file), text);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The faults a compiler finds: where, and its whole text. */
  const faultsOf = (compiler: Compiler, project: string) =>
    new Promise<{ at: string; text: string }[]>((found) => {
      const args = [join(dirname(compilers[compiler]), "bin/tsc"), "-p", join(folder, project), "--pretty", "false"];
      execFile(process.execPath, args, { cwd: folder }, (_, output) =>
        found(
          output
            .split(/\n(?=\S)/)
            .filter((text) => text.trim() !== "")
            .map((text) => ({ at: text.replace(/^([^(]*)\((\d+),.*$/s, "$1:$2"), text })),
        ),
      );
    });

  it.each(Object.keys(compilers) as Compiler[])(
    "have the faults they are meant to have, and no other, under TypeScript %s",
    async (compiler) => {
      const found = await faultsOf(compiler, "tsconfig.json");
      const places = (faults: readonly { at: string }[]) => faults.map(({ at }) => at).sort();
      expect(places(found), found.map(({ text }) => text).join("\n")).toEqual(places(faultsWanted));
      for (const { at, wanted } of faultsWanted) expect(found.find((fault) => fault.at === at)!.text).toContain(wanted);
    },
  );

  it("need nothing of Node's types in a page", async () => {
    expect(await faultsOf("7.0", "tsconfig.page.json")).toEqual([]);
  });
});
