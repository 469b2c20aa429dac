import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type RunnableBlock, runnableBlocks } from "./readme-blocks.ts";

describe("runnableBlocks", () => {
  const markdown = [
    "# T",
    "```ts run",
    "console.log(1 + 1);",
    "```",
    "```text output",
    "2",
    "```",
    "```ts",
    "not run",
    "```",
    "- item",
    "  ```sh",
    "  npm ci",
    "  $ marginalia fit a.csv \\",
    '      --formula "y ~ x"',
    "  npm run example",
    "  ```",
  ].join("\n");

  it("finds modules marked run, commands of the tool, and the output they must have", () => {
    expect(runnableBlocks(markdown)).toEqual([
      { kind: "ts", line: 2, text: "console.log(1 + 1);", output: "2" },
      { kind: "sh", line: 12, text: 'marginalia fit a.csv --formula "y ~ x"' },
      { kind: "sh", line: 12, text: "npm run example" },
    ]);
  });

  it("refuses a block that never ends and output of nothing", () => {
    expect(() => runnableBlocks("```ts run\n1")).toThrow("line 1: this block never ends");
    expect(() => runnableBlocks("```text output\n1\n```")).toThrow("line 1: output of no block");
  });
});

// Inside dist, so that `import "marginalia"` finds this package as built, and git ignores it.
const folder = join("dist", ".readme");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["README.md"])("%s", (file) => {
  const blocks = existsSync(file) ? runnableBlocks(readFileSync(file, "utf8")) : [];

  it("has blocks to run", () => {
    expect(blocks.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ts", "sh"]));
  });

  it("type-checks", () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const block of blocks) if (block.kind === "ts") writeFileSync(modulePath(block), block.text);
    const config = {
      extends: "../../tsconfig.json",
      include: ["*.ts"],
      compilerOptions: { noUnusedLocals: false, types: ["node"] },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { stdout, status } = run("npx", ["--no-install", "tsc", "-p", folder]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it.each(blocks.map((block) => [`line ${block.line}: ${block.text.split("\n")[0]}`, block] as const))(
    "%s",
    (_name, block) => {
      const { stdout, stderr, status } =
        block.kind === "ts"
          ? run(process.execPath, ["--import", "tsx", modulePath(block)])
          : run("sh", ["-c", block.text.replace(/^(npx )?marginalia /, "node dist/cli/main.js ")]);
      expect(status, stderr).toBe(0);
      if (block.output !== undefined) expect(trimmed(stdout)).toBe(trimmed(block.output));
      else expect(stdout.trim()).not.toBe("");
    },
  );
});

const modulePath = ({ line }: RunnableBlock) => join(folder, `line-${line}.ts`);

const trimmed = (text: string) => text.replace(/[ \t]+$/gm, "").trim();

function run(command: string, args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: "1", CI: "true" };
  return spawnSync(command, args, { encoding: "utf8", env, timeout: 110_000, maxBuffer: 1 << 26 });
}
