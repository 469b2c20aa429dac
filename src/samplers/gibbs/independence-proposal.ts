/**
 * A Student-t law fitted to the draws of a chain's warm-up and then left as it is: the proposal of an independence sampler (Tierney 1994, "Markov chains for
 * exploring posterior distributions", Annals of Statistics 22, section 2.3.3). Its tails are those of a power, heavier than a log standard deviation's
 * have with any proper prior, so that no state holds a chain for long.
 */
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { solveLower } from "../../linalg/triangular.ts";
import type { Rng } from "../../random/rng.ts";
import { gammaVariate } from "../../random/variates.ts";

const DF = 6;
/** Draws a coordinate that a fit needs. */
const LEAST_DRAWS = 12;

export interface IndependenceProposal {
  /** Count, mean and sums of products of the draws added, the fitted mean and factor, whether they are in use: what a checkpoint keeps. */
  readonly saved: Readonly<Record<"draws" | "law", Float64Array>>;
  readonly active: boolean;
  add(z: Float64Array): void;
  /** Fits the law to the draws added so far; it is in use from now on if they suffice. */
  fit(): void;
  /** Takes the law out of use. */
  discard(): void;
  draw(rng: Rng, out: Float64Array): void;
  /** Up to a constant. */
  logDensity(z: Float64Array): number;
}

/** @param d number of coordinates */
export function independenceProposal(d: number): IndependenceProposal {
  const draws = new Float64Array(1 + d + d * d);
  const [seen, products] = [draws.subarray(1, 1 + d), draws.subarray(1 + d)];
  const law = new Float64Array(1 + d + d * d);
  const [mean, factor] = [law.subarray(1, 1 + d), law.subarray(1 + d)];
  const work = new Float64Array(d);

  return {
    saved: { draws, law },
    get active() {
      return law[0] === 1;
    },
    add(z) {
      const n = ++draws[0]!;
      for (let i = 0; i < d; i++) work[i] = z[i]! - seen[i]!;
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++) products[i * d + j]! += (work[i]! * work[j]! * (n - 1)) / n;
      for (let i = 0; i < d; i++) seen[i]! += work[i]! / n;
    },
    fit() {
      const n = draws[0]!;
      mean.set(seen);
      for (let i = 0; i < d * d; i++) factor[i] = products[i]! / (n - 1);
      law[0] = n >= LEAST_DRAWS * d && choleskyFactor(factor, d) ? 1 : 0;
    },
    discard() {
      law[0] = 0;
    },
    draw(rng, out) {
      for (let i = 0; i < d; i++) work[i] = rng.normal();
      const stretch = 1 / Math.sqrt(gammaVariate(rng, DF / 2) / (DF / 2));
      for (let i = 0; i < d; i++) {
        let sum = 0;
        for (let j = 0; j <= i; j++) sum += factor[i * d + j]! * work[j]!;
        out[i] = mean[i]! + stretch * sum;
      }
    },
    logDensity(z) {
      for (let i = 0; i < d; i++) work[i] = z[i]! - mean[i]!;
      solveLower(factor, 0, d, d, work, 0, 1);
      let squares = 0;
      for (let i = 0; i < d; i++) squares += work[i]! * work[i]!;
      return -0.5 * (DF + d) * Math.log1p(squares / DF);
    },
  };
}
