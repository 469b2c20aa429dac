/** Texts about draws that come from or go to other programs. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { shown } from "./options.ts";

/** @param source the file, where it is known */
export const notDraws = (format: string, reason: string, source?: string): Issue =>
  source === undefined
    ? issue("not-draws", ["draws"], `These are no draws in the format ${format}: ${reason}.`)
    : issue("not-draws", ["file", source], `The file '${source}' holds no draws in the format ${format}: ${reason}.`);

export const cutShort = (found: number, wanted: number): string =>
  `they are ${found} of the ${wanted} draws that num_samples promises; the file was cut short, or its run stopped`;

export const unendedLine =
  "the last line does not end, so the file may have been cut off within a number; copy it again, or end the line";

export const notSampled = (method: string): string =>
  `the file says method = ${method}, whose lines are no draws of a Markov chain; run CmdStan's method sample`;

export const noColumn = (name: string): string =>
  `there is no column '${name}', which numbers the draws or the chains; write .chain and .iteration beside the draws`;

export const raggedChains = "the chains have different numbers of draws; leave out the draws that are too many";

export const noVariables = "they hold no variable";

export const differentColumns = (chain: number): string =>
  `the file of chain ${chain} does not have the columns of the first; give the files of one run`;

export const badNumber = (text: string, line: number): string => `'${text}' in line ${line} is no number`;

export const raggedLine = (line: number): string =>
  `line ${line} has another number of fields than the line that names the columns; the file may have been cut off`;

export const damagedColumns = "its list of columns is damaged";
export const cutFile = "the file does not end as it should; it was cut off";

export const damagedFile = "its bytes contradict each other, so it was damaged or cut off";

/** Why a reader of bytes gave up: in its own words, unless it stumbled over a value of its own, which says nothing of the file. */
export const readerReason = (error: unknown): string =>
  error instanceof Error && error.name === "Error" ? error.message.replace(/\.+$/, "") : damagedFile;

export const repeatedColumn = (name: string): string => `two columns are named "${name}"`;

export const surplusDraws = (found: number, wanted: number): string =>
  `it has ${found} draws where its settings (num_samples, thin) make ${wanted}`;

export const noHeader = "no line names the columns";

export const noPosterior = "there is no group 'posterior'";

export const raggedArray = (name: string): string =>
  `the array '${name}' is not of the shape chains × draws × its dimensions`;

export const dimsNotNames = (name: string): string => `its dims of '${name}' are no list of names of dimensions`;

export const notJSONText = (reason: string): string => `they are no JSON (${reason})`;

export const unknownDrawsFile = (path: string): Issue =>
  issue(
    "unknown-draws-format",
    ["file", path],
    `The name '${path}' does not say the format of the draws. End it with .csv (CmdStan, a file a chain), .arrow, .parquet or .json (ArviZ).`,
  );

export const missingPackage = (name: string): Issue =>
  issue(
    "missing-package",
    [name],
    `Parquet files need the package ${name}, which is not installed. Run: npm i hyparquet hyparquet-writer`,
  );

export const missingVariable = (name: string, known: readonly string[]): Issue =>
  issue(
    "missing-variable",
    ["draws", name],
    `The draws have no variable '${name}', which the model needs. They have: ${known.slice(0, 12).join(", ")}${known.length > 12 ? ", …" : ""}. Rename the columns to the names drawNames(model) gives.`,
  );

export const notNamedDraws = (of: string, value: unknown): Issue =>
  issue(
    "not-named-draws",
    [of],
    `${of} needs named draws (chains, drawsPerChain, and variables and statistics with a value a draw), as namedDraws(fit), drawsFromCmdStan(texts) or drawsFromArrow(bytes) give them, not ${shown(value)}.`,
  );

export const otherVariables = (names: readonly string[]): FitWarning => ({
  code: "surplus-variables",
  message: `The draws have ${names.length === 1 ? "a parameter" : "parameters"} that the model lacks: ${names.slice(0, 6).join(", ")}${names.length > 6 ? ` and ${names.length - 6} more` : ""}. They were left out; check that the draws are this model's.`,
});

export const impossibleDraw = (name: string, draw: number, value: number, requirement: string): Issue =>
  issue(
    "impossible-draw",
    ["draws", name],
    `The variable '${name}' is ${value} in draw ${draw}, counted from 1, and must be ${requirement}. Check that the draws are this model's, and complete.`,
  );

export const impossibleCorrelations = (group: string, draw: number): Issue =>
  issue(
    "impossible-correlations",
    ["random", group],
    `The correlations of the random effects of ${group} in draw ${draw} are those of no covariance matrix. Check that the variables are not mixed up.`,
  );

export const drawsNotOfData = (name: string): string =>
  `it holds '${name}', which is neither text nor a list of numbers`;
