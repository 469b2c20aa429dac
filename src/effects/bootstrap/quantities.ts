/** What a bootstrap takes of every refit: the parameters that `tidy()` lists, and a user's own statistics, as functions of what a refit found. */
import type { Estimator } from "../../estimates/estimator.ts";
import { addNumericGradient } from "../../estimates/numeric-gradient.ts";
import { MEAN_COMPONENT } from "../../families/distribution-parameters.ts";
import type { TidyRow } from "../../model/fit.ts";
import { emptyRow, estimatedParameters, parameterLabel } from "../../model/reported-parameters.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../../model/term-names.ts";
import { atOnce } from "../../optimise/pausable.ts";
import { quadraticForm } from "../../prediction/mode-sensitivity.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";

/** What a number is: a parameter as `tidy()` has it, a user's own quantity under its name. */
export type BootstrapLabel = Pick<TidyRow, "effect" | "component" | "group" | "term" | "coef_type">;

export interface BootstrapQuantity {
  readonly label: BootstrapLabel;
  /** Scale of studentised intervals. */
  readonly scale: "identity" | "log" | "fisher-z";
  /** Of natural parameters with what a fit has besides after them. */
  value(x: Float64Array): number;
  /** Standard error from the covariance of the natural parameters; null: none is known. */
  error: ((x: Float64Array, covariance: Float64Array) => number) | null;
}

const labelled = (effect: TidyRow["effect"], term: string, group: string | null = null): BootstrapLabel => ({
  effect,
  component: MEAN_COMPONENT,
  group,
  term,
});

/** The parameters of the fit, or its coefficients alone. */
export function parameterQuantities(fit: RefittableFit, which: "parameters" | "coefficients"): BootstrapQuantity[] {
  const { model } = fit;
  const { size } = model.layout;
  const gradient = new Float64Array(size);
  const reported = estimatedParameters(model)
    .filter(({ effect }) => effect === "fixed" || (which === "parameters" && fit.kind !== "gee"))
    .map((parameter): BootstrapQuantity => {
      const { effect, component, group, term, coef_type } = emptyRow(parameter);
      return {
        label: { effect, component, group, term, ...(coef_type && { coef_type }) },
        scale: parameter.scale,
        value: (x) => parameter.value(x),
        error(x, covariance) {
          parameter.gradient(x, gradient);
          return Math.sqrt(quadraticForm(covariance, gradient, gradient));
        },
      };
    });
  if (which === "coefficients") return reported;
  return [
    ...reported,
    ...labelsBeside(fit).map(
      (label, k): BootstrapQuantity => ({
        label,
        scale: label.effect === "ran_pars" ? "log" : "identity",
        value: (x) => x[size + k]!,
        error: null,
      }),
    ),
  ];
}

/** Labels of `besideParameters`. */
function labelsBeside(fit: RefittableFit): BootstrapLabel[] {
  if (fit.kind === "gee")
    return [labelled("aux", "scale"), ...fit.correlation.names.map((term) => labelled("aux", term))];
  return fit.working?.sigma ? [labelled("ran_pars", RESIDUAL_SD, RESIDUAL_GROUP)] : [];
}

/** The quantities of an estimator; errors by the delta method with differences. */
export function estimatorQuantities(fit: RefittableFit, estimator: Estimator<string>): BootstrapQuantity[] {
  const { size } = fit.model.layout;
  const out = new Float64Array(estimator.rows.length);
  const gradients = estimator.rows.map(() => new Float64Array(size));
  return estimator.rows.map(
    ({ label }, k): BootstrapQuantity => ({
      label: labelled("fixed", label),
      scale: "identity",
      value(x) {
        estimator.value(x.subarray(0, size), null, out);
        return out[k]!;
      },
      error(x, covariance) {
        const errors = Float64Array.from({ length: size }, (_, i) => Math.sqrt(covariance[i * (size + 1)]!));
        for (const gradient of gradients) gradient.fill(0);
        atOnce(addNumericGradient(estimator, x.subarray(0, size), errors, gradients));
        return Math.sqrt(quadraticForm(covariance, gradients[k]!, gradients[k]!));
      },
    }),
  );
}

export const quantityName = ({ label }: Pick<BootstrapQuantity, "label">): string => parameterLabel(label);
