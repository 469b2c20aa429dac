/**
 * The public surface, one line a name with its type, subpath by subpath: `tsx scripts/public-surface.ts` compares it with docs/public-surface.md and
 * ends with 1 where they differ; with `--write` it writes the file, so that a change of the surface is a change to review. Types that public
 * signatures name are listed at the end where no subpath exports them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";

const FILE = "docs/public-surface.md";
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, { types?: string }> };

const entries = Object.entries(exports)
  .filter(([, { types }]) => types !== undefined)
  .map(([subpath, { types }]) => ({
    name: subpath.replace(/^\./, "marginalia"),
    path: resolve(types!.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts")),
  }));

const config = ts.getParsedCommandLineOfConfigFile(
  "tsconfig.build.json",
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
)!;
const program = ts.createProgram(
  entries.map(({ path }) => path),
  config.options,
);
const checker = program.getTypeChecker();
const format = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const isOurs = (symbol: ts.Symbol) =>
  symbol.declarations?.some((declaration) => /\/src\//.test(declaration.getSourceFile().fileName)) ?? false;

const resolved = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const exported = new Set<ts.Symbol>();
const named = new Map<ts.Symbol, string>();

/** Notes the named types that a declaration writes in its signature. */
function visit(node: ts.Node, by: string): void {
  if (ts.isBlock(node) || (ts.isVariableDeclaration(node) && !node.type)) return;
  if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
    const at = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
    const symbol = checker.getSymbolAtLocation(at);
    if (symbol) {
      const target = resolved(symbol);
      if (isOurs(target) && !(target.flags & ts.SymbolFlags.TypeParameter) && !named.has(target)) named.set(target, by);
    }
  }
  ts.forEachChild(node, (child) => visit(child, by));
}

const lines: string[] = [];
for (const { name, path } of entries) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  const values: string[] = [];
  const types: string[] = [];
  for (const symbol of checker.getExportsOfModule(module)) {
    const target = resolved(symbol);
    exported.add(target);
    for (const declaration of target.declarations ?? []) visit(declaration, symbol.name);
    if (target.flags & ts.SymbolFlags.Value)
      values.push(`${symbol.name}: ${checker.typeToString(checker.getTypeOfSymbol(target), undefined, format)}`);
    else types.push(symbol.name);
  }
  lines.push(
    `## ${name}`,
    "",
    "```text",
    ...values.sort(),
    "```",
    "",
    `Types: ${types.sort().join(", ") || "none"}.`,
    "",
  );
}
const missing = [...named].filter(([symbol]) => !exported.has(symbol)).map(([symbol, by]) => `${symbol.name} (${by})`);
const text = [
  "# The public surface",
  "",
  "Every name that a user can import, with its type. `npm run surface` writes this file from the sources; `npm run lint` refuses a tree that differs from it.",
  "",
  ...lines,
  ...(missing.length > 0
    ? ["## Types that signatures name and no subpath exports", "", `${missing.sort().join(", ")}.`, ""]
    : []),
].join("\n");

if (process.argv.includes("--write")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  console.error(`The public surface is not what ${FILE} says: run 'npm run surface', and review what changed.`);
  process.exitCode = 1;
}
