/** Texts of the command-line tool: faults of its flags, and its help. */
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

/** Help of the program and of each command. */
export const help = {
  program:
    "Hierarchical (mixed-effects) models: declare once, fit by maximum likelihood or sample the posterior, compare.",
  fit: "Fit by maximum (marginal) likelihood: exact for Gaussian models, else Laplace or adaptive Gauss-Hermite quadrature.",
  sample: "Sample the posterior by Hamiltonian Monte Carlo, with random effects integrated out wherever that pays.",
  predict: "Fit (or sample), then predict the rows of another table.",
  compare: "Fit by one or more methods, sample the posterior, and print the estimates side by side.",
  average: "Fit (or sample), then average the response over the population: random effects integrated out.",
  anova:
    "Fit, then test the terms of the model (F or Wald), or test it against a smaller one: likelihood ratio, bootstrap, Kenward-Roger, exact.",
  hypothesis: "Fit (or sample), then test hypotheses about parameters: differences, ratios, directions, equivalence.",
  drop1: "Fit, then leave out each term of the mean that no other contains, one at a time: AIC and tests.",
  power:
    "Power of a test by simulation: of a pilot with parameters changed, or from declared parameters; along sizes, and the size that has a power.",
  reduce: "Fit, then leave out the random terms that are not needed, step by step: correlations, slopes, terms.",
  add1: "Fit, then add each term of a scope to the mean, one at a time: AIC and tests.",
  check:
    "Fit (or sample), then check the fit against its data: predictive checks, quantile residuals, leaving out, evidence.",
  bootstrap:
    "Fit, then refit to clusters drawn with replacement, simulated responses, resampled residuals or reweighted clusters: standard errors and intervals of every parameter.",
  file: "table to read: CSV, also compressed with gzip; the first line names the columns",
  exitCodes:
    "\nExit code: 0 for a fit, a doubtful one too (its warnings say so), 2 for bad input and places that cannot be written (every fault on stderr), 130 when interrupted, 1 for an internal error.",
  programExamples: `
Examples:
  marginalia fit sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)"
  marginalia fit cbpp.csv --formula "incidence | trials(size) ~ factor(period) + (1 | herd)" --family binomial
  marginalia help sample
`,
  fitExamples: `
Examples:
  # a linear mixed model by REML (the default for gaussian)
  marginalia fit sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)"

  # a binomial one by quadrature with 25 nodes; period is a number in the file, a factor in the model
  marginalia fit cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" \\
      --family binomial --factor period=1,2,3,4 --method agq:25

  # a semicolon file with decimal commas, as JSON
  marginalia fit velo.csv --delimiter ";" --decimal , --formula "count ~ temp + (1 | station)" --family nbinom2 --json
`,
  anovaExamples: `
Examples:
  # F tests of each term given all others, with Satterthwaite's degrees of freedom
  marginalia anova machines.csv --formula "score ~ Machine + (1 | Worker/Machine)" --type 3

  # a model against one nested in it
  marginalia anova sleepstudy.csv --null "Reaction ~ Days + (1 | Subject)" --formula "Reaction ~ Days + (Days | Subject)"
`,
  hypothesisExamples: `
Examples:
  marginalia hypothesis sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --hypothesis "Days > 5"

  # two differences at once, their p values by the multivariate t
  marginalia hypothesis cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial --factor period=1,2,3,4 \\
      --hypothesis "period2 = period3" --hypothesis "period3 = period4" --adjust mvt
`,
  drop1Examples: `
Examples:
  # F tests of a REML fit, with Satterthwaite's degrees of freedom; likelihood ratios of a fit by maximum likelihood
  marginalia drop1 machines.csv --formula "score ~ Machine + (1 | Worker/Machine)"
  marginalia drop1 machines.csv --formula "score ~ Machine + (1 | Worker/Machine)" --method ml
`,
  powerExamples: `
Examples:
  # of a pilot, with the effect that matters, at 20, 40 and 80 subjects
  marginalia power sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --parameter Days=5 --along Subject=20,40,80 --seed 1

  # the number of subjects with power 0.9, between 10 and 200
  marginalia power sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --parameter Days=5 --solve Subject=10,200 --target 0.9

  # from declared parameters alone: the table has no column y
  marginalia power design.csv --formula "y ~ arm + (1 | g)" --parameter "(Intercept)=0" --parameter arm=0.5 \\
      --parameter "sd:g.(Intercept)=0.7" --parameter sigma=1 --test arm --by lrt
`,
  reduceExamples: `
Examples:
  # from the maximal model down, by likelihood ratios with the level of Matuschek et al. (2017), or by AIC
  marginalia reduce sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --method reml --alpha 0.2
  marginalia reduce sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --criterion AIC
`,
  add1Examples: `
Examples:
  marginalia add1 sleepstudy.csv --formula "Reaction ~ 1 + (1 | Subject)" --method ml --scope "~ . + Days + I(Days^2)"
`,
  sampleExamples: `
Examples:
  # keep the fit, and its draws for other programs; take up a run that was stopped
  marginalia sample sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --save sleep.json --draws-out draws.arrow \\
      --checkpoint run.json
  marginalia sample --resume run.json

  marginalia sample sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --seed 1 \\
      --prior "sd:Subject.Days=halfNormal(20)" --prior "cor:Subject=lkj(2)"

  marginalia sample cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --prior "fixed=normal(0,2.5)" --prior "fixed:(Intercept)=normal(0,5)" --draws 2000
`,
  predictExamples: `
Examples:
  # from a fit that 'fit --save' or 'sample --save' wrote
  marginalia predict --fit sleep.json --newdata next-week.csv

  # the rows that were fitted
  marginalia predict --fit sleep.json --conf-level 0.9

  marginalia predict sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --newdata next-week.csv
  marginalia predict cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --newdata new-herds.csv --estimand population
`,
  compareExamples: `
Examples:
  marginalia compare cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --method laplace --method agq:25 --seed 1
`,
  diagnose:
    "Fit (or sample), then say what is doubtful about the fit and what to try: convergence, separation, boundary, collinearity, groups, dispersion, zeros, integral, influence.",
  diagnoseExamples: `
Examples:
  marginalia diagnose cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial
  marginalia diagnose --fit cbpp.json --json
`,
  checkExamples: `
Examples:
  # does the model make such data? by period
  marginalia check --fit cbpp.json --predictive mean,sd,zeros --group period

  # leave one herd out, random effects integrated out; two models
  marginalia check --fit cbpp.json --loo group --against constant.json

  # Bayes factor; residuals of each row from the other rows, as JSON
  marginalia check --fit cbpp.json --evidence --against constant.json
  marginalia check --fit cbpp.json --residuals --leave-one-out --json
`,
  bootstrapExamples: `
Examples:
  # coefficients of estimating equations; the clusters are those of --id
  marginalia bootstrap ohio.csv --formula "resp ~ age * smoke" --family binomial --method gee:exchangeable --id id --seed 1

  # responses simulated from the fit, on four threads, with BCa and percentile intervals
  marginalia bootstrap sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --kind parametric --interval bca,percentile \\
      --draws 1999 --seed 1 --workers 4

  # keep the estimates of all resamples, and what is done of a long run
  marginalia bootstrap ovary.csv --formula "follicles ~ Time" --correlation "corAR1(~ 1 | Mare)" --save boot.json --checkpoint run.json

  # from a fit that 'fit --save' wrote
  marginalia bootstrap --fit cbpp.json --cluster herd --seed 1
`,
  averageExamples: `
Examples:
  # from a fit that 'fit --save' or 'sample --save' wrote
  marginalia average --fit cbpp.json --by period

  # the risk in each period, averaged over herds, beside that of a herd with random effect 0
  marginalia average cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --by period

  # at chosen values (a crossed grid); columns not named are averaged over the rows of the data
  marginalia average toenail.csv --formula "outcome ~ treatment * time + (1 | patient)" --family binomial \\
      --at time=0,6,12 --by treatment

  # all pairs of periods, of the population average alone, with 90 % intervals
  marginalia average --fit cbpp.json --by period --compare pairwise --estimand population --conf-level 0.9
`,
} as const;
