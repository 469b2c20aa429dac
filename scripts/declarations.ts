/**
 * Finishes the declarations that tsc wrote to dist/. Those that no subpath reaches are removed. valibot is built in, so what they name of its types
 * is written beside them, to `dist/valibot.d.ts`: a project compiles against the package without valibot, and without the types of a page (`Blob`,
 * `File`) that the rest of valibot names.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const BUILT_IN = "valibot";
const DIST = resolve("dist");
const TARGET = join(DIST, `${BUILT_IN}.d.ts`);

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, { types?: string }> };
const reached = new Set<string>();
const needed = new Set<string>();
const strangers = new Set<string>();
for (const { types } of Object.values(exports)) if (types) reach(resolve(types));

for (const entry of readdirSync(DIST, { recursive: true, encoding: "utf8" })) {
  const file = join(DIST, entry);
  if (/\.d\.ts(\.map)?$/.test(file) && !reached.has(file.replace(/\.map$/, ""))) rmSync(file);
}
if (strangers.size > 0)
  throw new Error(`The public declarations name types of ${[...strangers].join(", ")}, which users may not have.`);
writeFileSync(TARGET, partOf(BUILT_IN, needed));

/** Follows what a file imports, and points what it names of the package that is built in to our copy. */
function reach(file: string): void {
  if (reached.has(file)) return;
  reached.add(file);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const places: ts.StringLiteral[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
          ? node.moduleSpecifier
          : undefined;
    if (named && ts.isStringLiteral(named)) {
      if (named.text.startsWith(".")) reach(resolve(dirname(file), named.text.replace(/\.ts$/, ".d.ts")));
      else if (named.text !== BUILT_IN) strangers.add(`${named.text} (${relative(DIST, file)})`);
      else {
        places.push(named);
        if (ts.isImportTypeNode(node)) needed.add(node.qualifier!.getText());
        else if (ts.isImportDeclaration(node))
          for (const { name, propertyName } of (node.importClause!.namedBindings as ts.NamedImports).elements)
            needed.add((propertyName ?? name).text);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let { text } = source;
  const path = relative(dirname(file), TARGET)
    .replaceAll("\\", "/")
    .replace(/^(?!\.)/, "./")
    .replace(/\.d\.ts$/, ".js");
  for (const place of places.reverse())
    text = `${text.slice(0, place.getStart())}"${path}"${text.slice(place.getEnd())}`;
  if (places.length > 0) writeFileSync(file, text);
}

/** The declarations of a package that define some names, in the package's own words. */
function partOf(name: string, wanted: ReadonlySet<string>): string {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = join(folder, "dist/index.d.mts");
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const declarations = new Map<string, ts.Statement[]>();
  for (const statement of source.statements) {
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name: declared }) => declared.getText())
      : "name" in statement
        ? [(statement.name as ts.Identifier).text]
        : [];
    for (const declared of names) declarations.set(declared, [...(declarations.get(declared) ?? []), statement]);
  }
  const kept = new Set<ts.Statement>();
  const keep = (declared: string): void => {
    for (const statement of declarations.get(declared) ?? []) {
      if (kept.has(statement)) continue;
      kept.add(statement);
      const visit = (node: ts.Node): void => {
        if (ts.isTypeReferenceNode(node)) keep(node.typeName.getText());
        if (ts.isExpressionWithTypeArguments(node)) keep(node.expression.getText());
        if (ts.isTypeQueryNode(node)) keep(node.exprName.getText());
        ts.forEachChild(node, visit);
      };
      visit(statement);
    }
  };
  for (const declared of wanted) keep(declared);
  const statements = source.statements
    .filter((statement) => kept.has(statement))
    .map((statement) => statement.getText());
  return [
    `// Types of ${name} ${version} (${license}; see THIRD-PARTY-LICENSES.txt) that the declarations beside this file name.`,
    ...statements,
    `export type { ${[...wanted].sort().join(", ")} };`,
    "",
  ].join("\n");
}
