/** Whether a population mean exists, and whether the link keeps it within what the family can have. */

import type { DesignRows } from "../data/design.ts";
import type { Family } from "../families/family.ts";
import { isMeans, ofMean } from "../families/of-mean.ts";
import { linkLeavesSupport, populationMeanDoesNotExist, quasiMonteCarloError } from "../messages/effects.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { fillFactor, type ParameterLayout } from "../model/parameter-layout.ts";
import { normalCdf } from "../special/distributions.ts";
import type { RowMeans } from "./row-means.ts";

/**
 * Refuses a population mean that does not exist.
 *
 * @throws DeclarationError for an inverse link with random effects in the mean whose variance at `x` is not 0
 */
export function requirePopulationMean(
  family: Family,
  layout: ParameterLayout,
  random: DesignRows["random"],
  x: Float64Array,
): void {
  if (family.link !== "inverse") return;
  const groups = random.flatMap((term, t) => {
    if (!isMeans(term.predictor)) return [];
    const factor = new Float64Array(term.q * term.q);
    fillFactor(layout.terms[t]!, x, factor);
    return factor.some((value) => value !== 0) ? [term.group] : [];
  });
  if (groups.length > 0) throw declarationFault(populationMeanDoesNotExist(family.link, [...new Set(groups)]));
}

/** Shares of groups below this are not worth a warning: they do not show in a double's mean. */
const negligibleShare = 1e-12;

/** Relative errors below this do not show in what is printed. */
const negligibleError = 1e-9;

/** A warning where the population mean was integrated with an error. After `evaluate`. */
function integrationWarnings({ n, mean }: RowMeans): FitWarning[] {
  let worst = 0;
  for (let i = 0; i < n; i++)
    if (mean.error[i]! > 0) worst = Math.max(worst, mean.error[i]! / Math.abs(mean.value[i]!));
  return worst > negligibleError ? [quasiMonteCarloError(worst)] : [];
}

/**
 * A warning where random effects push the mean out of the family's support (a Poisson mean below 0 through the identity link, a
 * probability above 1 through the log link), with the share of groups concerned in the row worst affected. After `evaluate`.
 */
function supportWarnings(family: Family, means: RowMeans): FitWarning[] {
  const variance = ofMean(means.variance);
  if (!variance || (family.link !== "identity" && family.link !== "log")) return [];
  const outside = family.link === "identity" ? -1 : 2;
  // the family itself says whether a response there is possible
  const impossible = family.checkResponse(new Float64Array([outside]), new Float64Array([1]), new Int32Array(1), "y");
  if (impossible.length === 0) return [];
  const upper = family.link === "log" || boundedAbove(family);
  let share = 0;
  for (let i = 0; i < means.n; i++) {
    const sd = Math.sqrt(variance[i]!);
    if (sd === 0) continue;
    const eta = ofMean(means.eta)[i]!;
    const below = family.link === "identity" ? normalCdf(-eta / sd) : 0;
    const above = upper ? normalCdf((eta - (family.link === "log" ? 0 : 1)) / sd) : 0;
    share = Math.max(share, below + above);
  }
  return share > negligibleShare ? [linkLeavesSupport(family.name, family.link, share)] : [];
}

/** What is doubtful about population means. After `evaluate`. */
export const populationMeanWarnings = (family: Family, means: RowMeans): FitWarning[] => [
  ...integrationWarnings(means),
  ...supportWarnings(family, means),
];

function boundedAbove(family: Family): boolean {
  return family.checkResponse(new Float64Array([2]), new Float64Array([1]), new Int32Array(1), "y").length > 0;
}
