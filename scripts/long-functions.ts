/** Lists functions of more than 100 lines and files of more than 400: `tsx scripts/long-functions.ts`. Comments and blank lines count. */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

const LONGEST_FUNCTION = 100;
const LONGEST_FILE = 400;

for (const entry of readdirSync("src", { recursive: true, encoding: "utf8" }).sort()) {
  if (!entry.endsWith(".ts")) continue;
  const source = ts.createSourceFile(entry, readFileSync(`src/${entry}`, "utf8"), ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const lines = lineOf(source.end) - 1;
  if (lines > LONGEST_FILE) console.log(`${lines} src/${entry}`);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const length = lineOf(node.end) - lineOf(node.getStart()) + 1;
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      if (length > LONGEST_FUNCTION)
        console.log(`${length} src/${entry}:${lineOf(node.getStart())} ${named?.getText() ?? "(no name)"}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}
