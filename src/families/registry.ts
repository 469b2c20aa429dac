/** Families by name: what a declaration written as text or JSON names. */
import { familyNameTaken, unknownFamily, unknownLink } from "../messages/families.ts";
import { refusal } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import { Beta } from "./beta.ts";
import { type BinomialLink, binomial } from "./binomial.ts";
import { cumulative } from "./cumulative.ts";
import { CUMULATIVE_LINK_NAMES, type CumulativeLinkName } from "./cumulative-link.ts";
import type { Family } from "./family.ts";
import { Gamma, type GammaLink } from "./gamma.ts";
import { gaussian } from "./gaussian.ts";
import { nbinom1, nbinom2 } from "./negative-binomial.ts";
import { type PoissonLink, poisson } from "./poisson.ts";

interface Entry {
  /** The first is the default. */
  readonly links: readonly string[];
  make(link: string): Family;
}

const BUILT_IN: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ["gaussian", { links: ["identity"], make: () => gaussian() }],
  [
    "binomial",
    { links: ["logit", "probit", "cloglog", "cauchit"], make: (link) => binomial({ link: link as BinomialLink }) },
  ],
  ["poisson", { links: ["log", "sqrt", "identity"], make: (link) => poisson({ link: link as PoissonLink }) }],
  ["nbinom2", { links: ["log"], make: () => nbinom2() }],
  ["nbinom1", { links: ["log"], make: () => nbinom1() }],
  ["Gamma", { links: ["log", "inverse"], make: (link) => Gamma({ link: link as GammaLink }) }],
  ["beta", { links: ["logit"], make: () => Beta() }],
  ["cumulative", { links: CUMULATIVE_LINK_NAMES, make: (link) => cumulative({ link: link as CumulativeLinkName }) }],
]);

const registered = new Map<string, Family>();

/** Whether every thread has the family of this name: a user's own is functions, which do not cross threads. */
export const isBuiltIn = (name: string): boolean => BUILT_IN.has(name);

/** Whether a record is the library's own and not a user's of the same name: engines that know a density by its name ask first. */
export const isBuiltInRecord = ({ name, link, logDensity, categories }: Family): boolean => {
  const entry = BUILT_IN.get(name);
  if (!entry?.links.includes(link)) return false;
  const family = entry.make(link);
  const own = categories && family.forCategories ? family.forCategories(categories) : family;
  return String(own.logDensity) === String(logDensity);
};

/** Names of all families known to the running program. */
export function familyNames(): string[] {
  return [...BUILT_IN.keys(), ...registered.keys()];
}

/**
 * Makes a user's own family known by its name, so that declarations read from JSON find it. Registering a name again replaces it.
 *
 * @throws DeclarationError when the name is that of a built-in family.
 */
export function registerFamily(family: Family): void {
  if (BUILT_IN.has(family.name))
    throw refusal("family-name-taken", ["family", family.name], familyNameTaken(family.name));
  registered.set(family.name, family);
}

/**
 * The family of a name and, where it has several, a link.
 *
 * @throws DeclarationError when there is no such family or link.
 * @example familyByName("binomial", "probit")
 */
export function familyByName(name: string, link?: string): Family {
  const entry = BUILT_IN.get(name);
  if (entry === undefined) {
    const own = registered.get(name);
    if (own === undefined)
      throw refusal(
        "unknown-family",
        ["family", name],
        unknownFamily(name, nearestName(name, familyNames()), familyNames()),
      );
    if (link !== undefined && link !== own.link)
      throw refusal("unknown-link", ["family", name], unknownLink(name, link, [own.link]));
    return own;
  }
  if (link !== undefined && !entry.links.includes(link))
    throw refusal("unknown-link", ["family", name], unknownLink(name, link, entry.links));
  return entry.make(link ?? entry.links[0]!);
}
