/** The quantities of an estimator together: with their covariance by the delta method, or replicate by replicate. The one place that knows both. */
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
export function jointEstimates(estimator: Estimator, source: Source): JointEstimates {
  if (source.kind === "profile") return byDeltaMethod(estimator, source.point);
  if (source.kind === "point") return byDeltaMethod(estimator, source);
  if (source.kind === "draws") {
    const values = replicates(estimator, source.count);
    source.each((x, effects, d) => values.put(x, effects, d));
    return { kind: "draws", values: values.all };
  }
  const valuesAt = (points: readonly Float64Array[]) => {
    const values = replicates(estimator, points.length);
    for (const [r, x] of points.entries()) values.put(x, null, r);
    return values.all;
  };
  const estimate = new Float64Array(estimator.rows.length);
  estimator.value(source.x, null, estimate);
  return {
    kind: "resamples",
    estimate,
    values: valuesAt(source.replicates),
    jackknife: valuesAt(source.jackknife ?? []),
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
function byDeltaMethod(estimator: Estimator, point: Point): JointEstimates {
  const count = estimator.rows.length;
  const { x } = point;
  const effects = estimator.usesEffects ? point.effects : null;
  const estimate = new Float64Array(count);
  estimator.value(x, effects, estimate);
  const gradients = estimator.rows.map(() => new Float64Array(x.length));
  const inEffects = effects && estimator.rows.map(() => effects.map(({ length }) => new Float64Array(length)));
  if (estimator.gradient) estimator.gradient(x, effects, { x: gradients, effects: inEffects });
  else addNumericGradient(estimator, x, point.errors, gradients);
  const moved = gradients.map((gradient) => gradient.slice());
  const further = moved.map((gradient, k) => point.settle(gradient, inEffects && inEffects[k]!));
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
