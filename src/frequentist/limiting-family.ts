/**
 * Families that another family is the limit of, as a negative binomial without overdispersion is a Poisson distribution. There the likelihood has no
 * maximum in the family's parameter: the estimate is on the boundary, and everything else is the limiting family's.
 */
import type { FamilyLimit } from "../families/family.ts";
import { limitReason } from "../messages/fitting.ts";
import { modelOfDesign } from "../model/compile.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type Pausable, quietly, tell } from "../optimise/pausable.ts";
import type { Found } from "./estimate.ts";

/** A log-likelihood this much below its limit, or less above it, has its maximum there; as a share of it what its rounding may be. */
const NOTHING = 1e-6;
const ROUNDING = 1e-13;

/** Whether the data say so little of the parameter that its maximum may be at infinity: an error of log φ above 1. */
function isDoubtful({ x, covariance, verdict, logLik }: Found, position: number): boolean {
  if (!Number.isFinite(logLik) || (verdict.code !== "converged" && verdict.code !== "boundary")) return true;
  const variance = covariance()[position * (x.length + 1)]!;
  return !(variance > 0 && variance < x[position]! ** 2);
}

/** The fit of the limiting family as one of the model's own, its parameter at the limit and without an error. */
function atLimit(model: CompiledModel, { parameter, at }: FamilyLimit, found: Found, limit: Found): Found {
  const d = model.layout.size;
  const x = new Float64Array(d);
  x.set(limit.x);
  x[d - 1] = at;
  const reason = limitReason(parameter, model.family.name, at > 1);
  return {
    ...limit,
    model,
    x,
    covariance() {
      const own = limit.covariance();
      const full = new Float64Array(d * d);
      for (let i = 0; i < d - 1; i++) for (let j = 0; j < d - 1; j++) full[i * d + j] = own[i * (d - 1) + j]!;
      return full;
    },
    verdict:
      limit.verdict.code === "converged"
        ? { code: "boundary", reason }
        : limit.verdict.code === "boundary"
          ? { code: "boundary", reason: `${reason} ${limit.verdict.reason}` }
          : limit.verdict,
    evaluations: found.evaluations + limit.evaluations,
  };
}

/**
 * The fit itself, or the limiting family's where the likelihood rises all the way there.
 *
 * @param fit fits a model by the same method
 */
export function* settleLimit(
  model: CompiledModel,
  found: Found,
  fit: (model: CompiledModel) => Pausable<Found>,
): Pausable<Found> {
  const { limit } = model.family;
  const { phi } = model.layout;
  if (!limit || phi.size !== 1 || !isDoubtful(found, phi.offset)) return found;
  tell({ phase: "limiting family", start: null });
  const other = yield* quietly(fit(modelOfDesign(model.design, model.table, limit.family())));
  const slack = Math.max(NOTHING, ROUNDING * Math.abs(other.logLik));
  return found.logLik > other.logLik + slack ? found : atLimit(model, limit, found, other);
}
