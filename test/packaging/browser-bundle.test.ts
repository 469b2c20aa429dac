import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildOptions, type BuildResult, build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { model, poisson } from "../../src/index.ts";

/** The built package bundled as a page would, from a module that has these lines. */
const bundled = (contents: string, more: BuildOptions) =>
  build({
    stdin: { contents, resolveDir: process.cwd(), loader: "js" },
    // the package as its users find it, not the sources that this project's configuration puts in its place
    tsconfigRaw: "{}",
    bundle: true,
    platform: "browser",
    target: "es2022",
    minify: true,
    metafile: true,
    write: false,
    logLevel: "silent",
    ...more,
  });

describe("the core bundled for a browser", () => {
  let bundle: BuildResult<{ metafile: true; write: false }>;

  beforeAll(async () => {
    bundle = (await bundled('export { model, poisson } from "marginalia"', {
      format: "iife",
      globalName: "marginalia",
    })) as typeof bundle;
  });

  it("resolves without a module of Node", () => {
    // a chunk that nothing of is used may be left out: esbuild says so of packages outside node_modules
    const warnings = bundle.warnings.filter(({ id }) => id !== "ignored-bare-import");
    expect(warnings.map(({ text }) => text)).toEqual([]);
    const imported = Object.values(bundle.metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported).toEqual([]);
  });

  it("is small until a fit loads the engines", async () => {
    const { metafile, outputFiles } = (await bundled('import { model } from "marginalia"; console.log(model)', {
      format: "esm",
      splitting: true,
      outdir: "out",
    })) as typeof bundle;
    const gzip = (name: string) =>
      gzipSync(outputFiles.find(({ path }) => path.endsWith(name.replace(/^.*\//, "/")))!.contents).length;
    const first = new Set<string>();
    const load = (name: string) => {
      if (first.has(name)) return;
      first.add(name);
      for (const { path, kind } of metafile.outputs[name]!.imports) if (kind === "import-statement") load(path);
    };
    load(Object.keys(metafile.outputs).find((name) => metafile.outputs[name]!.entryPoint === "<stdin>")!);
    const sum = (names: Iterable<string>) => [...names].reduce((total, name) => total + gzip(name), 0);
    const later = Object.keys(metafile.outputs).filter((name) => !first.has(name));
    console.log(`gzipped: ${sum(first)} bytes to begin with, ${sum(later)} with the first fit`);
    expect(sum(first)).toBeLessThan(150_000);
    expect(later).not.toEqual([]);
  });

  it.each([
    ["a page", true],
    ["a page that forbids eval", false],
  ])("fits models on %s, where there is no process, require or Buffer", async (_where, strings) => {
    const globals = {
      console,
      performance,
      setTimeout,
      clearTimeout,
      TextEncoder,
      TextDecoder,
      structuredClone,
      navigator: { userAgent: "" },
    };
    const context = createContext(globals, { codeGeneration: { strings, wasm: strings } });
    runInContext("globalThis.window = globalThis; globalThis.self = globalThis;", context);
    runInContext(new TextDecoder().decode(bundle.outputFiles[0]!.contents), context);
    const g = "aaaabbbbccccdddd".split("");
    const x = g.map((_, i) => i % 4);
    const y = g.map((group, i) => 1 + (i % 4) + { a: 0.1, b: 0.7, c: -0.4, d: 0.2 }[group]! + 0.1 * Math.sin(7 * i));
    const count = g.map((group, i) => (i % 4) + { a: 0, b: 3, c: 1, d: 6 }[group]!);
    const script = `(async () => {
      const data = ${JSON.stringify({ y, x, g, count })};
      const gaussian = await marginalia.model(data).formula("y ~ x + (1 | g)").fit();
      const poisson = await marginalia.model(data).formula("count ~ x + (1 | g)").family(marginalia.poisson()).fit();
      return JSON.stringify([typeof process, ...[gaussian, poisson].map((fit) => fit.tidy().map(({ estimate }) => estimate))]);
    })()`;
    const [processType, ...estimates] = JSON.parse(await (runInContext(script, context) as Promise<string>)) as [
      string,
      ...number[][],
    ];
    expect(processType).toBe("undefined");
    const here = model({ y, x, g, count });
    const gaussian = await here.formula("y ~ x + (1 | g)").fit();
    const poissonFit = await here.formula("count ~ x + (1 | g)").family(poisson()).fit();
    for (const [k, fit] of [gaussian, poissonFit].entries()) {
      expect(estimates[k]).toEqual(fit.tidy().map(({ estimate }) => expect.closeTo(estimate, 6)));
    }
  });
});
