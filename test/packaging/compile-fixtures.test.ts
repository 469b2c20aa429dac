import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import type ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);

/** The compilers that users have: the oldest that is supported, the one before the newest, and the newest. */
const compilers = {
  "5.9": require.resolve("typescript-5.9/package.json"),
  "6.0": require.resolve("typescript/package.json"),
  "7.0": require.resolve("typescript-7/package.json"),
};
type Compiler = keyof typeof compilers;

const subpaths = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).exports as object)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "marginalia"));

/** Programs by file. Where a line ends in `// error: …`, and only there, the compiler must find a fault whose text holds what follows. */
const programs: Readonly<Record<string, string>> = {
  "subpaths.ts": subpaths.map((path, i) => `export * as part${i} from "${path}";`).join("\n"),

  "uses.ts": `
import { type Fit, type MaximumLikelihood, model, nuts, type Posterior } from "marginalia";
import { waic } from "marginalia/checks";
import { saveFit } from "marginalia/exchange";
import { exchangeable, gee } from "marginalia/gee";
import { readTable } from "marginalia/node";
import { normal } from "marginalia/priors";

const herds = model({ y: [1, 2, 3], x: [1, 2, 3], herd: ["a", "b", "b"] }).formula("y ~ x + (1 | herd)");
export const likelihood: Promise<MaximumLikelihood> = herds.fit();
export const posterior: Promise<Posterior> = herds.prior("fixed", normal(0, 1)).sample(nuts({ seed: "a", chains: undefined }));
export const equations = herds.fit(gee({ id: "herd", correlation: exchangeable() }));
export const estimates = (fit: Fit): number[] => fit.tidy().map(({ estimate }) => estimate);
export const kept = async () => [saveFit(await likelihood), waic(await posterior)];
export const table = readTable("herds.csv");
`,

  "generic.ts": `
import { model } from "marginalia";

export function slopes<T extends Record<string, number[]>, K extends keyof T & string>(table: T, response: K, predictor: K, group: K) {
  return model(table).response(response, { trials: group }).fixed(predictor).random(group, predictor).factor(group, [1, 2])
    .weights(predictor).frequencyWeights(predictor).offset(predictor).knownVariance(predictor).standardErrors(predictor)
    .contrasts(group, "sum").fit();
}
export const fit = slopes({ y: [1, 2], x: [1, 2], g: [1, 2] }, "y", "x", "g");
export const wrong = slopes({ y: [1, 2], x: [1, 2] }, "y", "x", "g"); // error: "g"
`,

  "columns.ts": `
import { model } from "marginalia";

const table = { y: [1, 2, 3], x: [1, 2, 3], "x 2": [1, 2, 3], herd: ["a", "b", "b"] };
const known = model(table);
known.response("yy"); // error: The table has no column yy
known.response("y", { trials: "nn" }); // error: The table has no column nn
known.response("y", { trials: "herd" }); // error: The column herd does not hold numbers
known.fixed("xx"); // error: The table has no column xx
known.fixed("x", "log(xx)"); // error: The table has no column xx
known.random("heard"); // error: The table has no column heard
known.random("herd", "log(xx)"); // error: The table has no column xx
known.formula("y ~ xx + (1 | herd)"); // error: The table has no column xx
known.formula("y ~ x + (1 | heard)"); // error: The table has no column heard
known.formula("yy ~ x"); // error: The table has no column yy
known.formula("y ~ log(xx)"); // error: The table has no column xx
known.formula("y ~ x + poly(xx, 2, raw = TRUE)"); // error: The table has no column xx
known.formula("y | trials(nn) ~ x"); // error: The table has no column nn
known.formula("y ~ x + us(0 + x | heard, sd = c(1, 2))"); // error: The table has no column heard
known.formula("y ~ I(x * exp(-xx))"); // error: The table has no column xx
known.formula("y ~ \`x 3\`"); // error: The table has no column x 3
known.dispersion("~ z"); // error: The table has no column z
known.parameter("sigma", "~ x + (1 | heard)"); // error: The table has no column heard
known.weights("ww"); // error: The table has no column ww
known.frequencyWeights("herd"); // error: The column herd does not hold numbers
known.offset("log(xx)"); // error: The table has no column xx
known.knownVariance("se^2"); // error: The table has no column se
known.factor("heard", ["a", "b"]); // error: The table has no column heard
known.contrasts("heard", "sum"); // error: The table has no column heard
known.residual({ variance: "varPower(~ xx | herd)" }); // error: The table has no column xx
known.mean("a * exp(k * xx)", { parameters: { a: "~ 1", k: "~ 1" } }); // error: The table has no column xx
known.mean("a * exp(k * x)", { parameters: { a: "~ 1 + (1 | heard)", k: "~ 1" } }); // error: The table has no column heard

known.formula("y ~ log (x) + I(2e-3 * x)+poly(x, degree = 2) - 1 + \`x 2\` + offset(log(x, base=2)) + (1 | gr(herd, cov = A))");
known.residual({ variance: "varPower(~ fitted(.))", correlation: "corARMA(~ x | herd, p = 1, q = 1)" });
export const whatever = (name: string) => known.formula(name).fixed(name).weights(name).dispersion(\`~ \${name}\`).response("y", { trials: name });
export const oneOf = (name: "x" | "y") => known.weights(name).offset(name).fixed(name);
`,

  "averages.ts": `
import { type Fit, model, type PopulationAverageOptions, type PopulationAverages, populationAverage } from "marginalia";
import { gee } from "marginalia/gee";

const herds = model({ y: [1, 2, 3], x: [1, 2, 3], herd: ["a", "b", "b"] }).formula("y ~ x + (1 | herd)");
const [likelihood, posterior, equations] = [await herds.fit(), await herds.sample(), await herds.fit(gee({ id: "herd" }))];
likelihood.populationAverage({ by: "xx" }); // error: The table has no column xx
likelihood.populationAverage({ by: ["x", "heard"] }); // error: The table has no column heard
likelihood.populationAverage({ at: { xx: [0, 1] } }); // error: The table has no column xx
likelihood.populationAverage({ by: "x", contrasts: "reference", contrastColumn: "xx" }); // error: The table has no column xx
posterior.populationAverage({ by: "xx" }); // error: The table has no column xx
equations.populationAverage({ by: "xx" }); // error: The table has no column xx
populationAverage(likelihood, { by: "xx" }); // error: The table has no column xx
populationAverage({ likelihood, posterior, equations }, { by: ["x", "xx"] }); // error: The table has no column xx
likelihood.populationAverage({ bye: "x" }); // error: 'bye'
likelihood.populationAverage({ by: "xx", onProgress: () => {} }); // error: The table has no column xx

populationAverage({ likelihood, posterior }, { by: ["x"], at: { x: [0, 1] }, contrasts: "reference", contrastColumn: "x" });
export const sliced: Promise<PopulationAverages>[] = [
  populationAverage({ likelihood, posterior }, { by: "x", onProgress: ({ done, total }) => void (done / total) }),
  ...[likelihood, equations].map((fit) => fit.populationAverage({ by: "x", onProgress: () => {} })),
  posterior.populationAverage({ by: "x", onProgress: () => {} }),
];
export const atOnce: PopulationAverages[] = [populationAverage(likelihood), posterior.populationAverage(), equations.populationAverage({ by: "x" })];
export const fits: Fit[] = [likelihood, posterior, equations];
export const any = (fit: Fit, by: string, options: PopulationAverageOptions) =>
  [fits, populationAverage(fit, { by: "z" }), likelihood.populationAverage({ by }), posterior.populationAverage(options)];
`,

  "options.ts": `
import { gee, loo, type Loo, type LooOptions, model, populationAverage, reml } from "marginalia";
import { influence, logLikelihood, posteriorPredictive, waic } from "marginalia/checks";
import { exchangeable } from "marginalia/gee";
import { averageSlopes, bootstrap, confint, estimate, vcov } from "marginalia/inference";
import { corAR1, corExp, varComb, varConstPower, varIdent, varPower } from "marginalia/residual";

const declared = model({ y: [1, 2, 3], x: [1, 2, 3], "x 2": [1, 2, 3], herd: ["a", "b", "b"], farm: ["a", "b", "b"] }).formula("y ~ x + (1 | herd)");
declared.fit(gee({ id: "heard" })); // error: The table has no column heard
declared.fit(gee({ id: ["farm", "heard"] })); // error: The table has no column heard
declared.fit(gee({ id: "herd", wave: "xx", correlation: exchangeable() })); // error: The table has no column xx
const equations = await declared.fit(gee({ id: "farm:herd", wave: "x" }), {});
declared.residual({ variance: varPower("xx") }); // error: The table has no column xx
declared.residual({ variance: varPower("x", { by: "heard" }) }); // error: The table has no column heard
declared.residual({ variance: varIdent(["herd", "heard"]) }); // error: The table has no column heard
declared.residual({ variance: varComb(varIdent("herd"), varConstPower("xx")) }); // error: The table has no column xx
declared.residual({ variance: varPower("x"), correlation: corAR1("x | heard") }); // error: The table has no column heard
declared.residual({ variance: varComb(varIdent("herd"), varPower("fitted")), correlation: corExp("x + xx") }); // error: The table has no column xx
declared.residual({ variance: varPower("x 2", { by: ["herd", "farm"], fixed: { power: 1 } }), correlation: corAR1("~ x | farm/herd") });

const fit = await declared.fit("reml");
fit.tidy({ vcov: "CR2", cluster: "heard" }); // error: The table has no column heard
vcov(fit, { vcov: "CR2", cluster: ["farm", "heard"] }); // error: The table has no column heard
confint(fit, { method: "bootstrap", cluster: "heard" }); // error: The table has no column heard
estimate(fit, (p) => p["x"]!, { cluster: "heard" }); // error: The table has no column heard
bootstrap(fit, { cluster: "heard" }); // error: The table has no column heard
bootstrap(equations, { cluster: "farm", kind: "nested", within: "heard" }); // error: The table has no column heard
averageSlopes(fit, { of: "xx" }); // error: The table has no column xx
averageSlopes(fit, { of: ["x", "xx"] }); // error: The table has no column xx
averageSlopes({ fit }, { by: "xx" }); // error: The table has no column xx
averageSlopes(fit, { vcov: "CR2", cluster: "heard" }); // error: The table has no column heard
populationAverage(fit, { vcov: "CR2", cluster: "heard" }); // error: The table has no column heard
averageSlopes(fit, { of: "x", by: "herd", vcov: "CR2", cluster: ["farm", "herd"] }).rows.concat((await averageSlopes(fit, { onProgress: ({ done }) => void (done + 1) })).rows);
influence(fit, { by: "heard" }); // error: The table has no column heard
influence(fit, { bye: "herd" }); // error: 'bye'
influence(fit, { by: "row" }).rows.concat(influence(fit, { by: "herd", refit: true }).rows);
bootstrap(fit, { cluster: ["farm", "herd"], draws: 9 }).rows.concat((await bootstrap(fit, { onProgress: ({ done }) => void (done + 1) })).rows);

const posterior = await declared.sample();
loo(posterior, { by: "group", group: "heard" }); // error: The table has no column heard
posterior.loo({ by: "group", group: "heard" }); // error: The table has no column heard
waic(posterior, { by: "group", group: "heard" }); // error: The table has no column heard
logLikelihood(posterior, { by: "group", group: "heard" }); // error: The table has no column heard
posteriorPredictive(posterior, { group: "heard" }); // error: The table has no column heard
export const left: Loo[] = [loo(posterior), posterior.loo({ group: "herd", by: "group" }), await loo(posterior, { onProgress: ({ total }) => void (total + 1) })];
export const either = (options: LooOptions): (Loo | Promise<Loo>)[] => [loo(posterior, options), posterior.loo(options)];
export const atOnce = (options: LooOptions): Loo => loo(posterior, options); // error: Promise<Loo>
export const any = (name: string, names: string[], several: string | readonly string[]) =>
  [fit.tidy({ vcov: "CR0", cluster: several }), bootstrap(fit, { cluster: names }), influence(fit, { by: name }), declared.fit(gee({ id: several })), declared.residual({ variance: varPower(name) })];

const misspelt = await declared.fit("rmel"); // error: "rmel"
export const rows = misspelt.tidy().map(({ term }) => term).concat(misspelt.ranef().map(({ level }) => level));
export const kind: "ml" = misspelt.kind;
export type Fitted = Awaited<ReturnType<typeof declared.fit>>["logLik"];
export const method = declared.fit(reml());
`,

  "studies.ts": `
import { model, type TableInput } from "marginalia";
import { designTable, grid, parameter, power, study } from "marginalia/studies";
const covariates = { arm: [0, 1, 0, 1], g: ["a", "a", "b", "b"] };
const one = model({ ...covariates, y: [0, 0, 0, 0] }).formula("y ~ arm + (1 | g)");
const other = model({ ...covariates, dose: [1, 2, 3, 4], y: [0, 0, 0, 0] }).formula("y ~ dose + (1 | g)");
const parameters = { "(Intercept)": 0 };
export const dgms = grid({ k: [1, 2] }, ({ k }) => ({ model: k === 1 ? one : other, parameters }));
export const made = study({
  dgms: { one: { model: one, parameters }, other: { model: other, parameters } },
  estimands: { arm: parameter("arm") },
  methods: { reml: (data) => data.fit("reml"), typed: () => other.fit("ml"), own: () => ({ arm: { estimate: 1 } }) },
});
export const planned = power({ model: one, parameters }, { test: "arm" });
model(covariates).formula("y ~ arm"); // error: The table has no column y
export const alone = [model(covariates as TableInput).formula("y ~ arm"), model(designTable({ g: 3, within: 2 })).formula("y ~ time")];
study({ dgms: [{ model: one }], estimands: {}, methods: {} }); // error: 'parameters'
`,

  "codes.ts": `
import { DeclarationError, type Fit, type IssueCode } from "marginalia";

export const misnamed = (error: unknown): boolean =>
  error instanceof DeclarationError && error.issues.some(({ code }) => code === "unknown-column");
export const misspelt = (error: DeclarationError): boolean =>
  error.issues.some(({ code }) => code === "unknown-colum"); // error: no overlap
export const code: IssueCode = "formula-syntax";
export const atBoundary = ({ warnings }: Fit): boolean => warnings.some(({ code: found }) => found === "boundary");
export const misspeltWarning = ({ warnings }: Fit): boolean =>
  warnings.some(({ code: found }) => found === "boundry"); // error: no overlap
`,
};

