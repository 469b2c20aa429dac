/** The library's sentences in the words of the command line: `newLevels: "zero"` is `--new-levels zero` there, and `laplace()` is `--method laplace`. */

/** Options and methods of the library that a flag says, by name. */
const FLAGS: Readonly<Record<string, string>> = {
  adjust: "--adjust",
  ci: "--ci",
  confLevel: "--conf-level",
  contrasts: "--contrasts",
  ddf: "--ddf",
  delta: "--delta",
  dispersion: "--dispersion",
  estimand: "--estimand",
  equivalence: "--equivalence",
  factor: "--factor",
  family: "--family",
  fixed: "--formula",
  formula: "--formula",
  frequencyWeights: "--frequency-weights",
  knownCovariance: "--known-covariance",
  likelihood: "--likelihood",
  knownVariance: "--known-variance",
  mean: "--mean",
  missing: "--missing",
  newLevels: "--new-levels",
  newdata: "--newdata",
  offset: "--formula",
  parameter: "--predictor",
  prior: "--prior",
  random: "--formula",
  residual: "--variance and --correlation",
  residuals: "--residuals",
  side: "--side",
  sigma: "--sigma",
  standardErrors: "--known-variance",
  stdErr: "--std-err",
  target: "--target",
  type: "--type",
  vcov: "--robust",
  weights: "--weights",
};

const named = Object.keys(FLAGS).join("|");
/** Those whose value sentences name. */
const valued = "adjust|ddf|delta|likelihood|side|newLevels|estimand|residuals|stdErr|target|type|vcov";
/** What a call holds, with one level of parentheses and braces inside. */
const INSIDE = String.raw`(?:[^(){}]|\((?:[^()]|\([^()]*\))*\)|\{(?:[^{}]|\{[^{}]*\})*\})*`;
/** Not what a sentence quotes. */
const OWN = String.raw`(?<![\w"'\`.])`;

