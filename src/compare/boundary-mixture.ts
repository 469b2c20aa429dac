/**
 * What distribution a likelihood ratio has where the smaller model is the larger one with variances at 0. Without a random effect in a term of q others,
 * unstructured: ½χ²_q + ½χ²_(q+1) (Stram & Lee 1994, Biometrics 50, 1171–1177); of several variances a mixture by the correlations of their estimates.
 */
import { boundStructure } from "../covariance/structures.ts";
import type { RandomTermDesign } from "../data/design.ts";
import { momentsOfFit } from "../frequentist/small-sample/contrast-coordinates.ts";
import { expectedInformation } from "../frequentist/small-sample/expected-information.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import { createRng } from "../random/rng.ts";
import { type ChiSquareMixture, canMix, matrixMixture, varianceMixture } from "../special/chi-bar-square.ts";

/** A term of the larger model with effects that the smaller one has not. */
interface NewEffects {
  /** Place of the term among the larger model's. */
  readonly term: number;
  /** Effects that are new, by their place in the term. */
  readonly effects: readonly number[];
}

/** `none`: no variance is at 0 under the hypothesis. `unknown`: variances are, and what distribution follows is not known. */
export type BoundaryTest = ChiSquareMixture | "none" | "unknown";

const sameUnits = (a: RandomTermDesign, b: RandomTermDesign): boolean =>
  a.group === b.group && a.predictor === b.predictor && Boolean(a.known) === Boolean(b.known);

/**
 * The distribution of twice the gain in log-likelihood of the larger over the smaller fit.
 *
 * @param df parameters that the hypothesis fixes
 */
export function boundaryTest(small: MaximumLikelihoodFit, large: MaximumLikelihoodFit, df: number): BoundaryTest {
  const found = newEffects(small.model.design.random, large.model.design.random);
  if (!found) return "unknown";
  if (found.length === 0) return "none";
  const blocks = found.map(({ term, effects }) => {
    const own = large.model.layout.terms[term]!;
    // one parameter is one variance, whatever the structure
    if (own.size === 1) return [1];
    if (own.covariance === "diag") return effects.map(() => 1);
    return own.covariance === "us" ? [effects.length] : null;
  });
  if (!blocks.every((block): block is number[] => block !== null)) return "unknown";
  const sizes = blocks.flat();
  const dimension = sizes.reduce((sum, k) => sum + (k * (k + 1)) / 2, 0);
  const free = df - dimension;
  if (free < 0) return "unknown";
  const rng = createRng("boundary mixture");
  if (sizes.every((k) => k === 1)) {
    const n = sizes.length;
    if (!canMix(n)) return "unknown";
    return varianceMixture((n > 1 && covarianceOf(large, found)) || uncorrelated(n), n, free, rng);
  }
  if (sizes.length > 1 || sizes[0] !== 2) return "unknown";
  return matrixMixture(covarianceOf(large, found) ?? Float64Array.of(2, 0, 0, 0, 1, 0, 0, 0, 2), free, rng);
}

const uncorrelated = (n: number) => Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));

/** Which effects the larger model has besides; null where its terms do not contain the smaller one's. */
function newEffects(small: readonly RandomTermDesign[], large: readonly RandomTermDesign[]): NewEffects[] | null {
  const left = new Set(small);
  const covered = large.map(() => new Set<string>());
  const claim = (term: RandomTermDesign, t: number) => {
    left.delete(term);
    for (const name of term.names) covered[t]!.add(name);
  };
  // the same term first, then one that contains it
  for (const exact of [true, false])
    for (const term of [...left]) {
      const t = large.findIndex(
        (other, k) =>
          sameUnits(other, term) &&
          (exact ? other.q === term.q && other.covariance === term.covariance : true) &&
          term.names.every((name) => other.names.includes(name) && !covered[k]!.has(name)),
      );
      if (t >= 0) claim(term, t);
    }
  if (left.size > 0) return null;
  return large.flatMap((term, t) => {
    if (term.sd) return [];
    const effects = term.names.flatMap((name, a) => (covered[t]!.has(name) ? [] : [a]));
    return effects.length > 0 ? [{ term: t, effects }] : [];
  });
}

/**
 * The covariance of the new variances' (and covariances') estimates, by the expected information of a Gaussian model; null where there is none: then they
 * are taken to be uncorrelated.
 */
function covarianceOf(fit: MaximumLikelihoodFit, found: readonly NewEffects[]): Float64Array | null {
  if (!chooseIntegral(fit.model).exact) return null;
  const moments = momentsOfFit(fit);
  if (!moments || moments.predicted) return null;
  const structures = fit.model.layout.terms.map(boundStructure);
  if (structures.some(({ size, linear }) => size > 0 && linear.length === 0)) return null;
  const first: number[] = [];
  let next = 0;
  for (const { linear } of structures) {
    first.push(next);
    next += linear.length;
  }
  const places = found.flatMap(({ term, effects }) =>
    structures[term]!.linear.flatMap(([row, column], k) =>
      effects.includes(row) && effects.includes(column) ? [first[term]! + k] : [],
    ),
  );
  const { covariance, directions } = expectedInformation(moments.moments);
  const m = directions.directions.length;
  const V = new Float64Array(places.length ** 2);
  places.forEach((a, i) => {
    places.forEach((b, j) => {
      V[i * places.length + j] = covariance[a * m + b]!;
    });
  });
  return places.every((_, i) => V[i * places.length + i]! > 0) ? V : null;
}
