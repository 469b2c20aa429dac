/** What a bootstrap takes of every fit, under names that tell the quantities apart. */
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { TidyRow } from "../model/fit.ts";
import { estimatedParameters, parameterLabel } from "../model/reported-parameters.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../model/term-names.ts";

/** A fit that can be made again on other rows. */
export type RefittableFit = MaximumLikelihood | EstimatingEquations;

/** Parameters of the fit by their class, or a function of it. */
export type BootstrapStatistic =
  | "coefficients"
  | "parameters"
  | ((fit: RefittableFit) => Readonly<Record<string, number>>);

/** What a number is: a parameter as `tidy()` has it. Those of a function count as fixed effects, so that `compare` finds coefficients. */
export type BootstrapQuantity = Pick<TidyRow, "effect" | "component" | "group" | "term">;

interface BootstrapQuantities {
  readonly names: readonly string[];
  readonly quantities: readonly BootstrapQuantity[];
  valuesOf(fit: RefittableFit): Readonly<Record<string, number>>;
}

const quantity = (effect: TidyRow["effect"], term: string): BootstrapQuantity => ({
  effect,
  component: MEAN_COMPONENT,
  group: null,
  term,
});

/** The estimated parameters that `tidy()` lists, which would find their standard errors too. */
function parametersOf(fit: RefittableFit): readonly (BootstrapQuantity & { readonly value: number })[] {
  const { model, estimate } = fit;
  const reported = estimatedParameters(model).map(({ effect, component, group, term, value }) => ({
    ...{ effect, component, group, term },
    value: value(estimate),
  }));
  if (fit.kind !== "gee") {
    // the dispersion of penalised quasi-likelihood is no parameter of the family
    const sigma = fit.working?.sigma;
    return sigma
      ? [...reported, { ...quantity("ran_pars", RESIDUAL_SD), group: RESIDUAL_GROUP, value: sigma.estimate }]
      : reported;
  }
  return [
    ...reported.filter(({ effect }) => effect === "fixed"),
    { ...quantity("aux", "scale"), value: fit.scale },
    ...fit.correlation.names.map((term, k) => ({ ...quantity("aux", term), value: fit.correlation.estimate[k]! })),
  ];
}

/**
 * The quantities of a statistic, as those of the original fit. Of `parameters`, a correlation with an effect of variance 0, which is no number, is
 * left out.
 */
export function quantitiesOf(fit: RefittableFit, statistic: BootstrapStatistic): BootstrapQuantities {
  if (typeof statistic === "function") {
    const names = Object.keys(statistic(fit) ?? {});
    return { names, quantities: names.map((name) => quantity("fixed", name)), valuesOf: statistic };
  }
  const wanted = (of: RefittableFit) =>
    parametersOf(of).filter(({ effect }) => statistic === "parameters" || effect === "fixed");
  const quantities = wanted(fit)
    .filter(({ value }) => Number.isFinite(value))
    .map(({ effect, component, group, term }) => ({ effect, component, group, term }));
  const names = quantities.map(parameterLabel);
  return {
    names,
    quantities,
    valuesOf(of) {
      const values = new Map(wanted(of).map((parameter) => [parameterLabel(parameter), parameter.value]));
      return Object.fromEntries(names.filter((name) => values.has(name)).map((name) => [name, values.get(name)!]));
    },
  };
}
