/** The options that declare a model, the same for every command. */

import type { Command } from "commander";
import type { NonlinearMeanOptions } from "../dsl/nonlinear-mean.ts";
import { contrastKinds } from "../effects/contrasts.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { badParameterFlag, flagsWithoutMean } from "../messages/nonlinear.ts";
import type { CsvOptions } from "../node/csv.ts";
import { parseAssignment } from "./assignment.ts";
import { collect } from "./collect.ts";

/** What commander hands over: texts as typed. */
export interface ModelFlags {
  readonly formula?: string;
  readonly family?: string;
  readonly link?: string;
  readonly weights?: string;
  readonly frequencyWeights?: string;
  readonly knownVariance?: string;
  readonly sigma?: string;
  readonly dispersion?: string;
  readonly predictor?: readonly string[];
  readonly knownCovariance?: readonly string[];
  readonly factor: readonly string[];
  readonly contrasts: readonly string[];
  readonly variance?: string;
  readonly correlation?: string;
  readonly missing: string;
  readonly mean?: string;
  readonly meanParameter?: readonly string[];
  readonly meanRandom?: readonly string[];
  readonly meanStart?: readonly string[];
  readonly naStrings?: string;
  readonly delimiter: string;
  readonly decimal: string;
  readonly encoding?: string;
  readonly text?: readonly string[];
  readonly number?: readonly string[];
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** A declaration as the flags make it, before any table has been looked at. */
export interface Declaration {
  readonly formula: string;
  readonly family: { readonly name: string; readonly link?: string };
  readonly weights?: string;
  readonly frequencyWeights?: string;
  readonly knownVariance?: string;
  /** The residual standard deviation where it is given; NaN for a text that is no number. */
  readonly sigma?: number;
  /** The formula of the dispersion's predictor. */
  readonly dispersion?: string;
  /** Formulas of predictors of other parameters of the distribution, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Files of known covariances across levels, by the name that gr() gives them. */
  readonly knownCovariances: Readonly<Record<string, string>>;
  readonly factors: Readonly<Record<string, readonly string[]>>;
  readonly contrasts: Readonly<Record<string, string>>;
  readonly missing: string;
  /** A nonlinear mean with the options of `.mean()`. */
  readonly nonlinear?: { readonly mean: string; readonly options: NonlinearMeanOptions };
  /** Residual structures in nlme's words. */
  readonly residual?: { readonly variance?: string; readonly correlation?: string };
}

/** Adds the table argument and the options of the declaration and of the file. */
export function addModelOptions(command: Command): Command {
  return command
    .argument("[file]", help.file)
    .option(
      "--formula <formula>",
      "the model, as in lme4: 'y ~ x + (x | group)', 'y | trials(n) ~ x', 'cbind(s, f) ~ x'",
    )
    .option(
      "--family <name>",
      "gaussian, binomial, poisson, nbinom2, nbinom1, gamma, beta or cumulative (an ordered response)",
      "gaussian",
    )
    .option("--link <name>", "link function of the mean (default: the family's own)")
    .option("--weights <column>", "precision weights: the variance of a row is divided by its weight")
    .option("--frequency-weights <column>", "frequency weights: a row counts that many times")
    .option(
      "--known-variance <column>",
      "the known residual variance of each row, as a column or 'se^2'; Gaussian models",
    )
    .option("--sigma <value>", "the residual standard deviation where it is given, not estimated; Gaussian models")
    .option(
      "--dispersion <formula>",
      "predictor of the family's dispersion on the log scale (sigma, theta, alpha, shape, phi): '~ x + (1 | g)'; '~ 0' for no residual variance",
    )
    .option(
      "--predictor <formula>",
      "predictor of a parameter of the distribution by its name: 'sigma ~ x + (1 | g)'; repeatable",
      gather,
      [],
    )
    .option(
      "--known-covariance <name=file>",
      "covariance across the levels of a grouping factor, for (1 | gr(animal, cov = NAME)) or (1 | NAME): a CSV file with the matrix, a list " +
        "(row, column, precision or covariance) or a pedigree (id, sire, dam); repeatable",
      gather,
      [],
    )
    .option(
      "--factor <name=levels>",
      "treat a column as a factor with these levels, the first the reference; repeatable",
      gather,
      [],
    )
    .option("--contrasts <name=kind>", "contrasts of a factor: treatment, sum, helmert or poly; repeatable", gather, [])
    .option(
      "--variance <function>",
      "residual variance in nlme's words: 'varPower(~ x | g)', 'varIdent(~ 1 | g)', 'varComb(…, …)'",
    )
    .option(
      "--correlation <structure>",
      "residual correlation in nlme's words: 'corAR1(~ time | g)', 'corARMA(~ 1 | g, p = 1, q = 1)', 'corExp(~ x + y, nugget = TRUE)'",
    )
    .option(
      "--mean <expression>",
      "nonlinear mean: 'Asym / (1 + exp((xmid - age) / scal))', 'SSlogis(age, Asym, xmid, scal)'",
    )
    .option(
      "--mean-parameter <formula>",
      "predictor of a parameter of --mean: 'Asym ~ 1 + (1 | Tree)'; repeatable",
      gather,
      [],
    )
    .option(
      "--mean-random <formula>",
      "effects correlated across parameters: 'Asym + xmid ~ 1 | Tree'; repeatable",
      gather,
      [],
    )
    .option("--mean-start <name=values>", "starting value of a parameter of --mean; repeatable", gather, [])
    .option("--missing <policy>", "rows with a missing value: omit (and count) or error", "omit")
    .option("--na-strings <list>", "fields that mean 'missing', comma-separated (default: NA and the empty field)")
    .option("--delimiter <character>", "the character between fields, or 'tab'", "auto")
    .option("--decimal <mark>", "the decimal mark, '.' or ','", ".")
    .option("--encoding <name>", "text encoding of the file (default: utf-8)")
    .option(
      "--text <column>",
      "read a column as text, whatever its fields look like: an identifier; repeatable",
      gather,
      [],
    )
    .option(
      "--number <column>",
      "read a column as numbers only, so that 1 and 1.0 are one level of a factor, and 007 is 7; repeatable",
      gather,
      [],
    )
    .option("--json", "print one JSON object on stdout")
    .option("--csv", "print the table of results as CSV on stdout, and what is doubtful on stderr")
    .option("--format <name>", "text, json, csv, markdown, html or latex: what is printed, as markup (default: text)");
}

/** Collects the values of a repeatable option. */
export function gather(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** The declaration the flags make. Faults are added to `issues`; undefined when there is no formula to go by. */
export function readDeclaration(flags: ModelFlags, issues: Issue[]): Declaration | undefined {
  const factors = readAssignments("--factor", flags.factor, "dose=low,high", issues);
  const comparisons: readonly string[] = contrastKinds;
  issues.push(...flags.contrasts.filter((text) => comparisons.includes(text)).map(messages.comparisonNotCoding));
  const codings = flags.contrasts.filter((text) => !comparisons.includes(text));
  const contrasts = readAssignments("--contrasts", codings, "dose=sum", issues);
  const matrices = readAssignments("--known-covariance", flags.knownCovariance ?? [], "A=relationship.csv", issues);
  if (flags.formula === undefined || flags.formula.trim() === "") {
    issues.push(messages.missingFormula());
    return undefined;
  }
  if (flags.mean === undefined) {
    const given = [
      ...((flags.meanParameter ?? []).length > 0 ? ["--mean-parameter"] : []),
      ...((flags.meanRandom ?? []).length > 0 ? ["--mean-random"] : []),
      ...((flags.meanStart ?? []).length > 0 ? ["--mean-start"] : []),
    ];
    if (given.length > 0)
      issues.push({ code: "mean-flags", path: given.slice(0, 1), message: flagsWithoutMean(given) });
  }
  return {
    formula: flags.formula,
    family: { name: flags.family ?? "gaussian", ...(flags.link === undefined ? {} : { link: flags.link }) },
    ...(flags.weights === undefined ? {} : { weights: flags.weights }),
    ...(flags.frequencyWeights === undefined ? {} : { frequencyWeights: flags.frequencyWeights }),
    ...(flags.knownVariance === undefined ? {} : { knownVariance: flags.knownVariance }),
    ...(flags.sigma === undefined ? {} : { sigma: Number(flags.sigma.trim() || Number.NaN) }),
    ...(flags.dispersion === undefined ? {} : { dispersion: flags.dispersion }),
    parameters: readParameters("--predictor", "sigma ~ x", flags.predictor ?? [], issues),
    knownCovariances: Object.fromEntries(Object.entries(matrices).map(([name, files]) => [name, files.join(",")])),
    factors,
    contrasts: Object.fromEntries(Object.entries(contrasts).map(([name, kinds]) => [name, kinds.join(",")])),
    missing: flags.missing,
    ...(flags.mean === undefined ? {} : { nonlinear: readNonlinear(flags.mean, flags, issues) }),
    ...(flags.variance === undefined && flags.correlation === undefined
      ? {}
      : {
          residual: {
            ...(flags.variance === undefined ? {} : { variance: flags.variance }),
            ...(flags.correlation === undefined ? {} : { correlation: flags.correlation }),
          },
        }),
  };
}

/** `NAME ~ predictor` flags as a record; a name given twice is a fault. */
function readParameters(
  flag: string,
  example: string,
  texts: readonly string[],
  issues: Issue[],
): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const text of texts) {
    const [name, predictor] = text.split(/~(.*)/s) as [string, string?];
    if (predictor === undefined || name.trim() === "")
      issues.push({ code: "bad-parameter", path: [flag], message: badParameterFlag(text, flag, example) });
    else if (Object.hasOwn(parameters, name.trim())) issues.push(messages.repeatedName(flag, name.trim()));
    else parameters[name.trim()] = predictor;
  }
  return parameters;
}

