import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DIVIDER, type RunnableBlock, runnableBlocks } from "./readme-blocks.ts";

describe("runnableBlocks", () => {
  const markdown = [
    "# T",
    "```ts run",
    "const a = 1;",
    "console.log(a + 1);",
    "```",
    "```text output",
    "2",
    "```",
    "```ts more",
    "console.log(a);",
    "```",
    "```ts",
    "not run",
    "```",
    "- item",
    "  ```sh run",
    "  npm ci",
    "  $ marginalia fit a.csv \\",
    '      --formula "y ~ x"',
    "  npm run example",
    "  ```",
  ].join("\n");

  it("finds modules marked run, commands of the tool, and the output they must have", () => {
    expect(runnableBlocks(markdown)).toEqual([
      {
        kind: "ts",
        line: 2,
        text: 'const a = 1;\nconsole.log(a + 1);\nconsole.log("%%%%");\nconsole.log(a);',
        outputs: ["2", undefined],
      },
      { kind: "sh", line: 16, text: 'marginalia fit a.csv --formula "y ~ x"', outputs: [undefined] },
      { kind: "sh", line: 16, text: "npm run example", outputs: [undefined] },
    ]);
  });

  it("refuses a block that never ends and output of nothing", () => {
    expect(() => runnableBlocks("```ts run\n1")).toThrow("line 1: this block never ends");
    expect(() => runnableBlocks("```text output\n1\n```")).toThrow("line 1: output of no block");
    expect(() => runnableBlocks("```ts more\n1\n```")).toThrow("line 1: nothing to go on with");
  });
});

// Inside dist, so that `import "marginalia"` finds this package as built, and git ignores it.
const folder = join("dist", ".readme");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const documents = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)]
  .filter((file) => file.endsWith(".md"))
  .map((file) => ({ file, blocks: runnableBlocks(readFileSync(file, "utf8")) }))
  .filter(({ blocks }) => blocks.length > 0);

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Printed before the name of a module, and after what it printed where it ended well. */
const MODULE = "%%%% module ";
const END = "%%%% end";
/** Milliseconds for all modules together, which take half a minute where nothing else runs. */
const LIMIT = 600_000;
const NEVER_RUN: Ended = { stdout: "", stderr: "the process ended before this module", status: null };

const modulePath = (file: string, { line }: RunnableBlock) =>
  join(folder, `${file.replace(/\W/g, "-")}-line-${line}.ts`);

it("README.md has modules and commands to run", () => {
  expect(documents[0]!.file).toBe("README.md");
  expect(documents[0]!.blocks.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ts", "sh"]));
});

it("the modules of all documents type-check", () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, blocks } of documents)
    for (const block of blocks) if (block.kind === "ts") writeFileSync(modulePath(file, block), block.text);
  const config = {
    extends: "../../tsconfig.json",
    include: ["*.ts"],
    compilerOptions: { noUnusedLocals: false, noPropertyAccessFromIndexSignature: false, types: ["node"], paths: {} },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { stdout, status } = run(process.execPath, ["node_modules/typescript-7/bin/tsc", "-p", folder]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});

/**
 * What the modules print and how they end. They run as JavaScript that imports the built package, all one after the other in one process: starting
 * it takes longer than most of them.
 */
function runModules(): Map<string, Ended> {
  const names = documents.flatMap(({ file, blocks }) =>
    blocks
      .filter(({ kind }) => kind === "ts")
      .map((block) => {
        const path = modulePath(file, block);
        const { code } = transformSync(block.text, { loader: "ts", format: "esm", target: "es2022" });
        writeFileSync(path.replace(/\.ts$/, ".js"), code);
        return basename(path, ".ts");
      }),
  );
  const runner = join(folder, "run-modules.js");
  writeFileSync(
    runner,
    `for (const name of ${JSON.stringify(names)}) {
       console.log(${JSON.stringify(MODULE)} + name);
       try {
         await import("./" + name + ".js");
         console.log(${JSON.stringify(END)});
       } catch (error) {
         console.log(error);
       }
     }`,
  );
  const { stdout, stderr } = run(process.execPath, [runner]);
  const parts = stdout.split(MODULE).slice(1);
  const ended = parts.map((part): [string, Ended] => {
    const [name, ...lines] = part.split("\n");
    const text = lines.join("\n");
    const end = text.lastIndexOf(`${END}\n`);
    if (end < 0) return [name!, { stdout: text, stderr: `${text}\n${stderr}`, status: 1 }];
    return [name!, { stdout: text.slice(0, end), stderr, status: 0 }];
  });
  return new Map(ended);
}

describe("the blocks of all documents", () => {
  let modules: Map<string, Ended>;
  beforeAll(() => {
    modules = runModules();
  }, 2 * LIMIT);

  describe.each(documents)("$file", ({ file, blocks }) => {
    it.each(blocks.map((block) => [`line ${block.line}: ${block.text.split("\n")[0]}`, block] as const))(
      "%s",
      (_name, block) => {
        const { stdout, stderr, status } =
          block.kind === "ts"
            ? (modules.get(basename(modulePath(file, block), ".ts")) ?? NEVER_RUN)
            : run("sh", ["-c", block.text.replace(/^(npx )?marginalia /, "node dist/cli/main.js ")]);
        expect(status, stderr).toBe(0);
        expect(stdout.trim()).not.toBe("");
        const printed = stdout.split(`${DIVIDER}\n`);
        block.outputs.forEach((output, k) => {
          if (output !== undefined) expect(trimmed(printed[k] ?? "")).toBe(trimmed(output));
        });
      },
    );
  });
});

const trimmed = (text: string) => text.replace(/[ \t]+$/gm, "").trim();

function run(command: string, args: readonly string[]): Ended {
  const env = { ...process.env, NO_COLOR: "1", CI: "true" };
  return spawnSync(command, args, { encoding: "utf8", env, timeout: LIMIT, maxBuffer: 1 << 26 });
}
