/** Texts of the command-line tool: faults of its flags, and what it says of its progress. */
import { type Issue, issue } from "./issue.ts";
import { listedWithOr } from "./lists.ts";

export const elasticityAlone = (): Issue =>
  issue("unused-option", ["--elasticity"], "--elasticity is of slopes: name a numeric column by --slopes COLUMN.");

export const targetShareAlone = (): Issue =>
  issue(
    "unused-option",
    ["--target-share"],
    "--target-share names the column of the shares in the file of a target population, and there is no such file: give it as --average-weights FILE.csv.",
  );

export const compareAndContrast = (): Issue =>
  issue(
    "not-beside",
    ["--contrast"],
    "--contrast has contrasts of your own, and --compare those of a name: leave one of the two out.",
  );

export const contrastNotNumber = (name: string, text: string): Issue =>
  issue(
    "not-a-number",
    ["--contrast", name],
    `The contrast '${name}' has '${text}' among its coefficients: give numbers, as --contrast ${name}=-0.5,-0.5,0.5,0.5.`,
  );

export const compareColumnAlone = (): Issue =>
  issue(
    "unused-option",
    ["--compare-column"],
    "--compare-column names the column whose levels are compared, and nothing is: add --compare pairwise, reference or sequential.",
  );

export const missingFile = (): Issue =>
  issue(
    "missing-file",
    ["file"],
    "No table was named. Give a CSV file after the command, as in 'marginalia fit data.csv --formula \"y ~ x\"'.",
  );

export const missingFormula = (): Issue =>
  issue("missing-formula", ["--formula"], 'No formula was given. Add one, as in --formula "y ~ x + (1 | group)".');

export const unknownFlag = (flag: string, suggestion: string | null): Issue =>
  issue(
    "unknown-flag",
    [flag],
    `There is no option '${flag}'.${suggestion ? ` Did you mean '${suggestion}'?` : " See --help for those there are."}`,
  );

export const extraArgument = (argument: string): Issue =>
  issue(
    "extra-argument",
    [argument],
    `'${argument}' is one argument too many. Quote a formula, and give every option its flag.`,
  );

export const unknownMethod = (text: string, nearest: string | null): Issue =>
  issue(
    "unknown-method",
    ["--method"],
    `There is no method '${text}'${nearest === null ? "." : `; did you mean '${nearest}'?`} Use ml, reml, laplace, agq:K (K nodes, as agq:25), pql, lindstrom-bates, gee:exchangeable (or another working correlation) or auto.`,
  );

export const badNodeCount = (text: string): Issue =>
  issue(
    "bad-node-count",
    ["--method"],
    `--method agq needs a whole number of nodes of at least 1, not '${text}'. Write, for example, agq:25.`,
  );

export const notAssignment = (flag: string, text: string, example: string): Issue =>
  issue(
    "not-an-assignment",
    [flag],
    `${flag} '${text}' does not have the form NAME=VALUE. Write, for example, ${flag} ${example}.`,
  );

/** Of --contrasts, which codes factors, with a word that compares averages. */
export const comparisonNotCoding = (text: string): Issue =>
  issue(
    "not-an-assignment",
    ["--contrasts"],
    `--contrasts is the coding of a factor, as --contrasts dose=sum, and '${text}' compares averages: write --compare ${text} of 'marginalia average'.`,
  );

export const badQuoting = (flag: string, text: string): Issue =>
  issue(
    "bad-quoting",
    [flag],
    `${flag} '${text}' has a quote that does not close or stands inside a value. Quote the whole value and double the quotes in it.`,
  );

export const emptyLevel = (flag: string, name: string): Issue =>
  issue(
    "empty-level",
    [flag],
    `${flag} ${name} has an empty value in its list. Remove the extra comma, or write the empty value as "".`,
  );

export const repeatedName = (flag: string, name: string): Issue =>
  issue("repeated-name", [flag], `${flag} was given twice for '${name}'. Give it once, with all its values.`);

/** Of `--weights`, a column, with what `--average-weights` takes. */
export const weightsOfAverages = (what: string): Issue => ({
  code: "unknown-column",
  path: ["--weights"],
  message: `--weights names a column of precision weights; did you mean --average-weights ${what}?`,
});

export const notOneOf = (flag: string, text: string, nearest: string | null, choices: readonly string[]): Issue =>
  issue(
    "not-one-of",
    [flag],
    `${flag} cannot be '${text}'${nearest === null ? "" : `; did you mean '${nearest}'`}${nearest === null ? "." : "?"} Use ${listedWithOr(choices)}.`,
  );

export const twoFormats = (flags: readonly string[]): Issue =>
  issue(
    "option-given-twice",
    flags,
    `${flags.join(" and ")} are ${flags.length === 2 ? "two" : "three"} forms of one output. Give one of them.`,
  );

export const optionTwice = (flag: string): Issue =>
  issue("option-given-twice", [flag], `${flag} is given more than once, and only one counts. Give it once.`);

