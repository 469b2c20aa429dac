/** Options that have had another name, which is still read. */
import { refusal } from "../messages/issue.ts";
import { twoNames } from "../messages/options.ts";

/**
 * The value that was given under an option's name, or under the name it had before.
 *
 * @param of what takes it, as the user wrote it: `simulate()`
 * @throws DeclarationError when it was given under both
 */
export function eitherName<Now extends string, Before extends string>(
  options: { readonly [name in Now | Before]?: number | undefined },
  now: Now,
  before: Before,
  of: string,
): number | undefined {
  const [given, old]: readonly (number | undefined)[] = [options[now], options[before]];
  if (given !== undefined && old !== undefined)
    throw refusal("option-given-twice", [of, now], twoNames(of, now, before));
  return given ?? old;
}
