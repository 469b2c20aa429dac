/**
 * What can be estimated: quantities that are functions of the natural parameters x = [β | Λ | φ] and of the random effects. Whoever has
 * parameters has the quantities, whether these are a maximum, draws, resamples or a profile (`summarise.ts`).
 */
import type { FitWarning } from "../messages/issue.ts";
import { type IntervalScale, identityScale, logScale } from "../prediction/interval.ts";
import { linkFunction } from "../prediction/link-function.ts";

/** A scale on which an estimate is taken to be normal, with its derivative. */
export interface DifferentiableScale extends IntervalScale {
  slope(value: number): number;
}

export const onIdentity: DifferentiableScale = { ...identityScale, slope: () => 1 };
export const onLog: DifferentiableScale = { ...logScale, slope: (value) => 1 / value };
export const onLogit: DifferentiableScale = {
  name: "logit",
  to: linkFunction("logit").link,
  from: linkFunction("logit").mean,
  slope: (share) => 1 / (share * (1 - share)),
};

/** One quantity: what it is called, and how it is reported. */
export interface EstimatorRow<Label> {
  readonly label: Label;
  /** Scale of the interval and of the test. */
  readonly scale: DifferentiableScale;
  /** The value that a test is against; absent: it is not tested. */
  readonly none?: number;
  /** What the quantity can be, for its profile; default any number. */
  readonly range?: readonly [low: number, high: number];
  /** One of its kind in words, as `average`, for warnings; default `estimate`. */
  readonly kind?: string;
}

/** Gradients of quantities: in x, and in the random effects by term (levels × q). */
export interface Gradients {
  /** By quantity, each as long as x. */
  readonly x: readonly Float64Array[];
  /** By quantity; null where no quantity reads the effects. */
  readonly effects: readonly (readonly Float64Array[])[] | null;
}

export interface Estimator<Label = unknown> {
  readonly rows: readonly EstimatorRow<Label>[];
  /** Whether the random effects are read; an estimator that reads them has a gradient. Default false. */
  readonly usesEffects?: boolean;
  /** Writes the quantities at x, in the order of the rows. @param effects by term, levels × q; null where they are not read */
  value(x: Float64Array, effects: readonly Float64Array[] | null, out: Float64Array): void;
  /** Adds the gradients at the point that `value` was last called at. Absent: central differences. */
  gradient?(x: Float64Array, effects: readonly Float64Array[] | null, into: Gradients): void;
  /** What is doubtful about the values last computed. */
  warnings?(): readonly FitWarning[];
}

/** A function of several quantities, as a difference, a ratio or a contrast. */
export interface Combination {
  value(values: readonly number[]): number;
  /** The derivative by each of them. */
  gradient(values: readonly number[]): readonly number[];
}

/** A quantity made of the quantities at `of`. */
export interface CombinedRow<Label> extends EstimatorRow<Label> {
  readonly of: readonly number[];
  readonly by: Combination;
}

/** The quantities of an estimator, and after them functions of several of them. */
export function withCombinations<Label>(
  base: Estimator<Label>,
  combined: readonly CombinedRow<Label>[],
): Estimator<Label> {
  const first = base.rows.length;
  const inner = new Float64Array(first);
  const { gradient } = base;
  const pick = (places: readonly number[]) => places.map((place) => inner[place]!);
  return {
    ...base,
    rows: [...base.rows, ...combined],
    value(x, effects, out) {
      base.value(x, effects, inner);
      out.set(inner);
      combined.forEach(({ of, by }, k) => {
        out[first + k] = by.value(pick(of));
      });
    },
    ...(gradient && {
      gradient(x, effects, into) {
        gradient(x, effects, {
          x: into.x.slice(0, first),
          effects: into.effects?.slice(0, first) ?? null,
        });
        combined.forEach(({ of, by }, k) => {
          const slopes = by.gradient(pick(of));
          of.forEach((place, p) => {
            addTimes(into.x[first + k]!, slopes[p]!, into.x[place]!);
            into.effects?.[first + k]?.forEach((own, t) => {
              addTimes(own, slopes[p]!, into.effects![place]![t]!);
            });
          });
        });
      },
    }),
  };
}

function addTimes(out: Float64Array, factor: number, values: Float64Array): void {
  for (let k = 0; k < out.length; k++) out[k]! += factor * values[k]!;
}
