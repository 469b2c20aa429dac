import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildResult, build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { model, poisson } from "../../src/index.ts";

describe("the core bundled for a browser", () => {
  let bundle: BuildResult<{ metafile: true; write: false }>;

  beforeAll(async () => {
    bundle = await build({
      entryPoints: ["src/index.ts"],
      bundle: true,
      platform: "browser",
      format: "iife",
      globalName: "marginalia",
      target: "es2022",
      minify: true,
      metafile: true,
      write: false,
      logLevel: "silent",
    });
  });

  it("resolves without a module of Node and holds nothing of src/node or src/cli", () => {
    expect(bundle.warnings.map(({ text }) => text)).toEqual([]);
    const inputs = Object.keys(bundle.metafile.inputs);
    expect(inputs).toContain("src/index.ts");
    expect(inputs.filter((path) => /^src\/(node|cli)\//.test(path))).toEqual([]);
    const imported = Object.values(bundle.metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported).toEqual([]);
  });

  it("is small enough to load on a page", () => {
    const { contents } = bundle.outputFiles[0]!;
    const kilobytes = (bytes: number) => Math.round(bytes / 1000);
    const gzip = gzipSync(contents).length;
    const parts = bundle.metafile.outputs[Object.keys(bundle.metafile.outputs)[0]!]!.inputs;
    const share = new Map<string, number>();
    for (const [path, { bytesInOutput }] of Object.entries(parts)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "marginalia";
      share.set(name, (share.get(name) ?? 0) + bytesInOutput);
    }
    const largest = [...share].sort((a, b) => b[1] - a[1]).map(([name, bytes]) => `${name} ${kilobytes(bytes)}`);
    console.log(
      `browser bundle: ${kilobytes(contents.length)} kB minified, ${kilobytes(gzip)} kB gzip (${largest.join(", ")})`,
    );
    expect(gzip).toBeLessThan(420_000);
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
