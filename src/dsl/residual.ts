/**
 * Residual structures for the builder, under nlme's names (Pinheiro & Bates 2000, *Mixed-Effects Models in S and S-PLUS*, §5.2, §5.3).
 * Texts of formulas are as there, the tilde optional: `"time | Mare"`, `"1 | Mare"`, `"x + y"`.
 *
 * @example
 * model(squid).formula("Testisweight ~ DML * MONTH").residual({ variance: varPower("DML", { by: "MONTH" }) })
 */
import { custom, type GenericSchema, optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/residual.ts";
import {
  choice,
  columnNames,
  finiteNumber,
  flag,
  oneOrSeveral,
  recordOf,
  text,
  wholeNumber,
} from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import type {
  CorrelationKind,
  CorrelationSpec,
  Metric,
  VarianceFunctionKind,
  VarianceFunctionSpec,
  VarianceSpec,
} from "./residual-spec.ts";
import { correlationStructure, parseForm, varianceFunction } from "./residual-text.ts";

const varianceOptions = optionsSchema({
  /** Column or columns whose combinations have parameters of their own. */
  by: optional(columnNames, []),
  /** Parameters held at a value: by stratum (`{ Male: 1 }`), by name (`{ power: 0.5 }`), or by both (`{ "const.Male": 1 }`). */
  fixed: optional(recordOf(finiteNumber, "numbers by the name of a stratum or parameter"), {}),
});

export type VarianceOptions = OptionsOf<typeof varianceOptions>;

/** The columns of an option `by`. */
export interface Strata<By extends string> {
  readonly by?: By | readonly By[] | undefined;
}

function variance(kind: VarianceFunctionKind, covariate: string, options: unknown): VarianceFunctionSpec<never> {
  const of = `${kind}()`;
  const { by, fixed } = readOptions(varianceOptions, options, { of });
  const form = parseForm(readArgument(text, covariate, { of, name: "The covariate" }));
  const strata = typeof by === "string" ? by.split(/[:*/]/).map((name) => name.trim()) : by;
  return varianceFunction(kind, { ...form, by: [...form.by, ...strata] }, fixed) as VarianceFunctionSpec<never>;
}

/** Var = σ²·v for a known positive v: no parameter. */
export const varFixed = <const Covariate extends string>(covariate: Covariate): VarianceFunctionSpec<Covariate> =>
  variance("varFixed", covariate, {});

const varIdentOptions = optionsSchema({
  /** Ratios held at a value, by stratum: `{ Male: 1 }`. */
  fixed: optional(recordOf(finiteNumber, "numbers by the name of a stratum"), {}),
});

export type VarIdentOptions = OptionsOf<typeof varIdentOptions>;

/** A residual sd a stratum: sd = σ·δ_s, δ = 1 in the first level, so that sigma is that level's sd. */
export const varIdent = <const By extends string>(
  by: By | readonly By[],
  options?: VarIdentOptions,
): VarianceFunctionSpec<By> =>
  variance("varIdent", "1", {
    by: readArgument(columnNames, by, { of: "varIdent()", name: "The strata" }),
    ...readOptions(varIdentOptions, options, { of: "varIdent()" }),
  });

/** sd = σ·|v|^power. The covariate `"fitted"` is nlme's fixed-point iteration on the fitted values. */
export const varPower = <const Covariate extends string, const By extends string = never>(
  covariate: Covariate,
  options?: VarianceOptions & Strata<By>,
): VarianceFunctionSpec<Covariate | By> => variance("varPower", covariate, options);

/** sd = σ·exp(expon·v). */
export const varExp = <const Covariate extends string, const By extends string = never>(
  covariate: Covariate,
  options?: VarianceOptions & Strata<By>,
): VarianceFunctionSpec<Covariate | By> => variance("varExp", covariate, options);

/** sd = σ·(const + |v|^power). */
export const varConstPower = <const Covariate extends string, const By extends string = never>(
  covariate: Covariate,
  options?: VarianceOptions & Strata<By>,
): VarianceFunctionSpec<Covariate | By> => variance("varConstPower", covariate, options);

/**
 * Var = σ²·(const² + prop²·v²). With σ free one of the two has to be held: unless `fixed` says otherwise, const is 1, so that σ is the
 * constant part's sd and σ·prop the proportional one's. With σ given (`.sigma(1)`) both are free.
 */
export const varConstProp = <const Covariate extends string, const By extends string = never>(
  covariate: Covariate,
  options?: VarianceOptions & Strata<By>,
): VarianceFunctionSpec<Covariate | By> => variance("varConstProp", covariate, options);

const aVarianceFunction = custom<VarianceFunctionSpec>(
  (value) => typeof (value as VarianceFunctionSpec)?.kind === "string" && "fitted" in (value as VarianceFunctionSpec),
  'a variance function, as varPower("x")',
);

/** The product of variance functions. */
export function varComb<const Names extends string>(
  ...functions: readonly VarianceFunctionSpec<Names>[]
): VarianceSpec<Names> {
  if (functions.length === 0) throw new DeclarationError([messages.unreadableStructure("varComb()", "it lists none")]);
  for (const each of functions) readArgument(aVarianceFunction, each, { of: "varComb()", name: "Each argument" });
  return Object.freeze({ kind: "varComb", functions: Object.freeze([...functions]) });
}

const correlationEntries = {
  /** Parameters to start at (or, with `fixed`, to hold), in nlme's order. */
  value: optional(oneOrSeveral),
  /** Whether the parameters are held at `value`; default false. */
  fixed: optional(flag, false),
};

const correlationOptions = optionsSchema(correlationEntries);

export type CorrelationOptions = OptionsOf<typeof correlationOptions>;

const armaOptions = optionsSchema({
  ...correlationEntries,
  /** Order of the autoregressive part; default 0. */
  p: optional(wholeNumber(0, 10), 0),
  /** Order of the moving average; default 0. */
  q: optional(wholeNumber(0, 10), 0),
});

export type ArmaOptions = OptionsOf<typeof armaOptions>;

const spatialOptions = optionsSchema({
  ...correlationEntries,
  /** Whether the correlation falls short of 1 at distance 0; default false. */
  nugget: optional(flag, false),
  /** Distance between coordinates, default `euclidean`. */
  metric: optional(choice<Metric>(["euclidean", "maximum", "manhattan"]), "euclidean"),
});

export type SpatialOptions = OptionsOf<typeof spatialOptions>;

function correlation(
  kind: CorrelationKind,
  form: string,
  options: unknown,
  schema: GenericSchema = correlationOptions,
): CorrelationSpec<never> {
  const of = `${kind}()`;
  const given = readArgument(text, form, { of, name: "The form" });
  const { value = [], ...read } = readOptions(schema, options, { of }) as SpatialOptions & ArmaOptions;
  return correlationStructure(kind, parseForm(given), {
    ...(read as object),
    value: typeof value === "number" ? [value] : value,
  }) as CorrelationSpec<never>;
}

/** One correlation between all rows of a group; it may be negative, down to −1/(rows of the largest group − 1). */
export const corCompSymm = <const Form extends string>(
  form: Form,
  options?: CorrelationOptions,
): CorrelationSpec<Form> => correlation("corCompSymm", form, options);

/** A correlation for every pair of occasions. The covariate numbers the occasions; `1` takes the rows in their order. */
export const corSymm = <const Form extends string>(form: Form, options?: CorrelationOptions): CorrelationSpec<Form> =>
  correlation("corSymm", form, options);

/** φ^|lag| for whole-numbered times: cost linear in the rows. */
export const corAR1 = <const Form extends string>(form: Form, options?: CorrelationOptions): CorrelationSpec<Form> =>
  correlation("corAR1", form, options);

/** φ^|t − s| for continuous time, 0 < φ < 1: cost linear in the rows. */
export const corCAR1 = <const Form extends string>(form: Form, options?: CorrelationOptions): CorrelationSpec<Form> =>
  correlation("corCAR1", form, options);

/** ARMA(p, q), stationary and invertible; linear in the rows where times are consecutive and there are no random effects. */
export const corARMA = <const Form extends string>(form: Form, options?: ArmaOptions): CorrelationSpec<Form> =>
  correlation("corARMA", form, options, armaOptions);

/** exp(−d/range), times 1 − nugget for d > 0. */
export const corExp = <const Form extends string>(form: Form, options?: SpatialOptions): CorrelationSpec<Form> =>
  correlation("corExp", form, options, spatialOptions);

/** exp(−(d/range)²), times 1 − nugget for d > 0. */
export const corGaus = <const Form extends string>(form: Form, options?: SpatialOptions): CorrelationSpec<Form> =>
  correlation("corGaus", form, options, spatialOptions);

/** 1 − d/range below the range, 0 beyond, times 1 − nugget for d > 0. */
export const corLin = <const Form extends string>(form: Form, options?: SpatialOptions): CorrelationSpec<Form> =>
  correlation("corLin", form, options, spatialOptions);

/** 1/(1 + (d/range)²), times 1 − nugget for d > 0. */
export const corRatio = <const Form extends string>(form: Form, options?: SpatialOptions): CorrelationSpec<Form> =>
  correlation("corRatio", form, options, spatialOptions);

/** 1 − 1.5 d/range + 0.5 (d/range)³ below the range, 0 beyond, times 1 − nugget for d > 0. */
export const corSpher = <const Form extends string>(form: Form, options?: SpatialOptions): CorrelationSpec<Form> =>
  correlation("corSpher", form, options, spatialOptions);
