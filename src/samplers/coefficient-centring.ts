/** What the data say of the coefficients under a shrinkage prior, for their coordinates (`charts/shrunken-coefficients.ts`). */
import type { Centring } from "../charts/shrunken-coefficients.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { Pausable } from "../optimise/pausable.ts";
import { defaultFixedPriors } from "../priors/defaults.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { findMode } from "./mode.ts";
import { startingPoint } from "./starting-point.ts";
import { buildTarget, type TargetData, targetData } from "./target-data.ts";

/** The priors with the default ones in place of a shrinkage prior. */
function withoutShrinkage({ design, family }: CompiledModel, { shrinkage, ...priors }: ResolvedPriors): ResolvedPriors {
  const defaults = design.predictors.flatMap((_, r) => defaultFixedPriors(design, family, r));
  const covered = new Set(shrinkage?.coefficients);
  return {
    ...priors,
    fixed: priors.fixed.map((prior, j) => (covered.has(j) ? { ...prior, distribution: defaults[j]! } : prior)),
  };
}

/**
 * Estimates and precisions of the coefficients at the mode under their default priors (normal with mean 0), those priors taken off again.
 *
 * @returns null where no mode was found
 */
export function* coefficientCentring(
  model: CompiledModel,
  priors: ResolvedPriors,
  method: IntegralMethod,
): Pausable<{ readonly centring: Centring; readonly gradients: number } | null> {
  const plain = withoutShrinkage(model, priors);
  const target = buildTarget(targetData(model, "integrated", method, plain));
  const mode = yield* findMode(target.density, startingPoint(model, target, plain));
  if (!mode) return null;
  const { size } = target.chart;
  const x = new Float64Array(model.layout.size);
  target.toNatural(mode.z, x);
  // Rows of the map β = Tβ̃, for the variances T C T'.
  const unit = new Float64Array(model.layout.size);
  const gradient = new Float64Array(model.layout.size);
  const precision: number[] = [];
  const shift: number[] = [];
  for (const j of priors.shrinkage!.coefficients) {
    unit[j] = 1;
    target.standardisation.pullbackToStandardised(unit, gradient);
    unit[j] = 0;
    let variance = 0;
    for (let a = 0; a < target.chart.coefficients; a++)
      for (let b = 0; b < target.chart.coefficients; b++)
        variance += gradient[a]! * gradient[b]! * mode.covariance[a * size + b]!;
    const sd = plain.fixed[j]!.distribution.parameters[1]!;
    precision.push(Math.max(0, 1 / variance - 1 / (sd * sd)));
    shift.push(x[j]! / variance);
  }
  const finite = [...precision, ...shift].every(Number.isFinite);
  return finite ? { centring: { precision, shift }, gradients: mode.gradients } : null;
}

/** The target with its coefficients' coordinates centred; as it is without a centring. */
export const centredAt = (data: TargetData, centring: Centring | null): TargetData =>
  centring ? { ...data, centring } : data;
