/**
 * The runnable blocks of a Markdown file.
 *
 * - ```` ```ts run ```` is run with tsx as a module that imports `marginalia` as a user does.
 * - In ```` ```sh ```` every command that begins with `marginalia` or `npx marginalia` is run, and every `npm run` of an example; other
 *   commands (installing, cloning) are not. A trailing `\` continues a line.
 * - ```` ```text output ```` right after a block is what that block must print.
 */
export interface RunnableBlock {
  readonly kind: "ts" | "sh";
  /** 1-based line of the opening fence. */
  readonly line: number;
  /** The module's text, or one command. */
  readonly text: string;
  readonly output?: string;
}

const RUN = /^(npx )?marginalia |^npm run (--silent )?example/;

export function runnableBlocks(markdown: string): RunnableBlock[] {
  const blocks: RunnableBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  let last: RunnableBlock[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)(`{3,})(.*)$/.exec(lines[i]!);
    if (!fence) continue;
    const end = lines.findIndex((line, j) => j > i && line.trim() === fence[2]);
    if (end < 0) throw new Error(`line ${i + 1}: this block never ends`);
    const body = lines
      .slice(i + 1, end)
      .map((line) => line.slice(Math.min(fence[1]!.length, line.length - line.trimStart().length)));
    const [language, ...words] = fence[3]!.trim().split(/\s+/);
    if (language === "text" && words.includes("output")) {
      if (last.length !== 1) throw new Error(`line ${i + 1}: output of no block, or of several commands`);
      blocks[blocks.length - 1] = { ...last[0]!, output: body.join("\n") };
      last = [];
    } else {
      last = blocksOf(language!, words, body, i + 1);
      blocks.push(...last);
    }
    i = end;
  }
  return blocks;
}

function blocksOf(language: string, words: readonly string[], body: readonly string[], line: number): RunnableBlock[] {
  if (language === "ts" && words.includes("run")) return [{ kind: "ts", line, text: body.join("\n") }];
  if (language !== "sh" && language !== "bash") return [];
  const commands = body
    .join("\n")
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((text) => text.replace(/^\$ /, "").trim());
  return commands.filter((text) => RUN.test(text)).map((text): RunnableBlock => ({ kind: "sh", line, text }));
}
