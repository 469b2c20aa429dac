import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * Where packages of tfjs are looked for that this project does not install: TFJS_FOLDER is a folder with `npm install @tensorflow/tfjs` or
 * `@tensorflow/tfjs-node` in it.
 */
const folders = [".", ...(process.env["TFJS_FOLDER"] ? [process.env["TFJS_FOLDER"]] : [])];
const scopeWith = (name: string) =>
  folders.map((folder) => resolve(folder, "node_modules/@tensorflow")).find((scope) => existsSync(join(scope, name)));

/** Fits counts with a density in a tfjs's own `exp`, and with the one that is built in; says what tfjs can do and holds afterwards. */
const program = (imports: string, backend: string) => `
${imports}
const counts = defineFamily({
  name: "my-poisson",
  response: "count",
  logDensity: (ops, { eta, column }) =>
    tf.sub(tf.sub(tf.mul(column["y"], eta[0]), tf.exp(eta[0])), ops.lgamma(ops.add(column["y"], 1))),
  mean: (_ops, { eta }) => tf.exp(eta[0]),
});
const square = () => (tf.findBackend(tf.getBackend()) ? Array.from(tf.square(tf.tensor1d([1, 2, 3])).dataSync()) : null);
${backend}
const before = { backend: tf.getBackend() ?? null, tensors: tf.engine().state.numTensors };
const table = { y: [0, 3, 1, 5, 2, 4, 1, 7], x: [1, 2, 3, 4, 1, 2, 3, 4], g: ["a", "a", "a", "a", "b", "b", "b", "b"] };
const fit = (family) => model(table).formula("y ~ x + (1 | g)").family(family).fit("laplace");
const [own, builtIn] = [await fit(counts), await fit(poisson())];
const after = { backend: tf.getBackend() ?? null, tensors: tf.engine().state.numTensors };
const gradient = after.backend === null ? null : Array.from(tf.grad((x) => tf.sum(tf.exp(x)))(tf.tensor1d([0, 1])).dataSync());
console.log(JSON.stringify({ before, after, own: own.logLik, builtIn: builtIn.logLik, engine: tf.engine() === globalThis._tfengine, square: square(), gradient }));
`;

const ours = 'import { model, poisson } from "marginalia"; import { defineFamily } from "marginalia/families";';

describe("a family in tfjs's own functions, in the built package", () => {
  let folder: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "marginalia-tfjs-")));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the program says where `name` is installed in `scope`. */
  function said(name: string, scope: string, order: string, backend: string) {
    const place = join(folder, `${name}-${order}`.replaceAll(" ", "-"));
    mkdirSync(join(place, "node_modules"), { recursive: true });
    symlinkSync(resolve("."), join(place, "node_modules/marginalia"));
    symlinkSync(scope, join(place, "node_modules/@tensorflow"));
    const theirs = `import * as tf from "@tensorflow/${name}";`;
    const imports = order === "first" ? [theirs, ours] : [ours, theirs];
    writeFileSync(join(place, "program.mjs"), program(imports.join("\n"), backend));
    return JSON.parse(
      execFileSync(process.execPath, ["program.mjs"], { cwd: place, encoding: "utf8" }).trim().split("\n").at(-1)!,
    );
  }

  const cases = [
    { name: "tfjs-core", backend: "", computes: null },
    { name: "tfjs", backend: 'await tf.setBackend("cpu");', computes: "cpu" },
    { name: "tfjs-node", backend: "await tf.ready();", computes: "tensorflow" },
  ].flatMap((each) => ["first", "last"].map((order) => ({ ...each, order })));

  it.for(cases)(
    "@tensorflow/$name, imported $order, shares the engine",
    ({ name, backend, computes, order }, { skip }) => {
      const scope = scopeWith(name);
      if (!scope) return skip(`@tensorflow/${name} is not installed; TFJS_FOLDER may name a folder where it is.`);
      if (name === "tfjs-node" && !existsSync(join(scope, "tfjs-node/lib")))
        return skip("@tensorflow/tfjs-node is installed without its binary.");
      const { before, after, own, builtIn, engine, square, gradient } = said(name, scope, order, backend);
      expect(own).toBeCloseTo(builtIn, 10);
      expect(engine).toBe(true);
      expect(after).toEqual(before);
      expect(after.backend).toBe(computes);
      // what the program's own tfjs computes and differentiates is as it was
      expect(square).toEqual(computes === null ? null : [1, 4, 9]);
      if (computes !== null) for (const [i, e] of [1, Math.E].entries()) expect(gradient[i]).toBeCloseTo(e, 5);
    },
  );
});