/** Programs that need types of a platform, `lib.dom` and `@types/node`. */
const platformPrograms: Readonly<Record<string, string>> = {
  "platform.ts": `
import { model } from "marginalia";
import { readTable } from "marginalia/node";
import type { StopSignal } from "marginalia/types";

const herds = model({ y: [1, 2, 3], herd: ["a", "b", "b"] }).formula("y ~ 1 + (1 | herd)");
export const fit = herds.fit("ml", { signal: AbortSignal.timeout(1000) });
herds.fit("ml", { signal: new URL("https://example.org") }); // error: 'AbortSignal'
export const table = readTable(new URL("herds.csv", import.meta.url));
readTable(new AbortController()); // error: 'AbortController'
export const signal = (given: StopSignal): AbortSignal => given;
`,
};

const faultsWanted = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).flatMap(([file, text]) =>
    text.split("\n").flatMap((line, i) => {
      const wanted = line.split("// error: ")[1];
      return wanted === undefined ? [] : [{ at: `${file}:${i + 1}`, wanted }];
    }),
  );

interface Fault {
  readonly at: string;
  readonly text: string;
}

const options = {
  target: "es2022",
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  // the compiler's own declarations take half of its time
  skipDefaultLibCheck: true,
  noEmit: true,
};
/** What a program has types of: of no page and not of Node, or of both. */
const platforms = {
  none: { files: programs, options: { ...options, lib: ["es2022"], types: [] } },
  both: { files: platformPrograms, options: { ...options, types: ["node"] } },
};
type Platform = keyof typeof platforms;

