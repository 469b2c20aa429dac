/** Where the parameters of an estimate come from: the maximum of a likelihood or the root of estimating equations, draws, resamples, a profile. */
import type { FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit, PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { DdfMethod } from "../model/tidy-options.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { effectsByDraw } from "../prediction/draw-source.ts";
import { modesOf, type PointFit } from "../prediction/fit-capabilities.ts";
import { gradientCoordinates } from "../prediction/gradient-coordinates.ts";
import { addThroughModes, moveGradients, projectedOnEffects } from "../prediction/mode-sensitivity.ts";
import { equivalentsOf } from "../prediction/moving-errors.ts";
import { roundingErrors } from "../prediction/rounding-errors.ts";
import type { Estimator } from "./estimator.ts";
import type { ResampleInterval } from "./resample-intervals.ts";

/** An estimate of the parameters with its covariance. */
export interface Point {
  readonly kind: "point";
  readonly x: Float64Array;
  /** Conditional modes by term, levels × q. */
  readonly effects: readonly Float64Array[];
  /** Standard errors of x. */
  readonly errors: Float64Array;
  /** Covariance of the parameters in the coordinates to which `settle` moves gradients. */
  readonly covariance: Float64Array;
  /**
   * Moves a gradient to the coordinates of the covariance, in place, and adds what goes through the modes of the random effects.
   *
   * @returns a vector whose scalar products are covariances given the parameters; null where there are none
   */
  settle(gx: Float64Array, gb: readonly Float64Array[] | null): Float64Array | null;
  /** Degrees of freedom of a quantity with this gradient in x (the user's parameters); absent or null: it is taken to be normal. */
  degreesOfFreedom?(gradient: Float64Array): number | null;
  /** What the degrees of freedom are by. */
  readonly ddf?: DdfMethod | "residual";
  /** Whether the error of a quantity with this gradient in x is nothing but rounding; absent: none is. */
  isRounding?(gradient: Float64Array, error: number): boolean;
  /** Other maxima that are as high: what has another error there has none. */
  readonly equivalents: readonly Point[];
}

/** Draws of the parameters, and of the random effects for estimators that read them. */
export interface Draws {
  readonly kind: "draws";
  readonly count: number;
  /** Calls `visit` with every draw in turn. The arrays are valid during the call only. */
  each(visit: (x: Float64Array, effects: readonly Float64Array[] | null, d: number) => void): Pausable<void>;
}

/** Estimates of the parameters from resamples of the data, beside that of the data. */
export interface Resamples {
  readonly kind: "resamples";
  readonly x: Float64Array;
  readonly replicates: readonly Float64Array[];
  /** Estimates without each cluster, for BCa intervals; absent or empty: there are none. */
  readonly jackknife?: readonly Float64Array[];
  /** The interval; default `percentile`. Without errors of the resamples there is none that is studentised. */
  readonly interval?: ResampleInterval;
}

/** Ends of an interval; null: it is open on that side. */
export interface IntervalEnds {
  readonly low: number | null;
  readonly high: number | null;
}

/** A point whose intervals are those of the profile likelihood of each quantity. */
export interface Profile {
  readonly kind: "profile";
  readonly point: Point;
  /** Of quantity k. */
  interval(estimator: Estimator, k: number, confLevel: number): IntervalEnds;
  /** What is doubtful about the profiles taken so far. */
  warnings?(): readonly FitWarning[];
}

export type Source = Point | Draws | Resamples | Profile;

export interface SourceOptions {
  /** Whether random effects will be read. */
  readonly withEffects: boolean;
}

export const sourceOf = (fit: Fit, options: SourceOptions): Point | Draws =>
  fit.kind === "posterior" ? drawsOf(fit, options) : pointOf(fit, options);

export function pointOf(fit: PointFit, { withEffects }: SourceOptions): Point {
  const coordinates = gradientCoordinates(fit, withEffects);
  const { estimate: x, covariance } = fit;
  const isRounding = roundingErrors(fit);
  return {
    kind: "point",
    x,
    effects: withEffects ? modesOf(fit) : [],
    errors: x.map((_, j) => Math.sqrt(covariance[j * x.length + j]!)),
    covariance: coordinates.covariance,
    settle(gx, gb) {
      if (!gb || fit.kind !== "ml") {
        coordinates.parameters(gx);
        return null;
      }
      moveGradients(fit, gx, gb);
      addThroughModes(fit, gb, gx);
      return projectedOnEffects(fit, gb);
    },
    ...(isRounding && { isRounding }),
    equivalents: equivalentsOf(fit).map((other: MaximumLikelihoodFit) => pointOf(other, { withEffects })),
  };
}

function drawsOf(fit: PosteriorFit, { withEffects }: SourceOptions): Draws {
  const { chains, drawsPerChain, size, values } = ownDraws(fit);
  const count = chains * drawsPerChain;
  const effects = withEffects ? effectsByDraw(fit) : null;
  return {
    kind: "draws",
    count,
    *each(visit) {
      for (let d = 0; d < count; d++) {
        visit(values.subarray(d * size, (d + 1) * size), effects ? effects(d) : null, d);
        if (pauseDue()) yield;
      }
    },
  };
}
