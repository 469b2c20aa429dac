/** Student's t for quantities that are contrasts of the coefficients of a linear mixed model: their degrees of freedom, and adjusted covariances. */
import type { Point, Source } from "../estimates/sources.ts";
import { ofMean } from "../families/of-mean.ts";
import { type RobustInference, robustInference } from "../frequentist/robust/robust-inference.ts";
import { contrastTests } from "../frequentist/small-sample/coefficient-tests.ts";
import { DeclarationError } from "../messages/issue.ts";
import { robustOfConditional, robustWithProfile } from "../messages/robust.ts";
import { ddfNotOfThis, ddfOfConditional } from "../messages/small-sample.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import type { DdfMethod, RobustKind } from "../model/tidy-options.ts";
import { equivalentsOf } from "../prediction/moving-errors.ts";

export interface DegreesOfFreedomOptions {
  /** Default: as `tidy()` has them. */
  readonly ddf: DdfMethod | undefined;
  /** Whether the quantities read random effects: then they are no contrasts of coefficients, and stay as they are. */
  readonly usesEffects: boolean;
  /** A robust covariance in the place of the model's; its degrees of freedom are Satterthwaite's. */
  readonly robust?: { readonly vcov: RobustKind; readonly cluster?: string | readonly string[] } | null;
}

/**
 * A source whose quantities have the degrees of freedom of their contrasts, and errors adjusted where the method does that.
 *
 * @throws DeclarationError where degrees of freedom are asked for that the fit or quantities do not have
 */
export function withDegreesOfFreedom(
  source: Source,
  fit: Fit,
  { ddf, usesEffects, robust }: DegreesOfFreedomOptions,
): Source {
  if (robust) {
    if (usesEffects) throw new DeclarationError([robustOfConditional()]);
    const inference = robustInference(fit, { ...robust, ddf });
    if (source.kind !== "point") throw new DeclarationError([robustWithProfile()]);
    return robustPoint(source, fit as MaximumLikelihoodFit, inference);
  }
  if (ddf === "normal") return source;
  if (fit.kind !== "ml") {
    if (ddf === undefined) return source;
    throw new DeclarationError([ddfNotOfThis(fit.kind === "gee" ? "A fit by estimating equations" : "A posterior")]);
  }
  if (usesEffects) {
    if (ddf === undefined) return source;
    contrastTests(fit, ddf);
    throw new DeclarationError([ddfOfConditional(ddf)]);
  }
  if (source.kind === "point") return pointWith(source, fit, ddf);
  return source.kind === "profile" ? { ...source, point: pointWith(source.point, fit, ddf) } : source;
}

/** A robust covariance in the place of the fit's. */
function robustPoint(point: Point, fit: MaximumLikelihoodFit, inference: RobustInference): Point {
  const { all, adjusted } = inference;
  const { offset, size } = ofMean(fit.model.layout.beta);
  const end = offset + size;
  const finite = (df: number) => (df < Number.POSITIVE_INFINITY ? df : null);
  if (!all)
    return {
      ...point,
      ...adjustedErrors(point, adjusted!, offset, size),
      ddf: "satterthwaite",
      degreesOfFreedom: (gradient) => finite(inference.df(gradient.subarray(offset, end))),
      equivalents: [],
    };
  return {
    ...point,
    covariance: all.covariance,
    settle(gx) {
      gx.set(all.toRoot(gx));
      return null;
    },
    ddf: "satterthwaite",
    degreesOfFreedom: (gradient) => finite(all.df(gradient)),
    equivalents: [],
  };
}

function pointWith(point: Point, fit: MaximumLikelihoodFit, ddf: DdfMethod | undefined): Point {
  const tests = contrastTests(fit, ddf);
  if (!tests) return point;
  const { offset, size } = ofMean(fit.model.layout.beta);
  const end = offset + size;
  const others = equivalentsOf(fit);
  return {
    ...point,
    ...(tests.adjusted && adjustedErrors(point, tests.adjusted, offset, size)),
    ddf: hasVariances(fit) ? (tests.ddf ?? "residual") : "residual",
    degreesOfFreedom(gradient) {
      // what depends on anything else is no contrast of the mean's coefficients
      if (gradient.some((slope, j) => slope !== 0 && (j < offset || j >= end))) return null;
      const df = tests.df(gradient.subarray(offset, end));
      return df < Number.POSITIVE_INFINITY ? df : null;
    },
    equivalents: point.equivalents.map((other, k) => pointWith(other, others[k]!, ddf)),
  };
}

/** Whether there is more to estimate than coefficients and one variance: degrees of freedom are counted otherwise. */
const hasVariances = ({ model: { design } }: MaximumLikelihoodFit) =>
  design.random.length > 0 || Boolean(design.residual);

/** The covariance of the mean's coefficients in its own coordinates, in the place of the fit's. */
function adjustedErrors(
  { x }: Point,
  { covariance, to }: { readonly covariance: Float64Array; to(l: ArrayLike<number>): Float64Array },
  offset: number,
  size: number,
): Pick<Point, "covariance" | "settle"> {
  const whole = new Float64Array(x.length * x.length);
  for (let a = 0; a < size; a++)
    whole.set(covariance.subarray(a * size, (a + 1) * size), (offset + a) * x.length + offset);
  return {
    covariance: whole,
    settle(gx) {
      const own = to(gx.subarray(offset, offset + size));
      gx.fill(0);
      gx.set(own, offset);
      return null;
    },
  };
}
