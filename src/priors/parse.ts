/** Priors as text, for the command line: `CLASS[:NAME]=DISTRIBUTION(numbers)`. */
import type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorSyntax } from "../messages/priors.ts";
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
    const position = after === undefined ? i : known.indexOf(before.trim());
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

const CLASSES: readonly string[] = ["fixed", "sd", "cor", "sigma", "threshold", "aux"];

/**
 * Reads one prior.
 *
 * @throws DeclarationError when the text has another form, an unknown class or distribution, or a parameter out of range
 * @example
 * parsePrior("fixed=normal(0, 2.5)");
 * parsePrior("fixed:(Intercept)=normal(0, 5)");
 * parsePrior("sd:Subject.Days=halfNormal(20)");
 * parsePrior("cor:Subject=lkj(2)");
 * parsePrior("fixed=horseshoe(parRatio=0.1, scaleSlab=1)");
 */
export function parsePrior(text: string): PriorSpec {
  // The name may itself hold "=" and brackets, as I(x^2) does: the distribution is what follows the last "=".
  const match = /^\s*([A-Za-z]+)\s*(?::(.+))?=\s*([A-Za-z][A-Za-z0-9]*)\s*\(([^()]*)\)\s*$/s.exec(text);
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
  if (!CLASSES.includes(priorClass))
    return fail(`there is no parameter class "${priorClass}"; the classes are ${CLASSES.join(", ")}`);
  if (!Object.hasOwn(PRIOR_PARAMETERS, distributionName))
    return fail(
      `there is no distribution "${distributionName}"; there are ${Object.keys(PRIOR_PARAMETERS).join(", ")}`,
    );
  const known = distributionName as PriorDistribution["name"];
  const numbers = readParameters(known, inside, PRIOR_PARAMETERS[known], fail);
  const distribution = { name: known, parameters: numbers };
  const issues = priorParameterIssues(distribution);
  if (issues.length > 0) throw new DeclarationError(issues);
  const trimmed = name?.trim();
  return Object.freeze({
    class: priorClass as PriorSpec["class"],
    ...(trimmed ? { name: trimmed } : {}),
    distribution: Object.freeze({ ...distribution, parameters: Object.freeze(numbers) }),
  });
}
