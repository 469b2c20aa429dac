/** One record a family and link: kernels are compiled once a record, so asking twice must give the same one. */
import { unknownLink } from "../messages/families.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { Family } from "./family.ts";

/**
 * A function of the link that makes each family once.
 *
 * @throws DeclarationError for a link that is not among `links`
 */
export function remembered<Link extends string>(
  name: string,
  links: readonly Link[],
  make: (link: Link) => Family,
): (link: Link | undefined) => Family {
  const made = new Map<Link, Family>();
  return (link = links[0]!) => {
    if (!links.includes(link))
      throw new DeclarationError([
        { code: "unknown-link", path: ["family", name], message: unknownLink(name, link, links) },
      ]);
    const family = made.get(link) ?? make(link);
    made.set(link, family);
    return family;
  };
}