/** What the compilers in JavaScript have read, so that a second program reads only what the first did not. */
const read = new Map<string, ts.SourceFile | undefined>();

async function faultsByInterface(compiler: Compiler, platform: Platform, folder: string): Promise<Fault[]> {
  const api = require(dirname(compilers[compiler])) as typeof ts;
  const { files, options: given } = platforms[platform];
  const { options: parsed } = api.convertCompilerOptionsFromJson(given, folder);
  const host = api.createCompilerHost(parsed);
  const { getSourceFile } = host;
  host.getCurrentDirectory = () => folder;
  host.getSourceFile = (file, ...more) => {
    const key = `${compiler} ${file}`;
    if (!read.has(key)) read.set(key, getSourceFile.call(host, file, ...more));
    return read.get(key);
  };
  const program = api.createProgram(
    Object.keys(files).map((file) => join(folder, file)),
    parsed,
    host,
  );
  // The package's own declarations are the same with types of platforms, and read again by the newest compiler.
  const faults =
    platform === "none"
      ? api.getPreEmitDiagnostics(program)
      : Object.keys(files).flatMap((file) =>
          api.getPreEmitDiagnostics(program, program.getSourceFile(join(folder, file))),
        );
  return faults.map(({ file, start, messageText }) => ({
    at: file ? `${relative(folder, file.fileName)}:${file.getLineAndCharacterOfPosition(start!).line + 1}` : "",
    text: api.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}

/** Of a compiler that is a program of its own. */
const faultsByCommand = (compiler: Compiler, platform: Platform, folder: string) =>
  new Promise<Fault[]>((found) => {
    const args = [
      join(dirname(compilers[compiler]), "bin/tsc"),
      "-p",
      join(folder, `${platform}.json`),
      "--pretty",
      "false",
    ];
    execFile(process.execPath, args, { cwd: folder }, (_, output) =>
      found(
        output
          .split(/\n(?=\S)/)
          .filter((text) => text.trim() !== "")
          .map((text) => ({ at: text.replace(/^([^(]*)\((\d+),.*$/s, "$1:$2"), text })),
      ),
    );
  });

describe("programs against the built package, its declarations checked too", () => {
  let folder: string;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "marginalia-compiled-")));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("."), join(folder, "node_modules/marginalia"));
    symlinkSync(resolve("node_modules/@types"), join(folder, "node_modules/@types"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const [platform, { files, options: compilerOptions }] of Object.entries(platforms)) {
      writeFileSync(join(folder, `${platform}.json`), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    read.clear();
  });

  it.each(
    (Object.keys(compilers) as Compiler[]).flatMap((compiler) =>
      (Object.keys(platforms) as Platform[]).map((platform) => ({ compiler, platform })),
    ),
  )(
    "have the faults they are meant to have, and no other, under TypeScript $compiler with types of platforms: $platform",
    async ({ compiler, platform }) => {
      const faultsOf = compiler === "7.0" ? faultsByCommand : faultsByInterface;
      const found = await faultsOf(compiler, platform, folder);
      const wanted = faultsWanted(platforms[platform].files);
      const places = (faults: readonly { at: string }[]) => faults.map(({ at }) => at).sort();
      expect(places(found), found.map(({ at, text }) => `${at} ${text}`).join("\n")).toEqual(places(wanted));
      for (const { at, wanted: words } of wanted) expect(found.find((fault) => fault.at === at)!.text).toContain(words);
    },
  );
});
