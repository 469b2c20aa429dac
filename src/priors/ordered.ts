/**
 * Priors of an increasing sequence x_1 < … < x_m: independent densities p_k, restricted to increasing sequences,
 * p(x) = Π p_k(x_k) / P(X_1 < … < X_m). With one density for all of them it is that of the order statistics, and 1/P = m!.
 */
import type { PriorDistribution } from "../dsl/model-spec.ts";
import { DeclarationError } from "../messages/issue.ts";
import { orderedPriorRare } from "../messages/ordinal.ts";
import type { Rng } from "../random/rng.ts";
import { lgamma } from "../special/gamma.ts";
import { scalarPrior } from "./density.ts";

const same = (a: PriorDistribution, b: PriorDistribution): boolean =>
  a.name === b.name && a.parameters.every((value, i) => value === b.parameters[i]);

const allSame = (distributions: readonly PriorDistribution[]): boolean =>
  distributions.every((distribution) => same(distribution, distributions[0]!));

/** −log P(X_1 < … < X_m) for independent X_k; 0 where one of them is flat, so that there is no such probability. */
export function orderedLogNormaliser(distributions: readonly PriorDistribution[]): number {
  if (distributions.length < 2 || distributions.some(({ name }) => name === "flat")) return 0;
  return allSame(distributions) ? lgamma(distributions.length + 1) : -Math.log(increasingProbability(distributions));
}

/** Panels of the integral in t, x = centre + scale·sinh t: from −REACH to REACH, beyond which a Cauchy variable has a mass of 1e-10. */
const REACH = 24;
const PANELS = 192;
/** Chebyshev nodes a panel. */
const NODES = 8;

/** By repeated integration G_k(x) = ∫_−∞^x p_k G_{k−1}, G_0 = 1, of polynomials through the nodes of each panel. */
function increasingProbability(distributions: readonly PriorDistribution[]): number {
  const locations = distributions.map(({ parameters, name }) =>
    name === "studentT" ? parameters[1]! : parameters[0]!,
  );
  const scales = distributions.map(({ parameters }) => parameters.at(-1)!);
  const centre = locations.reduce((sum, x) => sum + x, 0) / locations.length;
  const scale = Math.min(...scales);
  const { nodes, integral } = panelRule();
  const half = REACH / PANELS;
  const count = NODES * PANELS;
  const x = new Float64Array(count);
  const slope = new Float64Array(count);
  for (let panel = 0; panel < PANELS; panel++)
    for (let i = 0; i < NODES; i++) {
      const t = -REACH + half * (2 * panel + 1 + nodes[i]!);
      x[panel * NODES + i] = centre + scale * Math.sinh(t);
      slope[panel * NODES + i] = half * scale * Math.cosh(t);
    }
  const G = new Float64Array(count).fill(1);
  const density = new Float64Array(NODES);
  let total = 0;
  for (const distribution of distributions) {
    const { logDensity } = scalarPrior(distribution);
    total = 0;
    for (let from = 0; from < count; from += NODES) {
      for (let i = 0; i < NODES; i++) density[i] = Math.exp(logDensity(x[from + i]!)) * slope[from + i]! * G[from + i]!;
      for (let i = 0; i <= NODES; i++) {
        let sum = 0;
        for (let j = 0; j < NODES; j++) sum += integral[i * NODES + j]! * density[j]!;
        if (i < NODES) G[from + i] = total + sum;
        else total += sum;
      }
    }
  }
  return total;
}

/** Chebyshev nodes on (−1, 1), and the matrix that integrates the polynomial through values there from −1 to each node, and to 1. */
function panelRule(): { nodes: Float64Array; integral: Float64Array } {
  const nodes = Float64Array.from({ length: NODES }, (_, i) => -Math.cos(((i + 0.5) * Math.PI) / NODES));
  const integral = new Float64Array((NODES + 1) * NODES);
  // ∫ T_0 = x, ∫ T_1 = x²/2, ∫ T_n = (T_{n+1}/(n + 1) − T_{n−1}/(n − 1))/2
  const T = (n: number, at: number) => Math.cos(n * Math.acos(Math.max(-1, Math.min(1, at))));
  const primitive = (n: number, at: number) =>
    n === 0 ? at : n === 1 ? 0.5 * at * at : 0.5 * (T(n + 1, at) / (n + 1) - T(n - 1, at) / (n - 1));
  for (let i = 0; i <= NODES; i++)
    for (let j = 0; j < NODES; j++)
      for (let n = 0; n < NODES; n++) {
        const end = i < NODES ? nodes[i]! : 1;
        const weight = ((n === 0 ? 1 : 2) / NODES) * T(n, nodes[j]!);
        integral[i * NODES + j]! += weight * (primitive(n, end) - primitive(n, -1));
      }
  return { nodes, integral };
}

/** Draws tried before a prior that hardly ever increases is refused. */
const MOST_TRIES = 100_000;

/**
 * Draws an increasing sequence into x from `from` on: sorted where all priors are the same, else drawn until it increases.
 *
 * @throws DeclarationError where no draw of many increases
 */
export function drawOrdered(
  rng: Rng,
  distributions: readonly PriorDistribution[],
  x: Float64Array,
  from: number,
): void {
  const priors = distributions.map(scalarPrior);
  const part = x.subarray(from, from + priors.length);
  const sorted = allSame(distributions);
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    priors.forEach((prior, k) => {
      part[k] = prior.draw(rng);
    });
    if (sorted) part.sort();
    if (part.every((value, k) => k === 0 || value > part[k - 1]!)) return;
  }
  throw new DeclarationError([orderedPriorRare(MOST_TRIES)]);
}
