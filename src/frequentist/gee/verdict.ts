/** The verdict on the solution of estimating equations. */
import * as messages from "../../messages/gee.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { recessionOf } from "../../model/recession.ts";
import { separationVerdict, type VerdictWithReason } from "../verdict.ts";
import type { GeeMethod } from "./method.ts";
import type { Solution } from "./solve.ts";

/** Standardised coefficients beyond this are looked at for separation: means of 0 or 1 are far out on every link. */
const FAR = 8;
/** A mean this near the end of its range has no other reason than a coefficient that grows without bound. */
const AT_THE_END = 1e-9;
/** A correlation this near 1 leaves nothing that varies within clusters. */
const ALL_ONE = 1 - 1e-6;

/** A scale below this share of what rounding would be the whole of is zero. */
const EXACT = 1e-25;

/** What a scale is small beside: the square of the response, or what a variance function has left of it. */
function sizeOfVariance({ design, family }: CompiledModel): number {
  if (family.response !== "real" && family.response !== "count") return 1;
  const power = family.response === "real" ? 2 : 1;
  return design.y.reduce((sum, value) => sum + Math.abs(value) ** power, 0) / design.n;
}

/** Families whose means can run to the end of their range where the response does. */
const ENDS: Readonly<Record<string, readonly number[]>> = {
  binomial: [0, 1],
  poisson: [0],
  nbinom1: [0],
  nbinom2: [0],
};

/**
 * @param indefinite number of patterns of occasions over which the working correlation is not positive definite
 * @param fittedMeans of the rows, asked for only where coefficients are large
 */
export function geeVerdict(
  { state, iterations, step, beta, alpha, scale }: Solution,
  { correlation }: GeeMethod,
  model: CompiledModel,
  indefinite: number,
  fittedMeans: () => Float64Array,
): VerdictWithReason {
  const recession = recessionOf(model);
  if (recession) return separationVerdict(model, recession, false);
  if (scale < EXACT * sizeOfVariance(model)) return { code: "not identified", reason: messages.geeExact() };
  const family = model.family.name;
  const ends = Object.hasOwn(ENDS, family) ? ENDS[family]! : [];
  if (ends.length > 0 && beta.some((value) => Math.abs(value) > FAR)) {
    const rows = fittedMeans().reduce(
      (count, mean) => count + (ends.some((end) => Math.abs(mean - end) < AT_THE_END) ? 1 : 0),
      0,
    );
    if (rows > 0) return { code: "separation", reason: messages.geeSeparation(rows) };
  }
  const { kind } = correlation;
  if ((kind === "exchangeable" || kind === "ar1") && alpha[0]! > ALL_ONE)
    return { code: "not identified", reason: messages.geePerfectCorrelation() };
  switch (state) {
    case "converged":
      return { code: "converged", reason: messages.geeConverged(iterations, step) };
    case "not converged":
      if (indefinite > 0) return { code: "failed", reason: messages.geeIndefinite(indefinite) };
      return { code: "failed", reason: messages.geeNotConverged(iterations, step) };
    case "singular correlation":
      return { code: "failed", reason: messages.geeSingularCorrelation() };
    case "singular information":
      if (indefinite > 0) return { code: "failed", reason: messages.geeIndefinite(indefinite) };
      return { code: "not identified", reason: messages.geeSingularInformation() };
    case "undefined mean":
      return { code: "failed", reason: messages.geeUndefinedMean() };
  }
}
