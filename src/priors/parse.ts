/** Priors as text, for the command line: `CLASS[:NAME]=DISTRIBUTION(numbers)`. */
import type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
import { meantPriorTarget, PRIOR_CLASSES } from "../dsl/prior-classes.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorSyntax } from "../messages/priors.ts";
import { nearestName } from "../options/nearest-name.ts";
import { PRIOR_PARAMETERS, priorParameterIssues } from "./distributions.ts";

type Parameters = (typeof PRIOR_PARAMETERS)[PriorDistribution["name"]];

const FLAGS: Readonly<Record<string, number>> = { true: 1, false: 0, TRUE: 1, FALSE: 0 };

/** Arguments in order, by name as `parRatio=0.1`, or left out where there is a default. */
function readParameters(name: string, inside: string, expected: Parameters, fail: (reason: string) => never): number[] {
  const parts = inside.trim() === "" ? [] : inside.split(",");
  const known = expected.map(([parameter]) => parameter);
  const optional = expected.some(([, , fallback]) => fallback !== undefined);
  if (parts.length > expected.length || (!optional && parts.length < expected.length))
    return fail(
      expected.length === 0
        ? `${name} takes no numbers`
        : `${name} takes ${optional ? "at most " : ""}${expected.length} ${expected.length === 1 ? "number" : "numbers"} (${known.join(", ")}), not ${parts.length}`,
    );
  const values = expected.map(([, , fallback]) => fallback);
  const given = new Set<number>();
  parts.forEach((part, i) => {
    const [before, after] = part.split("=", 2) as [string, string | undefined];
    const position = after === undefined ? i : known.indexOf(camelCase(before.trim()));
    if (position < 0) fail(`${name} has no parameter "${before.trim()}"; it has ${known.join(", ")}`);
    if (given.has(position)) fail(`${known[position]} is given twice`);
    given.add(position);
    const text = (after ?? before).trim();
    if (expected[position]![1] !== "flag") values[position] = text === "" ? Number.NaN : Number(text);
    else
      values[position] = Object.hasOwn(FLAGS, text)
        ? FLAGS[text]!
        : fail(`${known[position]} is true or false, not "${text}"`);
  });
  const missing = known.filter((_, i) => values[i] === undefined);
  return missing.length > 0 ? fail(`${missing.join(", ")} is not given`) : (values as number[]);
}

/** Names of distributions as brms and Stan write them, by ours. */
const OTHER_NAMES: Readonly<Record<string, PriorDistribution["name"]>> = {
  std_normal: "normal",
  student_t: "studentT",
  double_exponential: "doubleExponential",
  half_normal: "halfNormal",
  half_student_t: "halfStudentT",
  half_cauchy: "halfCauchy",
  inv_gamma: "inverseGamma",
  inverse_gamma: "inverseGamma",
  log_normal: "lognormal",
  lkj_corr: "lkj",
  lkj_corr_cholesky: "lkj",
  pc_sd: "pcSd",
};

/** Distributions that brms and Stan cut at 0 for a standard deviation, which halves those that lie about 0. */
const HALVES: Readonly<Record<string, { readonly name: PriorDistribution["name"]; readonly location: number }>> = {
  normal: { name: "halfNormal", location: 0 },
  studentT: { name: "halfStudentT", location: 1 },
  cauchy: { name: "halfCauchy", location: 0 },
};

/** `par_ratio` as `parRatio`. */
const camelCase = (name: string): string => name.replace(/_([A-Za-z])/g, (_, letter: string) => letter.toUpperCase());

function unknownDistribution(name: string): string {
  const known = Object.keys(PRIOR_PARAMETERS);
  const meant = name === "laplace" ? "doubleExponential" : nearestName(name, [...known, ...Object.keys(OTHER_NAMES)]);
  return `there is no distribution "${name}"; ${meant === null ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`;
}

/**
 * Reads one prior. Distributions may have the names of brms and Stan, `student_t(3, 0, 2.5)`, `inv_gamma(2, 1)`; of a standard deviation
 * `normal(0, 5)` is then, as there, `halfNormal(5)`, and likewise `student_t(df, 0, scale)` and `cauchy(0, scale)`.
 *
 * @throws DeclarationError when the text has another form, an unknown class or distribution, or a parameter out of range
 * @example
 * parsePrior("fixed=normal(0, 2.5)");
 * parsePrior("fixed:(Intercept)=normal(0, 5)");
 * parsePrior("sd:Subject.Days=halfNormal(20)");
 * parsePrior("cor:Subject=lkj(2)");
 * parsePrior("sd=student_t(3, 0, 2.5)"); // halfStudentT(3, 2.5)
 * parsePrior("fixed=horseshoe(parRatio=0.1, scaleSlab=1)");
 */
export function parsePrior(text: string): PriorSpec {
  // The name may itself hold "=" and brackets, as I(x^2) does: the distribution is what follows the last "=".
  const match = /^\s*([A-Za-z]\w*)\s*(?::(.+))?=\s*([A-Za-z][A-Za-z0-9_]*)\s*\(([^()]*)\)\s*$/s.exec(text);
  const fail = (reason: string): never => {
    throw new DeclarationError([priorSyntax(text, reason)]);
  };
  if (!match) return fail("it does not have the form CLASS=DISTRIBUTION(numbers)");
  const [, priorClass, name, distributionName, inside] = match as unknown as [
    string,
    string,
    string | undefined,
    string,
    string,
  ];
  if (!PRIOR_CLASSES.includes(priorClass)) {
    const meant = meantPriorTarget(name === undefined ? priorClass : `${priorClass}:${name.trim()}`);
    return fail(
      `there is no parameter class "${priorClass}"; ${meant === null ? `the classes are ${PRIOR_CLASSES.join(", ")}` : `did you mean ${meant}?`}`,
    );
  }
  const standard = distributionName === "std_normal" && inside.trim() === "";
  const ours = Object.hasOwn(OTHER_NAMES, distributionName) ? OTHER_NAMES[distributionName]! : distributionName;
  if (!Object.hasOwn(PRIOR_PARAMETERS, ours)) return fail(unknownDistribution(distributionName));
  const known = ours as PriorDistribution["name"];
  const read = readParameters(distributionName, standard ? "0, 1" : inside, PRIOR_PARAMETERS[known], fail);
  const half = priorClass === "sd" || priorClass === "sigma" ? HALVES[known] : undefined;
  if (half && read[half.location] !== 0)
    fail(
      `a standard deviation is positive, and ${distributionName} cut off at 0 is read where its location is 0, not ${read[half.location]}`,
    );
  const numbers = half ? read.filter((_, i) => i !== half.location) : read;
  const distribution = { name: half?.name ?? known, parameters: numbers };
  const issues = priorParameterIssues(distribution);
  if (issues.length > 0) throw new DeclarationError(issues);
  const trimmed = name?.trim();
  return Object.freeze({
    class: priorClass as PriorSpec["class"],
    ...(trimmed ? { name: trimmed } : {}),
    distribution: Object.freeze({ ...distribution, parameters: Object.freeze(numbers) }),
  });
}
