/** Priors as text, for the command line: `CLASS[:NAME]=DISTRIBUTION(numbers)`. */
import type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorSyntax } from "../messages/priors.ts";
import { PRIOR_PARAMETERS, priorParameterIssues } from "./distributions.ts";

const CLASSES: readonly string[] = ["fixed", "sd", "cor", "sigma", "aux"];

/**
 * Reads one prior.
 *
 * @throws DeclarationError when the text has another form, an unknown class or distribution, or a parameter out of range
 * @example
 * parsePrior("fixed=normal(0, 2.5)");
 * parsePrior("fixed:(Intercept)=normal(0, 5)");
 * parsePrior("sd:Subject.Days=halfNormal(20)");
 * parsePrior("cor:Subject=lkj(2)");
 */
export function parsePrior(text: string): PriorSpec {
  // The name may itself hold "=" and brackets, as I(x^2) does: the distribution is what follows the last "=".
  const match = /^\s*([A-Za-z]+)\s*(?::(.+))?=\s*([A-Za-z]+)\s*\(([^()]*)\)\s*$/s.exec(text);
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
  const expected = PRIOR_PARAMETERS[distributionName as PriorDistribution["name"]];
  const numbers =
    inside.trim() === "" ? [] : inside.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.length !== expected.length)
    return fail(
      expected.length === 0
        ? `${distributionName} takes no numbers`
        : `${distributionName} takes ${expected.length} ${expected.length === 1 ? "number" : "numbers"} (${expected.map(([parameter]) => parameter).join(", ")}), not ${numbers.length}`,
    );
  const distribution = { name: distributionName as PriorDistribution["name"], parameters: numbers };
  const issues = priorParameterIssues(distribution);
  if (issues.length > 0) throw new DeclarationError(issues);
  const trimmed = name?.trim();
  return Object.freeze({
    class: priorClass as PriorSpec["class"],
    ...(trimmed ? { name: trimmed } : {}),
    distribution: Object.freeze({ ...distribution, parameters: Object.freeze(numbers) }),
  });
}
