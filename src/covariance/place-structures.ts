/**
 * Effects at places, correlated by their distance: in space, or in time, where the exponential function is the Ornstein-Uhlenbeck process. One standard
 * deviation, a range and, of Matérn's family, a smoothness; their logarithms are the entries, so that the range is in the units of the coordinates.
 */
import type { CorrelationEntries } from "./correlation-entries.ts";
import type { Correlations } from "./correlations.ts";
import type { Places } from "./covariance-structure.ts";
import { distance, distanceEntries } from "./distance-entries.ts";
import type { DistanceFunctionName } from "./distance-functions.ts";
import { type EntryFamily, type EntryParameter, entryCorrelations, entryPrior } from "./entry-correlations.ts";

/** Logarithms of ranges and the like stay where their exponentials are numbers. */
const exponential = (t: number): number => Math.exp(Math.max(-300, Math.min(300, t)));

/** Scale of the logistic prior of log ν. */
const SMOOTHNESS_SCALE = 0.4;

const smoothness: EntryParameter = {
  label: { kind: "parameter", name: "smoothness", of: [], unit: null },
  value: exponential,
  slope: exponential,
  logBase: (t) => {
    const s = Math.abs(t / SMOOTHNESS_SCALE);
    return -s - 2 * Math.log1p(Math.exp(-s)) - Math.log(SMOOTHNESS_SCALE);
  },
  dLogBase: (t) => -Math.tanh(t / (2 * SMOOTHNESS_SCALE)) / SMOOTHNESS_SCALE,
  quantile: (p) => SMOOTHNESS_SCALE * (Math.log(p) - Math.log1p(-p)),
};

/** A range such that exp(−d/range) is uniform on (0, 1): an inverse gamma distribution of shape 1 and scale d. */
const rangeBeside = (d: number): EntryParameter => ({
  label: { kind: "parameter", name: "range", of: [], unit: null },
  value: exponential,
  slope: exponential,
  logBase: (t) => Math.log(d) - t - d * exponential(-t),
  dLogBase: (t) => d * exponential(-t) - 1,
  quantile: (p) => Math.log(d) - Math.log(-Math.log(p)),
});

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** The median distance of a place to the nearest other, and that of two places. */
function typicalDistances(places: Places): { readonly nearest: number; readonly middle: number } {
  const flat = places.flat();
  const dimensions = places[0]!.length;
  const all: number[] = [];
  const nearest = places.map((_, i) => {
    let least = Number.POSITIVE_INFINITY;
    places.forEach((_place, j) => {
      if (i === j) return;
      const d = distance(flat, dimensions, i, j);
      if (d < least) least = d;
      if (j < i) all.push(d);
    });
    return least;
  });
  return { nearest: median(nearest), middle: median(all) };
}

/** The u at which a falling function has a value in (0, 1), by bisection of its logarithm. */
function argumentOf(value: (u: number) => number, wanted: number): number {
  let [low, high] = [-60, 12];
  while (high - low > 1e-15 * Math.max(1, Math.abs(low))) {
    const middle = 0.5 * (low + high);
    if (middle === low || middle === high) break;
    if (value(Math.exp(middle)) > wanted) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

/** A correlation that says something of the range: neither of places far apart, nor of places that are as one. */
const telling = (r: number): boolean => r > 1e-9 && r < 1 - 1e-9;

/** The pair of places whose correlation says most of the range, and one at another distance; null where none does. */
function tellingPairs(
  q: number,
  correlation: (a: number, b: number) => number,
  distanceOf: CorrelationEntries["argument"],
) {
  let best: { d: number; r: number } | null = null;
  const found: { d: number; r: number }[] = [];
  for (let a = 1; a < q; a++)
    for (let b = 0; b < a; b++) {
      const r = correlation(a, b);
      if (!telling(r)) continue;
      const pair = { d: distanceOf(a, b), r };
      found.push(pair);
      if (best === null || Math.abs(r - 0.5) < Math.abs(best.r - 0.5)) best = pair;
    }
  if (best === null) return null;
  const { d } = best;
  const apart = (pair: { d: number; r: number }) =>
    Math.min(Math.abs(Math.log(pair.d / d)), 2) * Math.sqrt(pair.r * (1 - pair.r));
  const second = found.reduce((one, other) => (apart(other) > apart(one) ? other : one), best);
  return { best, second };
}

/** The entries of a matrix of the family, found by the correlations of two pairs of places. */
function nearestTo(
  q: number,
  entries: CorrelationEntries,
  start: readonly number[],
  correlation: (a: number, b: number) => number,
): readonly number[] {
  const pairs = tellingPairs(q, correlation, entries.argument);
  if (pairs === null) {
    // as good as one effect for all, or as none that are correlated
    const together = q > 1 && correlation(1, 0) >= 1 - 1e-9;
    return together ? start.map((t, k) => (k === 0 ? t + 16 : t)) : start;
  }
  const { best, second } = pairs;
  const psi = new Float64Array(2).fill(1);
  const at = (nu: number) => {
    psi[1] = nu;
    entries.set(psi, 0);
    return entries.value;
  };
  const logRange = (t: number) => Math.log(best.d) - argumentOf(at(exponential(t)), best.r);
  if (start.length === 1) return [logRange(0)];
  const miss = (t: number) => at(exponential(t))(second.d / Math.exp(logRange(t))) - second.r;
  let [low, high] = [-3, 3];
  const rising = miss(low) < 0;
  if (rising === miss(high) < 0) return [logRange(start[1]!), start[1]!];
  for (let step = 0; step < 50; step++) {
    const middle = 0.5 * (low + high);
    if (miss(middle) < 0 === rising) low = middle;
    else high = middle;
  }
  const t = 0.5 * (low + high);
  return [logRange(t), t];
}

/** The correlations of effects at places as a function of their distance. */
export const placeCorrelations =
  (name: DistanceFunctionName) =>
  (q: number, places?: Places): Correlations => {
    if (!places) throw new Error("A structure by distance needs the places of its effects.");
    const entries = distanceEntries(name, places.flat(), places[0]!.length);
    const { nearest, middle } = typicalDistances(places);
    const parameters = [rangeBeside(nearest), ...(entries.size > 1 ? [smoothness] : [])];
    const shapes = entries.size > 1 ? [Math.log(0.5), Math.log(1.5)] : [];
    const start = [0.5 * (Math.log(nearest) + Math.log(middle)), ...shapes.slice(0, 1)];
    const ranges = [0.3, 1, 3, 10, 30].map((times) => Math.log(times * nearest));
    const family: EntryFamily = {
      parameters,
      entries,
      nearest: (correlation) => nearestTo(q, entries, start, correlation),
      corners: ranges.flatMap((t) => (shapes.length > 0 ? shapes.map((nu) => [t, nu]) : [[t]])),
    };
    const correlations = entryCorrelations(q, family);
    return { ...correlations, prior: entryPrior(parameters, correlations) };
  };
