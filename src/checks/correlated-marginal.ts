/**
 * The log-likelihood of what is left out of a nonlinear mean with correlated rows, the random effects integrated out by Laplace's approximation:
 * log L(the block of rows that depend on the unit) − log L(that block without it).
 */
import { createMarginalLikelihood } from "../marginal/create.ts";
import { dataOfRows } from "../marginal/data-of-rows.ts";
import { blockTooLarge, knownWithStructure } from "../messages/checks.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { MOST_DEPENDENT_ROWS } from "./correlated-units.ts";
import { independentBlocks } from "./independent-blocks.ts";
import type { Units } from "./units.ts";

/**
 * Units × draws, row-major.
 *
 * @param used positions of the draws
 * @throws DeclarationError where more than 1000 rows depend on each other, and for known covariances across levels
 */
export function* correlatedMarginal(
  { model, draws }: PosteriorFit,
  units: Units,
  used: Int32Array,
  report: Report,
): Pausable<Float64Array> {
  const { standardisation, layout, design, kernel } = model;
  if (design.random.some(({ known }) => known)) throw new DeclarationError([knownWithStructure()]);
  const { start, rows } = independentBlocks(model, true);
  const total = used.length;
  const points = Array.from(used, (d) => {
    const point = new Float64Array(layout.size);
    standardisation.toStandardised(draws.values.subarray(d * draws.size, (d + 1) * draws.size), point);
    return point;
  });
  const logLikelihoods = function* (some: Int32Array): Pausable<Float64Array> {
    const marginal = createMarginalLikelihood(dataOfRows(standardisation.data, some), kernel, { kind: "laplace" });
    const found = new Float64Array(total);
    for (let s = 0; s < total; s++) {
      found[s] = marginal.evaluate(points[s]!);
      if (pauseDue()) yield;
    }
    return found;
  };
  const values = new Float64Array(units.names.length * total);
  for (let block = 0; block + 1 < start.length; block++) {
    const own = rows.slice(start[block]!, start[block + 1]!);
    if (own.length > MOST_DEPENDENT_ROWS) throw new DeclarationError([blockTooLarge(own.length, MOST_DEPENDENT_ROWS)]);
    const whole = yield* logLikelihoods(own);
    for (const unit of new Set(Array.from(own, (row) => units.of[row]!))) {
      const others = own.filter((row) => units.of[row] !== unit);
      const rest = others.length > 0 ? yield* logLikelihoods(others) : null;
      for (let s = 0; s < total; s++) values[unit * total + s]! += whole[s]! - (rest?.[s] ?? 0);
    }
    report("log-likelihoods", block + 1, start.length - 1);
  }
  return values;
}
