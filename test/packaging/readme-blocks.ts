/**
 * The runnable blocks of a Markdown file.
 *
 * - ```` ```ts run ```` is run with tsx as a module that imports `marginalia` as a user does.
 * - ```` ```ts more ```` goes on with the module of the last `ts run`: same variables, an output of its own.
 * - In ```` ```sh run ```` every command that begins with `marginalia` or `npx marginalia` is run, and every `npm run` of an example; other
 *   commands (installing, cloning) are not. A trailing `\` continues a line.
 * - ```` ```text output ```` right after a block is what that block must print.
 */
export interface RunnableBlock {
  readonly kind: "ts" | "sh";
  /** 1-based line of the opening fence. */
  readonly line: number;
  /** The module's text, or one command; parts of a module are divided by a statement that prints `DIVIDER`. */
  readonly text: string;
  /** What each part must print; absent: anything. */
  readonly outputs: readonly (string | undefined)[];
}

/** Printed between the parts of a module. */
export const DIVIDER = "%%%%";

const RUN = /^(npx )?marginalia |^npm run (--silent )?example/;

export function runnableBlocks(markdown: string): RunnableBlock[] {
  const blocks: RunnableBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  let module: number | undefined;
  /** The block that the next output belongs to. */
  let last: number | undefined;
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)(`{3,})(.*)$/.exec(lines[i]!);
    if (!fence) continue;
    const line = i + 1;
    const end = lines.findIndex((text, j) => j > i && text.trim() === fence[2]);
    if (end < 0) throw new Error(`line ${line}: this block never ends`);
    const body = lines
      .slice(i + 1, end)
      .map((text) => text.slice(Math.min(fence[1]!.length, text.length - text.trimStart().length)));
    i = end;
    const text = body.join("\n");
    const kind = fence[3]!.trim();
    if (kind === "text output") {
      if (last === undefined) throw new Error(`line ${line}: output of no block, or of several commands`);
      const block = blocks[last]!;
      blocks[last] = { ...block, outputs: [...block.outputs.slice(0, -1), text] };
      last = undefined;
    } else if (kind === "ts run") {
      module = last = blocks.push({ kind: "ts", line, text, outputs: [undefined] }) - 1;
    } else if (kind === "ts more") {
      if (module === undefined) throw new Error(`line ${line}: nothing to go on with`);
      const block = blocks[module]!;
      const joined = `${block.text}\nconsole.log("${DIVIDER}");\n${text}`;
      blocks[module] = { ...block, text: joined, outputs: [...block.outputs, undefined] };
      last = module;
    } else {
      const commands = kind === "sh run" ? commandsOf(body) : [];
      for (const command of commands) blocks.push({ kind: "sh", line, text: command, outputs: [undefined] });
      last = commands.length === 1 ? blocks.length - 1 : undefined;
    }
  }
  return blocks;
}

const commandsOf = (body: readonly string[]): string[] =>
  body
    .join("\n")
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((text) => text.replace(/^\$ /, "").trim())
    .filter((text) => RUN.test(text));
