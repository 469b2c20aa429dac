/**
 * Probabilities of the categories of an ordered response, P(Y = k) = F(τ_k − η) − F(τ_{k−1} − η), with random effects in η or integrated
 * out of it. Integrated, each is the difference of two averaged distribution functions: one-dimensional integrals, closed for the probit,
 * E Φ(τ − η − e) = Φ((τ − η)/√(1 + v)).
 */

import type { CumulativeLinkName } from "../families/cumulative-link.ts";
import type { Family } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import { type LinkFunction, linkFunction } from "./link-function.ts";
import { populationMean } from "./population-mean.ts";
import type { ResponseMean } from "./response-mean.ts";

/** 1 − F(x) for a distribution that is not symmetric, accurate in the upper tail: G(−x) of the other extreme value; null where it is F(−x). */
function complement(name: CumulativeLinkName): LinkFunction | null {
  if (name !== "cloglog" && name !== "loglog") return null;
  const link = linkFunction(name);
  const mirrored = linkFunction(name === "cloglog" ? "loglog" : "cloglog");
  return {
    ...link,
    mean: (x) => mirrored.mean(-x),
    slope: (x) => -link.slope(x),
    curvature: (x) => -link.curvature(x),
  };
}

/** One end of a category: the averaged distribution function (or its complement) at τ − η, with derivatives in its argument and in v. */
interface End {
  readonly value: Float64Array;
  readonly slope: Float64Array;
  readonly dVariance: Float64Array;
}

/**
 * The probability of category k (counted from 0) of a family with categories.
 *
 * @example rowMeans(family, layout, rows, "population", "existing", categoryProbability(family, 2))
 */
export function categoryProbability(family: Family, k: number): ResponseMean {
  const name = family.link as CumulativeLinkName;
  const below = linkFunction(name);
  const above = complement(name);
  const last = family.categories!.length - 1;
  let size = 0;
  let argument = new Float64Array(0);
  let ends: End[] = [];
  const buffers = (n: number) => {
    if (n <= size) return;
    size = n;
    argument = new Float64Array(n);
    const make = (): End => ({
      value: new Float64Array(n),
      slope: new Float64Array(n),
      dVariance: new Float64Array(n),
    });
    // by end (lower, upper): the distribution function, then its complement
    ends = Array.from({ length: 4 }, make);
  };
  const average = (variance: Float64Array | null, n: number, to: End) =>
    populationMean(below, argument, variance, n, to.value, to.slope, to.dVariance);
  const averageComplement = (variance: Float64Array | null, n: number, to: End) => {
    if (above) return populationMean(above, argument, variance, n, to.value, to.slope, to.dVariance);
    for (let i = 0; i < n; i++) argument[i] = -argument[i]!;
    average(variance, n, to);
    for (let i = 0; i < n; i++) to.slope[i] = -to.slope[i]!;
  };

  return {
    evaluate(eta, variance, phi, n, out) {
      buffers(n);
      for (const d of out.dPhi) d.fill(0, 0, n);
      for (const d of out.dCovariance) d.fill(0, 0, n);
      out.error.fill(0, 0, n);
      const v = ofMean(variance);
      const etaOfMean = ofMean(eta);
      for (let end = 0; end < 2; end++) {
        const threshold = k - 1 + end;
        if (threshold < 0 || threshold >= last) continue;
        for (let i = 0; i < n; i++) argument[i] = phi[threshold]! - etaOfMean[i]!;
        if (k < last) average(v, n, ends[2 * end]!);
        if (k > 0) averageComplement(v, n, ends[2 * end + 1]!);
      }
      const dEta = ofMean(out.dEta);
      const dVariance = ofMean(out.dVariance);
      for (let i = 0; i < n; i++) {
        // the smaller of the two tails is the accurate one; the highest category has no other than the upper
        const upperTail = k === last || (k > 0 && ends[1]!.value[i]! < 0.5);
        const sign = upperTail ? -1 : 1;
        const lower = k > 0 ? ends[upperTail ? 1 : 0]! : null;
        const upper = k < last ? ends[upperTail ? 3 : 2]! : null;
        out.value[i] = sign * ((upper ? upper.value[i]! : 0) - (lower ? lower.value[i]! : 0));
        dEta[i] = -sign * ((upper ? upper.slope[i]! : 0) - (lower ? lower.slope[i]! : 0));
        dVariance[i] = sign * ((upper ? upper.dVariance[i]! : 0) - (lower ? lower.dVariance[i]! : 0));
        if (lower) out.dPhi[k - 1]![i] = -sign * lower.slope[i]!;
        if (upper) out.dPhi[k]![i] = sign * upper.slope[i]!;
      }
    },
  };
}

const known = new WeakMap<Family, readonly ResponseMean[]>();

/** The probabilities of all categories, lowest first; null for a family whose response has none. */
export function categoryProbabilities(family: Family): readonly ResponseMean[] | null {
  if (!family.categories) return null;
  let means = known.get(family);
  if (!means) {
    means = family.categories.map((_, k) => categoryProbability(family, k));
    known.set(family, means);
  }
  return means;
}