/** The nonlinear mean the flags make. */
function readNonlinear(
  mean: string,
  { meanParameter = [], meanRandom = [], meanStart = [] }: ModelFlags,
  issues: Issue[],
) {
  const parameters = readParameters("--mean-parameter", "Asym ~ 1 + (1 | Tree)", meanParameter, issues);
  const values = Object.entries(readAssignments("--mean-start", meanStart, "Asym=190", issues)).map(
    ([name, numbers]) => [name, numbers.map(Number)] as const,
  );
  return {
    mean,
    options: { parameters, random: meanRandom, ...(values.length > 0 && { start: Object.fromEntries(values) }) },
  };
}

/** The dialect of the files, for `readColumns`. */
export function readDialect(flags: ModelFlags): CsvOptions & { encoding?: string } {
  return {
    delimiter: flags.delimiter,
    decimal: flags.decimal as "." | ",",
    ...(flags.naStrings === undefined ? {} : { naStrings: flags.naStrings.split(",").map((text) => text.trim()) }),
    ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
    types: Object.fromEntries([
      ...(flags.text ?? []).map((name) => [name, "text"] as const),
      ...(flags.number ?? []).map((name) => [name, "number"] as const),
    ]),
  };
}

/** `NAME=v1,v2` flags as a record; a name given twice is a fault. */
export function readAssignments(
  flag: string,
  texts: readonly string[],
  example: string,
  issues: Issue[],
): Record<string, readonly string[]> {
  const record = new Map<string, readonly string[]>();
  for (const text of texts) {
    const assignment = collect(issues, () => parseAssignment(flag, text, example));
    if (!assignment) continue;
    if (record.has(assignment.name)) issues.push(messages.repeatedName(flag, assignment.name));
    record.set(assignment.name, assignment.values);
  }
  return Object.fromEntries(record);
}
