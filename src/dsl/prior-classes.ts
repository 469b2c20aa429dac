/** The classes of parameters that priors are given for, and which of them other programs' names mean. */
import { nearestName } from "../options/nearest-name.ts";
import type { PriorSpec } from "./model-spec.ts";

export const PRIOR_CLASSES: readonly string[] = [
  "fixed",
  "sd",
  "cor",
  "sigma",
  "threshold",
  "aux",
] satisfies PriorSpec["class"][];

/** brms's classes, Stan's and JAGS's words. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  b: "fixed",
  beta: "fixed",
  coef: "fixed",
  Intercept: "fixed:(Intercept)",
  intercept: "fixed:(Intercept)",
  L: "cor",
  rho: "cor",
  shape: "aux:theta",
  residual: "sigma",
  cutpoints: "threshold",
};

/** What was most likely meant by the target of a prior that is none, as brms's `b_x`, `sd_g__x` or a slip of the pen; null where nothing comes near. */
export function meantPriorTarget(target: string): string | null {
  if (Object.hasOwn(OTHER_WORDS, target)) return OTHER_WORDS[target]!;
  const [, before, name] = /^([A-Za-z]+)[:_](.+)$/s.exec(target) ?? [];
  if (before === undefined || name === undefined) return nearestName(target, PRIOR_CLASSES);
  const own = PRIOR_CLASSES.includes(before) ? before : (OTHER_WORDS[before] ?? nearestName(before, PRIOR_CLASSES));
  if (own === null || own.includes(":")) return null;
  const words = name.split("__").map((word) => (word === "Intercept" ? "(Intercept)" : word));
  return own === "cor" ? `cor:${words[0]}` : `${own}:${words.join(".")}`;
}
