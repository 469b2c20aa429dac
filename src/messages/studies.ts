/** Texts of simulation studies. */
import type { Issue } from "./issue.ts";
import { listed, listedWithAnd, listedWithOr, quoted } from "./lists.ts";
import { shown } from "./options.ts";

export const unknownReference = (reference: string, methods: readonly string[]): Issue => ({
  code: "unknown-method",
  path: ["reference"],
  message: `The results have no method "${reference}" to compare with; they have ${listed(quoted(methods), 10)}.`,
});

export const noResults = (): Issue => ({
  code: "no-results",
  path: ["results"],
  message: "There are no results to summarise: the table has no rows.",
});

export const notResults = (columns: readonly string[]): Issue => ({
  code: "no-results",
  path: ["results"],
  message: `Results of a study are rows with the columns scenario, replicate, method, estimand, true_value, estimate, std_error, conf_low, conf_high, p_value and status; these have no ${listedWithOr(columns)}.`,
});

export const replicateTwice = (scenario: string, replicate: number, method: string, estimand: string): Issue => ({
  code: "replicate-twice",
  path: ["results", scenario],
  message: `Scenario ${scenario} has replicate ${replicate} of the method ${method} and the estimand ${estimand} more than once: a replicate is one row.`,
});

export const impossibleParameter = (name: string, value: unknown, wanted: string): Issue => ({
  code: "parameter-value",
  path: ["parameters", name],
  message: `The parameter "${name}" must be ${wanted}, and it is ${shown(value)}.`,
});

export const changesNotARecord = (value: unknown): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `with() takes true values by the names of parameters, as { trt: 0.4 }, not ${shown(value)}.`,
});

export const missingParameters = (names: readonly string[]): Issue => ({
  code: "missing-parameter",
  path: ["parameters"],
  message: `Responses are simulated from a value of every parameter, and ${listedWithAnd(quoted(names))} ${names.length === 1 ? "has" : "have"} none: give ${names.length === 1 ? "it" : "them"} in parameters, as { "${names[0]}": 0.5 }.`,
});

export const impossibleCorrelationsGiven = (group: string): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `The correlations of the random effects of ${group} belong to no covariance matrix: their matrix is not positive semidefinite.`,
});

export const responseNotAColumn = (response: string): Issue => ({
  code: "response-not-a-column",
  path: ["response"],
  message: `Responses of ${response} cannot be simulated into a table: declare the response as a column, and for logarithms simulate the column of the logarithms.`,
});

export const trialsUnknown = (name: string): Issue => ({
  code: "response-not-a-column",
  path: ["response"],
  message: `Successes can be simulated where the trials are known: declare the response as "${name} | trials(n)" with a column n of trials, not as successes and failures.`,
});

export const categoriesUnknown = (name: string): Issue => ({
  code: "bad-levels",
  path: ["response"],
  message: `The table has no responses ${name}, so that its categories are not known: declare them by .factor("${name}", ["low", "middle", "high"]), lowest first.`,
});

export const noResponseDeclared = (): Issue => ({
  code: "missing-response",
  path: ["response"],
  message: "The declaration has no response: begin with .response() or a formula, as y ~ x + (1 | g).",
});

export const noEstimate = (name: string, known: readonly string[]): string =>
  `The fit has no parameter "${name}"; it has ${listed(quoted(known), 12)}.`;

export const noScenarios = (): Issue => ({
  code: "bad-study",
  path: ["dgms"],
  message:
    "A study needs a data-generating mechanism: give dgms, as { null: { model, parameters } } or grid({ g: [6, 12] }, …).",
});

export const scenarioTwice = (name: string): Issue => ({
  code: "bad-study",
  path: ["dgms", name],
  message: `Two scenarios are called "${name}": give each a name of its own.`,
});

export const notAMechanism = (name: string): Issue => ({
  code: "bad-study",
  path: ["dgms", name],
  message: `The scenario "${name}" is no { model, parameters }: a declaration on a table of covariates, and the true parameters by name.`,
});

export const nothingToCompare = (what: "methods" | "estimands"): Issue => ({
  code: "bad-study",
  path: [what],
  message: `A study needs ${what}: give them by name, as ${what === "methods" ? "{ laplace: (data) => data.fit(laplace()) }" : '{ trt: parameter("trt") }'}.`,
});

