/** What of a declaration is not about predictors: columns, weights, residuals, priors. */

import * as messages from "../messages/declaration.ts";
import { badSigma } from "../messages/given-sds.ts";
import { inspect } from "../messages/inspect.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { choice, columnName, text } from "../options/kinds.ts";
import { readArgument, readOptions } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { CONTRASTS, type PriorTarget, type ResidualOptions, residualOptions } from "./builder-options.ts";
import type {
  AnyColumns,
  ColumnName,
  ColumnText,
  NumericColumnName,
  NumericColumnText,
  StructureNames,
  StructureText,
} from "./column-types.ts";
import { describe } from "./describe.ts";
import { deepFreeze } from "./freeze.ts";
import { areSds } from "./given-sds.ts";
import type { ContrastName, MissingPolicy, ModelSpec, PriorDistribution, PriorSpec } from "./model-spec.ts";
import { formulaOf } from "./print-formula.ts";
import { meantPriorTarget, PRIOR_CLASSES } from "./prior-classes.ts";
import { refuse } from "./refuse.ts";
import type { CorrelationSpec, ResidualSpec, VarianceSpec } from "./residual-spec.ts";
import { parseCorrelation, parseVariance } from "./residual-text.ts";

const isLabel = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && !Number.isNaN(value));

/** An immutable declaration without the methods that build its predictors; see `DeclarationBuilder`. */
export abstract class BareDeclaration<C = AnyColumns> {
  /** The declaration so far: frozen plain data. */
  readonly spec: ModelSpec;

  constructor(spec: ModelSpec) {
    this.spec = spec;
  }

  /** A copy of this builder over another spec. */
  protected abstract with(spec: ModelSpec): this;

  /** Whether the table has a column of exactly this name; such a name is taken as it is, however odd it looks. */
  protected hasColumn(_name: string): boolean {
    return false;
  }

  /** The declaration with some of it replaced, and notes added. */
  protected change(change: Partial<ModelSpec>, notes: readonly FitWarning[] = []): this {
    const all = [...(this.spec.notes ?? []), ...notes];
    return this.with(deepFreeze({ ...this.spec, ...change, ...(all.length > 0 ? { notes: all } : {}) }));
  }

