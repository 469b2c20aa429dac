import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildResult, build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

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
    expect(gzip).toBeLessThan(300_000);
  });

  it("fits a model where there is no process, require or Buffer", async () => {
    const context = createContext({
      console,
      performance,
      setTimeout,
      clearTimeout,
      TextEncoder,
      TextDecoder,
      navigator: { userAgent: "" },
    });
    runInContext("globalThis.window = globalThis; globalThis.self = globalThis;", context);
    runInContext(new TextDecoder().decode(bundle.outputFiles[0]!.contents), context);
    const y = [1.2, 2.1, 2.9, 4.2, 5.1, 5.8, 7.3, 8.1];
    const g = ["a", "a", "a", "a", "b", "b", "b", "b"];
    const script = `marginalia.model(${JSON.stringify({ y, x: [0, 1, 2, 3, 4, 5, 6, 7], g })})
      .formula("y ~ x + (1 | g)").fit().then((fit) => JSON.stringify([typeof process, fit.tidy().length, fit.tidy()[1].estimate]))`;
    const [processType, rows, slope] = JSON.parse(await (runInContext(script, context) as Promise<string>)) as [
      string,
      number,
      number,
    ];
    expect([processType, rows]).toEqual(["undefined", 4]);
    expect(slope).toBeGreaterThan(0.9);
    expect(slope).toBeLessThan(1.1);
  });
});