const rules: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [/\b(?:with the method|as fit\()(?: ?)(ml|reml)\(\)\)?/g, (_, method) => `with --method ${method}`],
  // what .mean() takes has flags of its own
  [
    new RegExp(String.raw`\.mean\(…, \{ (start|parameters)${INSIDE}\}\)`, "g"),
    (_, part) => `--mean-${part === "start" ? "start" : "parameter"}`,
  ],
  [/give start: \{[^}]*\} to \.mean\(\)/g, () => "give --mean-start"],
  [
    /\.(dispersion|frequencyWeights|knownVariance|missing|weights)\("([^"()]+)"\)/g,
    (_, name, value) => `${FLAGS[name!]} ${/\s/.test(value!) ? `"${value}"` : value}`,
  ],
  [/\.factor\(column, \[failure, success\]\)/g, () => "--factor column=failure,success"],
  // what a program calls and a command line does not
  [/, or register your own with registerFamily/g, () => ""],
  [
    /; use fit\(method, \{ penalised: true \}\) to add them as penalties, or sample\(\)/g,
    () => "; use 'marginalia sample'",
  ],
  [/compare with the model without it by anova\(\)/g, () => "compare with the log-likelihood of the model without it"],
  [/ by their likelihoods \(anova\)/g, () => " by their log-likelihoods"],
  [/types: \{[^}]*\} of readTable, or (?=--)/g, () => ""],
  [/\bwriteFit\(\) or (?=--)/g, () => ""],
  [/\bgee\(\{ parameters: \{[^}]*\} \}\) or (?=--)/g, () => ""],
  [/\bgee\(\{ scaleFix: [^}]*\}\)/g, () => "--scale-fix"],
  [/\bread (them|the parameters) from tidy\(\)/g, (_, what) => `read ${what} in the table of the fit`],
  [/\bposteriorPredictive\(\) with statistics of your own/g, () => "--predictive"],
  [/\buse populationAverage\(\) instead/g, () => "use 'marginalia average'"],
  [/, whose populationAverage\(fit\) integrates/g, () => ", of which 'marginalia average' integrates"],
  [/\bpopulationAverage\(fit\)/g, () => "'marginalia average'"],
  [/\buse quantileResiduals\(fit\)/g, () => "use 'marginalia check --residuals'"],
  [/\bread residuals\("normalized"\)/g, () => "leave out the structure"],
  [/\brandomEffects: "conditional"/g, () => "--residuals conditional"],
  [/\bleave leaveOneOut out\b/g, () => "leave --leave-one-out out"],
  [/\buse loo\(\)/g, () => "use --loo"],
  [/\bmethod: "bridge"/g, () => "--evidence bridge"],
  [/\bparameterisation: \{ "([^"]+)": "([\w-]+)" \}/g, (_, term, kind) => `--parameterisation ${term}=${kind}`],
  [/\bcontrasts: "(\w+)"/g, (_, kind) => `--compare ${kind}`],
  [/\bin by or at, or leave contrasts out/g, () => "by --by or --at, or leave --compare out"],
  [/ at asks for /g, () => " --at asks for "],
  [/" in by is no column/g, () => '" of --by is no column'],
  [/: name in by a column/g, () => ": name by --by a column"],
  [/\bdecimal: "(.)"/g, (_, mark) => `--decimal ${mark}`],
  [/\(decimal, types\)/g, () => "(--decimal, --text)"],
  [/\btargetAcceptance\b/g, () => "--target-acceptance"],
  [/\bmaxTreeDepth\b/g, () => "--max-tree-depth"],
  [/ \(--(?:dispersion|predictor)(?: "[^"]*")?(?:, --\w+)*\)/g, () => ""],
  [/\.parameter\("([^"]+)", "([^"]+)"\)/g, (_, name, predictor) => `--predictor '${name} ${predictor}'`],
  [/with \.sample\(nuts\(\)\)/g, () => "with 'marginalia sample … --save'"],
  [/\.fit\(\)/g, () => "'marginalia fit'"],
  [/\.sample\(\)/g, () => "'marginalia sample'"],
  [new RegExp(String.raw`${OWN}\.(${named})\(${INSIDE}\)`, "g"), (_, name) => FLAGS[name!]!],
  [
    new RegExp(String.raw`${OWN}(?:the )?(${valued})(?::| (?=")) ?"([\w-]+)"( or "[\w-]+")?`, "g"),
    (_, name, value, more) => `${FLAGS[name!]} ${value}${(more ?? "").replaceAll('"', "")}`,
  ],
  // options of averages
  [/\bweights: "([\w-]+)"/g, (_, value) => `--average-weights ${value}`],
  [/\bweights: \{ table, share: "([^"]+)" \} or --target-share \S+/g, (_, name) => `--target-share ${name}`],
  [/\b(scale|measure|elasticity|ref): "([^"]+)"/g, (_, name, value) => `--${name} ${value!.replaceAll(" ", "-")}`],
  [/\bcounterfactual: false\b/g, () => "--observed"],
  [/\bleave (scale|measure|ref|simple) out\b/g, (_, name) => `leave --${name} out`],
  [/\bleave weights( or newdata)? out\b/g, (_, more) => `leave --average-weights${more ? " or --newdata" : ""} out`],
  [/\bcontrasts of populationAverage\(\)/g, () => "--compare"],
  [/\bneeds newdata\b/g, () => "needs --newdata"],
  [/\bexponentiate (?=makes)|(?<=leave )exponentiate\b/g, (text) => `--${text}`],
  [/\bconfLevel\b/g, () => "--conf-level"],
  [/\bask for stdErr\b/g, () => "ask for --std-err"],
  [
    new RegExp(String.raw`${OWN}agq\((k|nodes|\d*)\)`, "g"),
    (_, nodes) => `--method agq:${/\d/.test(nodes!) ? nodes : "K"}`,
  ],
  [new RegExp(String.raw`${OWN}lindstromBates\(\)`, "g"), () => "--method lindstrom-bates"],
  [new RegExp(String.raw`${OWN}(ml|reml|laplace|auto|pql)\(\)`, "g"), (_, method) => `--method ${method}`],
  [new RegExp(String.raw`${OWN}(nuts|hmc|gibbs)\(\)`, "g"), (_, sampler) => `--sampler ${sampler}`],
  [/\bgee\(\{ correlation \}\)/g, () => "--method gee:CORRELATION"],
  [
    new RegExp(String.raw`${OWN}(independence|exchangeable|ar1)\(\)`, "g"),
    (_, correlation) => `--method gee:${correlation}`,
  ],
];

/** A sentence of the library as the command line says it. */
export const inFlags = (message: string): string =>
  rules.reduce(
    (text, [pattern, words]) => text.replace(pattern, (...groups) => words(...(groups as string[]))),
    message,
  );
