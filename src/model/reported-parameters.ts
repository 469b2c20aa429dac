/**
 * The parameters as tables report them, whichever engine estimated them: coefficients, sds and correlations of the random
 * effects, the residual sd, the family's own parameters. Each is a function of the natural vector x with its gradient.
 */

import { boundStructure } from "../covariance/structures.ts";
import { predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import {
  type ConstantKind,
  constantParameters,
  type DistributionParameter,
  MEAN_COMPONENT,
  parameterOfPredictor,
} from "../families/distribution-parameters.ts";
import { declaredSigma } from "../families/given-sigma.ts";
import type { CompiledModel } from "./compiled-model.ts";
import type { TidyRow } from "./fit.ts";
import type { TermLayout } from "./parameter-layout.ts";
import { addFactorGradient, fillFactor } from "./parameter-layout.ts";
import { correlationTerm, RESIDUAL_GROUP, RESIDUAL_SD, sdTerm, structureTerm } from "./term-names.ts";

export interface ReportedParameter {
  readonly effect: "fixed" | "ran_pars" | "aux";
  /** `sd` and `cor` of random effects, `structure` what their covariance has besides, `sigma` the residual standard deviation, `residual` what a residual structure has besides. */
  readonly kind: "coefficient" | "threshold" | "sd" | "cor" | "structure" | "sigma" | "residual" | "parameter";
  /** The effects whose standard deviation or correlation it is, else its name alone. */
  readonly of: readonly string[];
  /** Of a standard deviation or correlation of random effects: the term, and the places of the effects in it. */
  readonly random?: { readonly term: number; readonly effects: readonly number[] };
  readonly component: string;
  readonly group: string | null;
  /** As broom.mixed names it: `period2`, `sd__Days`, `cor__(Intercept).Days`, `sd__Observation`, `theta`. */
  readonly term: string;
  readonly coef_type?: NonNullable<TidyRow["coef_type"]>;
  /** True for a standard deviation that is given: a constant. */
  readonly given?: true;
  /** Scale on which a normal approximation is best: intervals are formed there. */
  readonly scale: "identity" | "log" | "fisher-z";
  value(x: Float64Array): number;
  /** Overwrites `out` (length layout.size) with ∂value/∂x; NaN where it does not exist. */
  gradient(x: Float64Array, out: Float64Array): void;
}

/** The component in tables of an effect of a random term: that of the parameter on whose predictor it acts. */
export const componentOfEffect = (
  { family }: Pick<CompiledModel, "family">,
  term: RandomTermDesign,
  effect: number,
): string => parameterOfPredictor(family, predictorOfColumn(term, effect)).component;

/** The component as part of a row where it is not the mean's. */
export const otherComponent = (component: string): { readonly component?: string } =>
  component === MEAN_COMPONENT ? {} : { component };

function fixedParameter(component: string, term: string, position: number): ReportedParameter {
  return {
    effect: "fixed",
    kind: "coefficient",
    of: [term],
    component,
    group: null,
    term,
    scale: "identity",
    value: (x) => x[position]!,
    gradient(_, out) {
      out.fill(0);
      out[position] = 1;
    },
  };
}

/** A standard deviation that is given. */
const givenSd = (component: string, group: string, name: string, sd: number): ReportedParameter => ({
  effect: "ran_pars",
  kind: "sd",
  of: [name],
  component,
  group,
  term: sdTerm(name),
  given: true,
  scale: "log",
  value: () => sd,
  gradient: (_, out) => out.fill(0),
});

/** Rows a and b of Λ and their inner products: Σ_ab = Λ_a·Λ_b. */
function rowProduct(L: Float64Array, q: number, a: number, b: number): number {
  let s = 0;
  for (let k = 0; k <= Math.min(a, b); k++) s += L[a * q + k]! * L[b * q + k]!;
  return s;
}

/** Whether rows a and b of Λ are multiples of one another, to the last digit: a correlation of ±1. */
function areParallel(L: Float64Array, q: number, a: number, b: number): boolean {
  for (let k = 0; k < q; k++)
    for (let l = 0; l < k; l++) if (L[a * q + k]! * L[b * q + l]! !== L[a * q + l]! * L[b * q + k]!) return false;
  return true;
}

/** The name of an effect of a random term beside its component. */
export const effectName = ({ names, within = names }: RandomTermDesign, effect: number): string => within[effect]!;

function sdParameter(component: string, group: string, name: string, layout: TermLayout, a: number): ReportedParameter {
  const { q } = layout;
  if (layout.sd) return givenSd(component, group, name, layout.sd[a]!);
  const L = new Float64Array(q * q);
  const dL = new Float64Array(q * q);
  const sd = (x: Float64Array) => {
    fillFactor(layout, x, L);
    return Math.sqrt(rowProduct(L, q, a, a));
  };
  return {
    effect: "ran_pars",
    kind: "sd",
    of: [name],
    component,
    group,
    term: sdTerm(name),
    scale: "log",
    value: sd,
    gradient(x, out) {
      const value = sd(x);
      out.fill(0);
      dL.fill(0);
      for (let k = 0; k <= a; k++) dL[a * q + k] = L[a * q + k]! / value;
      addFactorGradient(layout, x, dL, out);
    },
  };
}

function correlationParameter(
  component: string,
  group: string,
  names: readonly string[],
  layout: TermLayout,
  a: number,
  b: number,
): ReportedParameter {
  const { q } = layout;
  const L = new Float64Array(q * q);
  const dL = new Float64Array(q * q);
  return {
    effect: "ran_pars",
    kind: "cor",
    of: [names[a]!, names[b]!],
    component,
    group,
    term: correlationTerm(names[a]!, names[b]!),
    scale: "fisher-z",
    value(x) {
      fillFactor(layout, x, L);
      const r = rowProduct(L, q, a, b) / Math.sqrt(rowProduct(L, q, a, a) * rowProduct(L, q, b, b));
      return Math.max(-1, Math.min(1, r));
    },
    gradient(x, out) {
      fillFactor(layout, x, L);
      const aa = rowProduct(L, q, a, a);
      const bb = rowProduct(L, q, b, b);
      const root = Math.sqrt(aa * bb);
      const r = rowProduct(L, q, a, b) / root;
      out.fill(0);
      // stationary at the boundary, where what is left below would be rounding
      if (root > 0 && areParallel(L, q, a, b)) return;
      dL.fill(0);
      for (let k = 0; k <= a; k++) dL[a * q + k]! += L[b * q + k]! / root - (r * L[a * q + k]!) / aa;
      for (let k = 0; k <= b; k++) dL[b * q + k]! += L[a * q + k]! / root - (r * L[b * q + k]!) / bb;
      addFactorGradient(layout, x, dL, out);
    },
  };
}

/** The one standard deviation of a term, and its parameters with names, which are exp of their entries. */
function summarisedTerm(component: string, term: RandomTermDesign, layout: TermLayout, t: number): ReportedParameter[] {
  const { group, label: effects = term.names.join() } = term;
  const { labels } = boundStructure(term);
  const sd = { ...sdParameter(component, group, effects, layout, 0), random: { term: t, effects: [0] } };
  const rest = labels.flatMap(({ kind, name }, k): ReportedParameter[] => {
    if (kind !== "parameter") return [];
    const position = layout.offset + k;
    return [
      {
        effect: "ran_pars",
        kind: "structure",
        of: [name!],
        component,
        group,
        term: structureTerm(name!, effects),
        scale: "log",
        value: (x) => Math.exp(x[position]!),
        gradient(x, out) {
          out.fill(0);
          out[position] = Math.exp(x[position]!);
        },
      },
    ];
  });
  return [sd, ...rest];
}

/** A constant of the distribution: the residual standard deviation, a threshold, or a parameter under its own name. */
function reportedConstant({ layout, family }: CompiledModel, parameter: DistributionParameter): ReportedParameter {
  const { name, constant, said } = parameter;
  const kind = parameter.kind as Exclude<ConstantKind, "residual">;
  const position = layout.phi.offset + constant!;
  if (kind === "threshold") return { ...fixedParameter(MEAN_COMPONENT, name, position), kind, coef_type: "intercept" };
  const isSigma = kind === "sigma";
  const { limit } = family;
  return {
    ...fixedParameter(MEAN_COMPONENT, isSigma ? RESIDUAL_SD : name, position),
    effect: isSigma ? "ran_pars" : "aux",
    kind,
    of: [isSigma ? "Observation" : name],
    group: isSigma ? RESIDUAL_GROUP : null,
    scale: said!.support === "positive" ? "log" : "identity",
    ...(limit?.parameter === name && {
      value: (x: Float64Array) => (x[position] === limit.at ? limit.reported : x[position]!),
    }),
  };
}

/**
 * Every reported parameter of a model: fixed effects, then sds and correlations term by term, then the family's: the residual sd, the
 * thresholds of an ordered response (fixed effects of coef_type `intercept`), aux.
 */
export function reportedParameters(model: CompiledModel): ReportedParameter[] {
  const { design, layout, family, residual } = model;
  const reported: ReportedParameter[] = [];
  design.predictors.forEach((predictor, r) => {
    const { component } = parameterOfPredictor(family, r);
    predictor.names.forEach((name, j) => {
      const parameter = fixedParameter(component, name, layout.beta[r]!.offset + j);
      reported.push(family.response === "ordered" ? { ...parameter, coef_type: "location" } : parameter);
    });
  });
  design.random.forEach((term, t) => {
    const components = term.names.map((_, a) => componentOfEffect(model, term, a));
    const slice = layout.terms[t]!;
    if (boundStructure(term).summarised) {
      reported.push(...summarisedTerm(components[0]!, term, slice, t));
      return;
    }
    components.forEach((component, a) => {
      const random = { term: t, effects: [a] };
      reported.push({ ...sdParameter(component, term.group, effectName(term, a), slice, a), random });
    });
    if (!boundStructure(term).diagonal)
      for (let a = 0; a < term.q; a++)
        for (let b = a + 1; b < term.q; b++) {
          const random = { term: t, effects: [a, b] };
          // effects of two parameters are named with theirs, in the mean's component
          const together = components[a] === components[b];
          const names = together ? (term.within ?? term.names) : term.names;
          const component = together ? components[a]! : MEAN_COMPONENT;
          reported.push({ ...correlationParameter(component, term.group, names, slice, a, b), random });
        }
  });
  const constants = constantParameters(family).filter(({ kind }) => kind !== "residual");
  for (const parameter of constants) reported.push(reportedConstant(model, parameter));
  const sigma = declaredSigma(family);
  if (sigma !== null)
    reported.push({ ...givenSd(MEAN_COMPONENT, RESIDUAL_GROUP, "Observation", sigma), kind: "sigma" });
  const from = layout.phi.offset + constants.length;
  for (const { term, scale, value, gradient } of residual.reported)
    reported.push({
      effect: "ran_pars",
      kind: "residual",
      of: [term],
      component: MEAN_COMPONENT,
      group: RESIDUAL_GROUP,
      term,
      scale,
      value: (x) => value(x.subarray(from)),
      gradient(x, out) {
        out.fill(0);
        gradient(x.subarray(from), out.subarray(from));
      },
    });
  return reported;
}

/** A parameter's name in a table that has one column for it: `period2`, `herd sd__(Intercept)`, `disp x`. */
export const parameterLabel = ({ component, group, term }: Pick<TidyRow, "component" | "group" | "term">): string =>
  [component === MEAN_COMPONENT ? "" : component, group ?? "", term].filter((part) => part !== "").join(" ");

/** A parameter's name with its group in parentheses: `x`, `sd__(Intercept) (herd)`, `disp x`. */
export const termInWords = ({ component = MEAN_COMPONENT, group, term }: Named): string =>
  `${component === MEAN_COMPONENT ? "" : `${component} `}${term}${group ? ` (${group})` : ""}`;

interface Named {
  /** Absent: the mean's. */
  readonly component?: string;
  readonly group: string | null;
  readonly term: string;
}

/** The reported parameters that are estimated: without given standard deviations. */
export const estimatedParameters = (model: CompiledModel): ReportedParameter[] =>
  reportedParameters(model).filter(({ given }) => !given);

/** A table row of a reported parameter with everything but the numbers. */
export const emptyRow = (
  parameter: Pick<TidyRow, "effect" | "component" | "group" | "term" | "coef_type">,
): TidyRow => ({
  effect: parameter.effect,
  component: parameter.component,
  group: parameter.group,
  term: parameter.term,
  ...(parameter.coef_type && { coef_type: parameter.coef_type }),
  estimate: Number.NaN,
  std_error: null,
  statistic: null,
  df: null,
  p_value: null,
  conf_low: null,
  conf_high: null,
});
