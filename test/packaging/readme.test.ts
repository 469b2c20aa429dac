import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
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
    compilerOptions: { noUnusedLocals: false, types: ["node"] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { stdout, status } = run("npx", ["--no-install", "tsc", "-p", folder]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});

describe.each(documents)("$file", ({ file, blocks }) => {
  it.each(blocks.map((block) => [`line ${block.line}: ${block.text.split("\n")[0]}`, block] as const))(
    "%s",
    (_name, block) => {
      const { stdout, stderr, status } =
        block.kind === "ts"
          ? run(process.execPath, ["--import", "tsx", modulePath(file, block)])
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

const trimmed = (text: string) => text.replace(/[ \t]+$/gm, "").trim();

function run(command: string, args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: "1", CI: "true" };
  return spawnSync(command, args, { encoding: "utf8", env, timeout: 110_000, maxBuffer: 1 << 26 });
}
