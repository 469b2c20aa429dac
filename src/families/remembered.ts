/** One record a family and link: kernels are compiled once a record, so asking twice must give the same one. */
import { optional } from "valibot";
import { choice } from "../options/kinds.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import type { Family } from "./family.ts";

/** The options of a family. */
export interface LinkOptions<Link extends string> {
  /** Default the first that the family lists. */
  readonly link?: Link | undefined;
}

/**
 * A function of the options that makes the family of each link once.
 *
 * @throws DeclarationError for an unknown option, and a link that is not among `links`
 */
export function remembered<Link extends string>(
  name: string,
  links: readonly Link[],
  make: (link: Link) => Family,
): (options?: LinkOptions<Link>) => Family {
  const made = new Map<Link, Family>();
  const schema = optionsSchema({ link: optional(choice(links)) });
  return (options) => {
    const { link = links[0]! } = readOptions(schema, options, { of: `${name}()` }) as LinkOptions<Link>;
    const family = made.get(link) ?? make(link);
    made.set(link, family);
    return family;
  };
}