  /**
   * Unequal residual variances and correlated residuals of a Gaussian model, replacing those declared before; with random effects (nlme's
   * `lme`) or without (`gls`). A structure is one of the library's functions, or nlme's own words as text.
   *
   * @throws DeclarationError when a text cannot be read
   * @example
   * .residual({ variance: varPower("DML", { by: "MONTH" }), correlation: corAR1("time | Mare") })
   * .residual({ correlation: "corARMA(~ 1 | Mare, p = 1, q = 1)" })
   */
  residual<
    const V extends string = never,
    const R extends string = never,
    const OfV extends string = never,
    const OfR extends string = never,
  >(
    structure: ResidualOptions & {
      readonly variance?: VarianceSpec<StructureNames<C, OfV>> | StructureText<C, V> | null | undefined;
      readonly correlation?: CorrelationSpec<StructureNames<C, OfR>> | StructureText<C, R> | null | undefined;
    },
  ): this;
  residual(structure: ResidualOptions, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".residual()");
    const { variance = null, correlation = null } = readOptions(residualOptions, structure, { of: ".residual()" });
    const residual: ResidualSpec = {
      variance: typeof variance === "string" ? parseVariance(variance) : variance,
      correlation: typeof correlation === "string" ? parseCorrelation(correlation) : correlation,
    };
    return this.change({ residual });
  }

  /**
   * The residual standard deviation of a Gaussian model where it is given, not estimated, in the units of the response; with `.residual()` the sd that
   * its variance functions multiply, as nlme's `lmeControl(sigma = )`. With precision weights w the variance of a row is σ²/w.
   *
   * @throws DeclarationError unless it is a finite number above 0
   * @example model(orthodont).formula("distance ~ age").residual({ correlation: corSymm("1 | Subject") }).sigma(2)
   */
  sigma(sigma: number): this;
  sigma(sigma: number, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".sigma()");
    if (!areSds([sigma])) throw new DeclarationError([badSigma(sigma)]);
    return this.change({ sigma });
  }

  /** Precision weights: the variance of row i is φ/w_i. For a binomial proportion they are the trials, as in R. */
  weights<const N extends string>(column: NumericColumnName<C> | NumericColumnText<C, N>): this;
  weights(column: string, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".weights()");
    if (typeof column !== "string" || column === "") refuse("bad-weights", ["weights"], messages.emptyName("weights"));
    return this.change({ weights: column });
  }

  /** Frequency weights: each row counts so many times in the likelihood. */
  frequencyWeights<const N extends string>(column: NumericColumnName<C> | NumericColumnText<C, N>): this;
  frequencyWeights(column: string, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".frequencyWeights()");
    if (typeof column !== "string" || column === "")
      refuse("bad-weights", ["frequencyWeights"], messages.emptyName("frequencyWeights"));
    return this.change({ frequencyWeights: column });
  }

  /**
   * Makes a column a factor with these levels in this order; the first is the reference.
   *
   * @example .factor("dose", ["none", "low", "high"])
   */
  factor<const N extends string>(
    column: ColumnName<C> | ColumnText<C, N>,
    levels: readonly (string | number | boolean)[],
  ): this;
  factor(column: string, levels: readonly (string | number | boolean)[], ...surplus: unknown[]): this {
    refuseOptions(surplus, ".factor()");
    readArgument(columnName, column, { of: ".factor()", name: "The column" });
    if (!Array.isArray(levels) || levels.length === 0 || !levels.every(isLabel))
      refuse("bad-levels", ["factor", column], messages.emptyLevels(column));
    const labels = levels.map((level) => (typeof level === "boolean" ? String(level).toUpperCase() : String(level)));
    const repeated = labels.find((label, i) => labels.indexOf(label) < i);
    if (repeated !== undefined) refuse("bad-levels", ["factor", column], messages.repeatedLevel(column, repeated));
    return this.change({ factors: { ...this.spec.factors, [column]: labels } });
  }

  /** The coding of a factor in the fixed effects: `treatment` (default), `sum`, `helmert`, `poly`, as R's `contr.*`. */
  contrasts<const N extends string>(column: ColumnName<C> | ColumnText<C, N>, name: ContrastName): this;
  contrasts(column: string, name: ContrastName, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".contrasts()");
    readArgument(columnName, column, { of: ".contrasts()", name: "The column" });
    readArgument(choice(CONTRASTS), name, { of: ".contrasts()", name: `The coding of ${column}` });
    return this.change({ contrasts: { ...this.spec.contrasts, [column]: name } });
  }

  /** Rows with a missing value in a used column: `omit` (default) drops and counts them, `error` refuses them. */
  missing(policy: MissingPolicy): this;
  missing(policy: MissingPolicy, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".missing()");
    readArgument(choice<MissingPolicy>(["omit", "error"]), policy, { of: ".missing()", name: "The policy" });
    return this.change({ missing: policy });
  }

  /**
   * A prior for a class of parameters, or for one of them; a later one for the same target replaces the earlier.
   *
   * @example .prior("fixed", normal(0, 2.5)).prior("sd:Subject", halfNormal(1))
   */
  prior(target: PriorTarget, distribution: PriorDistribution): this;
  prior(target: PriorTarget, distribution: PriorDistribution, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".prior()");
    readArgument(text, target, { of: ".prior()", name: "The class of parameters" });
    const colon = target.indexOf(":");
    const name = colon < 0 ? undefined : target.slice(colon + 1);
    const parameterClass = (colon < 0 ? target : target.slice(0, colon)) as PriorSpec["class"];
    if (!PRIOR_CLASSES.includes(parameterClass) || name === "")
      refuse(
        "unknown-prior-class",
        ["prior", target],
        messages.unknownPriorClass(target, PRIOR_CLASSES, meantPriorTarget(target)),
      );
    if (typeof distribution?.name !== "string" || !Array.isArray(distribution.parameters))
      refuse("bad-prior", ["prior", target], messages.notADistribution(target));
    const prior: PriorSpec =
      name === undefined ? { class: parameterClass, distribution } : { class: parameterClass, name, distribution };
    const others = this.spec.priors.filter((other) => other.class !== parameterClass || other.name !== name);
    return this.change({ priors: [...others, prior] });
  }

  /** The mean as a formula that reads back to the same declaration. */
  toFormula(): string {
    return formulaOf(this.spec);
  }

  /** The likelihood in words and symbols, line by line. */
  describe(): string {
    return describe(this.spec);
  }

  /** What `describe` says. */
  toString(): string {
    return this.describe();
  }

  [inspect](depth: number): string {
    return depth < 0 ? "[declaration]" : this.toString();
  }

  /** The declaration as plain data; `specFromJSON` reads it. */
  toJSON(): ModelSpec {
    return this.spec;
  }
}