export const unknownScenario = (name: string, known: readonly string[]): Issue => ({
  code: "bad-study",
  path: ["scenario"],
  message: `The study has no scenario "${name}"; it has ${listed(quoted(known), 10)}.`,
});

export const noResultOfMethod = (method: string): string =>
  `The method "${method}" must give a fit, or what it says of estimands by name, as { trt: { estimate: 0.4, std_error: 0.1 } }.`;

export const notADeclaration = (value: unknown): Issue => ({
  code: "bad-study",
  path: ["model"],
  message: `Responses are simulated of a fit, of a declaration, as model(covariates).formula("y ~ x + (1 | g)"), or of a mechanism { model, parameters }, and not of ${shown(value)}.`,
});

export const notParameters = (value: unknown): Issue => ({
  code: "missing-parameter",
  path: ["parameters"],
  message: `Responses of a declaration are simulated from parameters: numbers by name, as { "(Intercept)": -1, trt: 0.5 }, a posterior, or "prior"; not ${shown(value)}.`,
});

export const notAPosterior = (): Issue => ({
  code: "missing-parameter",
  path: ["parameters"],
  message:
    "Of fits, a posterior has draws to simulate from; of another take the estimates by fit.with(), which gives the declaration with them.",
});

export const severalAverages = (count: number): string =>
  `An estimand is one number, and average() has ${count} with these options: hold columns at one value each, as { at: { x: [0] } }, ask for one contrast of two levels, or write a function of a fit.`;

export const noReplications = (): Issue => ({
  code: "bad-study",
  path: ["replicationsFor"],
  message:
    "replicationsFor() needs an mcse above 0, and a standard deviation above 0 or a proportion between 0 and 1, as { p: 0.95, mcse: 0.005 }.",
});

export const noSuchSimulation = (s: number, draws: number): Issue => ({
  code: "bad-study",
  path: ["draws"],
  message: `There is no simulation ${s}: there are ${draws}, counted from 0.`,
});

export const impossibleResult = (found: string): string =>
  `The method gave ${found} for this estimand: a standard error is at least 0, a p value between 0 and 1, and conf_low at most conf_high.`;

export const ESTIMATE_NOT_A_NUMBER = "The method gave no finite number for this estimand.";

export const responseOverflows = (row: number, value: number): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `The response simulated in row ${row} is ${value}: with these parameters its mean is larger than a number can be, or has no distribution; take an intercept or standard deviations nearer to 0 on the scale of the link.`,
});

export const missingNotAColumn = (name: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "unknown-column",
  path: ["missing", name],
  message: `Log odds of a missing response are given by numeric columns, the response or "(Intercept)", and "${name}" is none of them${nearest === null ? "" : `, did you mean "${nearest}"`}; there are ${listed(quoted(known), 12)}.`,
});

export const missingNotANumber = (name: string, value: unknown): Issue => ({
  code: "parameter-value",
  path: ["missing", name],
  message: `The log odds of "${name}" for a missing response must be a finite number, and they are ${shown(value)}.`,
});

export const noSuchShare = (name: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "unknown-parameter",
  path: ["parameters", name],
  message: `There are no random effects for "${name}"${nearest === null ? "" : `; did you mean "${nearest}"?`}${nearest === null ? ": there" : " There"} are ${listed(quoted(known), 12)}.`,
});

export const sharesAboveOne = (sum: number): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `The intraclass correlations sum to ${sum}, which leaves no residual variance: their sum must be below 1.`,
});

export const noResidualVariance = (names: readonly string[]): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `${listedWithAnd(quoted(names))} ${names.length === 1 ? "is" : "are"} relative to a residual variance, and there is none: give sigma of a linear model; 0/1 and ordered responses have that of their link; of others give standard deviations.`,
});

export const noConditional = (terms: readonly string[]): Issue => ({
  code: "parameter-value",
  path: ["parameters"],
  message: `No conditional coefficients were found whose marginal ones are those of ${listedWithAnd(quoted(terms))}: give all coefficients of the mean as marginal ones, or the conditional ones.`,
});

export const parameterTwice = (label: string, names: readonly string[]): Issue => ({
  code: "bad-study",
  path: ["parameters", names[1]!],
  message: `The parameter "${label}" is given twice, by ${listedWithAnd(quoted(names))}: leave one out.`,
});

export const notAReplicate = (replicate: unknown): Issue => ({
  code: "bad-study",
  path: ["replicate"],
  message: `Replicates are numbered by whole numbers from 1, and not ${shown(replicate)}.`,
});