export const noCommand = (text: string, nearest: string | null, commands: readonly string[]): string =>
  `Error: There is no command '${text}'.${nearest === null ? "" : ` Did you mean '${nearest}'?`} The commands are ${commands.join(", ")}.`;

export const noValue = (flags: string): string => {
  const [flag = flags] = flags.split(" ");
  return `Error: ${flag} needs a value, as in ${flags}.`;
};

export const notCount = (flag: string, text: string, least: number): Issue =>
  issue("not-a-count", [flag], `${flag} must be a whole number of at least ${least}, not '${text}'.`);

export const notProportion = (flag: string, text: string): Issue =>
  issue("not-a-proportion", [flag], `${flag} must lie between 0 and 1 (exclusive), not '${text}'.`);

export const notBeside = (flag: string, taken: string): Issue =>
  issue(
    "not-beside",
    [flag],
    `${flag} cannot be given with ${taken}, whose file holds the model, its data and how it was fitted. Leave ${flag} out${flag === "--contrasts" ? "; averages are compared by --compare" : ""}.`,
  );

export const outputIsInput = (flag: string, path: string): Issue =>
  issue("output-is-input", [flag], `${flag} names '${path}', which is read. Name another file.`);

export const sameOutput = (flag: string, other: string, path: string): Issue =>
  issue("same-output", [flag], `${flag} and ${other} both name '${path}'. Give each its own file.`);

export const sameFlag = (flag: string, other: string): Issue =>
  issue("option-given-twice", [flag], `${flag} and ${other} are one option under two names. Give one of them.`);

export const posteriorBootstrap = (file: string): Issue =>
  issue(
    "bootstrap-engine",
    ["--fit"],
    `'${file}' holds a posterior, whose draws already are the uncertainty. Use its intervals, or fit the model by maximum likelihood.`,
  );

export const withoutOption = (flag: string, wanted: readonly string[]): Issue =>
  issue(
    "without-option",
    [flag],
    `${flag} says nothing without ${listedWithOr(wanted)}. Add one of them, or leave it out.`,
  );

export const besideOption = (flag: string, other: string): Issue =>
  issue("not-beside", [flag], `${flag} says nothing beside ${other}. Leave one of them out.`);

export const interrupted = "Interrupted; no result was printed.";

/** How far a fit is, on a line of a terminal. */
export const checkStatus = ({
  phase,
  done,
  total,
}: {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}): string => `${phase}: ${done} of ${total}`;

export const fitStatus = ({
  phase,
  start,
  evaluations,
  iteration,
  method,
  logLik,
}: {
  readonly phase: string;
  readonly start: string | null;
  readonly evaluations: number;
  readonly iteration: number | null;
  readonly method: string | null;
  readonly logLik: number | null;
}): string =>
  [
    phase === "other starts" && start !== null ? `${phase} (${start})` : phase,
    ...(iteration === null ? [] : [`round ${iteration}`]),
    ...(evaluations === 0 ? [] : [`${evaluations} evaluations`]),
    ...(logLik === null ? [] : [`log-likelihood ${logLik.toFixed(3)} (${method})`]),
  ].join(", ");

export const powerStatus = (done: number, total: number, failed: number): string =>
  `${done} of ${total} tests${failed > 0 ? `, ${failed} failed` : ""}`;

export const notANumberFlag = (flag: string, name: string, text: string): Issue => ({
  code: "bad-option",
  path: [flag],
  message: `${flag} ${name} must be a number, and it is "${text}".`,
});

export const twoFlags = (first: string, second: string): Issue => ({
  code: "option-given-twice",
  path: [first],
  message: `Give ${first} or ${second}, not both.`,
});

export const bootstrapStatus = (done: number, resamples: number): string => `${done} of ${resamples} resamples`;

/** @param file the checkpoint of the run */
export const interruptedRun = (file: string): string =>
  `What the chains have done is in '${file}'; go on with: marginalia sample --resume ${file}`;

export const unwritableOutput = (reason: string): string =>
  `Error: The output cannot be written (${reason}). Write it to another place.`;

export const internalError = (message: string): string =>
  `Internal error: ${message}\nThis is a fault of the program, not of the input. Set MARGINALIA_DEBUG=1 to see where it arose, and please report it.`;

export const missingHypothesis = (): Issue =>
  issue(
    "missing-option",
    ["--hypothesis"],
    "Say what to test, in the names of the table of the fit: --hypothesis 'Days > 5'.",
  );

export const badDelta = (text: string): Issue =>
  issue("bad-option", ["--delta"], `--delta must be a finite number of 0 or more, and is '${text}'.`);

export const badBounds = (text: string): Issue =>
  issue(
    "bad-option",
    ["--equivalence"],
    `--equivalence must be two numbers, the lower first, as 0.8,1.25, and is '${text}'.`,
  );

export const missingScope = (): Issue =>
  issue(
    "missing-option",
    ["--scope"],
    "Say which terms to add, a dot standing for those of the model: --scope '~ . + x'.",
  );
