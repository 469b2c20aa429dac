/** The quantities of an estimator together: with their covariance by the delta method, or replicate by replicate. The one place that knows both. */
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { quadraticForm } from "../prediction/mode-sensitivity.ts";
import type { Estimator } from "./estimator.ts";
import { addNumericGradient } from "./numeric-gradient.ts";
import type { ResampleInterval } from "./resample-intervals.ts";
import type { Point, Source } from "./sources.ts";

export type JointEstimates =
  | {
      readonly kind: "delta";
      readonly estimate: Float64Array;
      /** By quantity, in x. */
      readonly gradients: readonly Float64Array[];
      /** count × count. */
      readonly covariance: Float64Array;
    }
  | {
      readonly kind: "draws";
      /** By quantity: its values, the same draw at the same place in each. */
      readonly values: readonly Float64Array[];
    }
  | {
      readonly kind: "resamples";
      readonly estimate: Float64Array;
      /** By quantity, of every resample. */
      readonly values: readonly Float64Array[];
      /** By quantity, without each cluster. */
      readonly jackknife: readonly Float64Array[];
      readonly interval: ResampleInterval;
    };

/** Evaluates the quantities at a source of parameters. */
export function* jointEstimates(estimator: Estimator, source: Source, report: Report): Pausable<JointEstimates> {
  if (source.kind === "profile") return yield* byDeltaMethod(estimator, source.point, report);
  if (source.kind === "point") return yield* byDeltaMethod(estimator, source, report);
  if (source.kind === "draws") {
    const { count } = source;
    const values = replicates(estimator, count);
    yield* source.each((x, effects, d) => {
      values.put(x, effects, d);
      report("draws", d + 1, count);
    });
    return { kind: "draws", values: values.all };
  }
  const valuesAt = function* (points: readonly Float64Array[]): Pausable<readonly Float64Array[]> {
    const values = replicates(estimator, points.length);
    for (const [r, x] of points.entries()) {
      values.put(x, null, r);
      report("resamples", r + 1, points.length);
      if (pauseDue()) yield;
    }
    return values.all;
  };
  const estimate = new Float64Array(estimator.rows.length);
  estimator.value(source.x, null, estimate);
  return {
    kind: "resamples",
    estimate,
    values: yield* valuesAt(source.replicates),
    jackknife: yield* valuesAt(source.jackknife ?? []),
    interval: source.interval ?? "percentile",
  };
}

function replicates(estimator: Estimator, count: number) {
  const all = estimator.rows.map(() => new Float64Array(count));
  const out = new Float64Array(all.length);
  return {
    all,
    put(x: Float64Array, effects: readonly Float64Array[] | null, r: number) {
      estimator.value(x, effects, out);
      for (let k = 0; k < out.length; k++) all[k]![r] = out[k]!;
    },
  };
}

/** Exact derivatives where the estimator has them; the covariance through the parameters and, given those, through the random effects. */
function* byDeltaMethod(estimator: Estimator, point: Point, report: Report): Pausable<JointEstimates> {
  const count = estimator.rows.length;
  const { x } = point;
  const effects = estimator.usesEffects ? point.effects : null;
  const estimate = new Float64Array(count);
  estimator.value(x, effects, estimate);
  if (pauseDue()) yield;
  const gradients = estimator.rows.map(() => new Float64Array(x.length));
  const inEffects = effects && estimator.rows.map(() => effects.map(({ length }) => new Float64Array(length)));
  if (estimator.gradient) estimator.gradient(x, effects, { x: gradients, effects: inEffects });
  else yield* addNumericGradient(estimator, x, point.errors, gradients);
  const moved = gradients.map((gradient) => gradient.slice());
  const further: (Float64Array | null)[] = [];
  for (const [k, gradient] of moved.entries()) {
    further.push(point.settle(gradient, inEffects && inEffects[k]!));
    report("estimates", k + 1, count);
    if (pauseDue()) yield;
  }
  const covariance = new Float64Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = 0; b <= a; b++)
      covariance[a * count + b] = covariance[b * count + a] =
        quadraticForm(point.covariance, moved[a]!, moved[b]!) + product(further[a]!, further[b]!);
  return { kind: "delta", estimate, gradients, covariance };
}

function product(a: Float64Array | null, b: Float64Array | null): number {
  let sum = 0;
  if (a && b) for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
