import { type KnownCovarianceInput, knownCovariance } from "../covariance/known-covariance.ts";
import { DISPERSION } from "../families/distribution-parameters.ts";
import { ofMean } from "../families/of-mean.ts";
import * as messages from "../messages/declaration.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { emptyMatrixName } from "../messages/known-covariance.ts";
import { noVariances } from "../messages/known-variance.ts";
import * as nonlinear from "../messages/nonlinear.ts";
import { text } from "../options/kinds.ts";
import { readArgument, readOptions } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { BareDeclaration } from "./bare-declaration.ts";
import { familyInput, type RandomOptions, randomOptions, responseOptions } from "./builder-options.ts";
import type {
  AnyColumns,
  ColumnName,
  FormulaText,
  MeanText,
  NumericColumnName,
  NumericText,
  ParameterTexts,
  TermText,
  TermTexts,
} from "./column-types.ts";
import { groupName, randomTermText } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { joinTerms, parseExpression, parseFormula, parseResponse, parseTerms } from "./formula.ts";
import { type ParsedResponse, squared } from "./formula-response.ts";
import type { FixedTermSpec, ModelSpec, PredictorSpec, RandomTermSpec } from "./model-spec.ts";
import { type NonlinearMeanOptions, nonlinearMean, type ParameterPredictor } from "./nonlinear-mean.ts";
import { predictorText } from "./print-formula.ts";
import { matrixName, randomOfParts, randomOfText } from "./random-parts.ts";
import { refuse } from "./refuse.ts";
import type { SelfStartMean } from "./self-start.ts";

/**
 * An immutable declaration. `C` gives the type of each column's values, so that the compiler knows the column names.
 * A class that extends it says how to make itself from a spec (`with`) and adds what can be done with a declaration.
 */
export abstract class DeclarationBuilder<C = AnyColumns> extends BareDeclaration<C> {
  #changeMean(
    change: Partial<PredictorSpec>,
    notes: readonly FitWarning[] = [],
    beside: Pick<Partial<ModelSpec>, "knownCovariances"> = {},
  ): this {
    if (this.spec.nonlinear)
      refuse(
        "linear-part",
        ["mean"],
        nonlinear.linearPartOfNonlinear(Object.keys(change)[0] === "random" ? "random" : "fixed"),
      );
    const [mean, ...others] = this.spec.predictors;
    return this.change({ ...beside, predictors: [{ ...mean!, ...change }, ...others] }, notes);
  }

  get #mean(): PredictorSpec {
    return ofMean(this.spec.predictors);
  }

  #columnOr<T>(text: string, asColumn: (column: Expression) => T, parse: (text: string) => T): T {
    return this.hasColumn(text) ? asColumn({ kind: "column", name: text }) : parse(text);
  }

  /**
   * The response: a column, or a function of columns as in a formula (`log(y)`, `cbind(s, f)`).
   *
   * @param options.trials column or number: the response counts successes out of so many
   * @throws DeclarationError when the text cannot be read
   * @example model(cbpp).response("incidence", { trials: "size" })
   */
  response<const T extends string, const N extends string = never>(
    name: ColumnName<C> | TermText<C, T>,
    options?: { readonly trials?: NumericColumnName<C> | NumericText<C, N> | number | undefined },
  ): this;
  response(name: string, options?: { readonly trials?: string | number | undefined }): this {
    if (typeof name !== "string" || name === "") refuse("bad-response", ["response"], messages.emptyName("response"));
    const { response, knownVariance } = this.#columnOr<ParsedResponse>(
      name as string,
      (expression) => ({ response: { kind: "single", expression }, knownVariance: null }),
      parseResponse,
    );
    const { trials } = readOptions(responseOptions, options, { of: ".response()" });
    const variance = knownVariance && { knownVariance };
    if (trials === undefined) return this.change({ response, ...variance });
    if (response.kind !== "single") refuse("bad-trials", ["response"], messages.badTrials(trials));
    const count: Expression =
      typeof trials === "number"
        ? { kind: "number", value: trials }
        : this.#columnOr<Expression>(trials, (column) => column, parseExpression);
    return this.change({ response: { kind: "trials", expression: response.expression, trials: count }, ...variance });
  }

  /**
   * Response, fixed terms, offsets and random terms at once, replacing those declared before; a one-sided formula keeps the response.
   *
   * @throws DeclarationError with the position of a syntax error, or with every fault of meaning
   * @example model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)")
   */
  formula<const T extends string>(formula: FormulaText<C, T>): this;
  formula(formula: string, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".formula()");
    readArgument(text, formula, { of: ".formula()", name: "The formula" });
    const { response, knownVariance, predictor, notes } = parseFormula(formula);
    if (this.spec.nonlinear) refuse("linear-part", ["mean"], nonlinear.linearPartOfNonlinear("formula"));
    return this.change(
      {
        response: response ?? this.spec.response,
        ...(knownVariance && { knownVariance }),
        predictors: [predictor, ...this.spec.predictors.slice(1)],
      },
      notes,
    );
  }

  /** The response distribution, as `binomial({ link: "probit" })`. Default gaussian with identity link. */
  family(family: { readonly name: string; readonly link?: string | undefined }): this;
  family(family: { readonly name: string; readonly link?: string | undefined }, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".family()");
    const given: unknown = family;
    if (typeof given === "function") refuse("bad-family", ["family"], messages.familyNotCalled(given.name));
    if (typeof family?.name !== "string" || family.name === "")
      refuse("bad-family", ["family"], messages.notAFamily(".family()"));
    if (!("logDensity" in family)) readOptions(familyInput, family, { of: ".family()" });
    const { name, link } = family;
    return this.change({ family: link === undefined ? { name } : { name, link } });
  }

  /**
   * A nonlinear mean, replacing the linear predictor: an expression of parameters and columns, or a self-starting model. Each parameter has
   * a linear predictor of its own. For families with a link it is on the scale of the link.
   *
   * @throws DeclarationError when a text cannot be read, with every fault of the parameters, or where terms were declared before, which
   * belong into the predictors of the parameters
   * @example
   * .mean("Asym / (1 + exp((xmid - age) / scal))", {
   *   parameters: { Asym: "~ 1 + (1 | Tree)", xmid: "~ 1", scal: "~ 1" },
   *   start: { Asym: 190, xmid: 700, scal: 350 },
   * })
   * .mean(selfStart.logistic("age", "Asym", "xmid", "scal"), {
   *   parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1" },
   *   random: "Asym + xmid ~ 1 | Tree", // correlated
   * })
   */
  mean<const T extends string, const P extends Readonly<Record<string, ParameterPredictor>>>(
    mean: MeanText<C, keyof P & string, T> | SelfStartMean | Expression,
    options: NonlinearMeanOptions & { readonly parameters: ParameterTexts<C, P> },
  ): this;
  mean(mean: string | SelfStartMean | Expression, options: NonlinearMeanOptions): this {
    if ((typeof mean !== "string" && typeof mean?.kind !== "string") || mean === "")
      refuse("bad-mean", ["mean"], nonlinear.noMean());
    if (typeof options?.parameters !== "object" || options.parameters === null)
      refuse("no-parameters", ["mean"], nonlinear.noParameters());
    const { terms, offsets, random } = this.#mean;
    if (!this.spec.nonlinear && terms.length + offsets.length + random.length > 0)
      refuse("linear-part", ["mean"], nonlinear.linearPartBesideMean(predictorText(this.#mean)));
    const { nonlinear: read, predictors } = nonlinearMean(mean, options);
    const ofMeanBefore = this.spec.nonlinear?.parameters.length ?? 1;
    return this.change({ nonlinear: read, predictors: [...predictors, ...this.spec.predictors.slice(ofMeanBefore)] });
  }

  /**
   * Adds fixed terms: column names or term texts. `"0"` removes the intercept.
   *
   * @throws DeclarationError when a text cannot be read or has a random term
   * @example .fixed("age", "period * trt", "I(age^2)")
   */
  fixed<const T extends readonly string[]>(...terms: TermTexts<C, T>): this;
  fixed(...terms: readonly string[]): this {
    let { intercept } = this.#mean;
    const added: FixedTermSpec[] = [];
    const offsets = [...this.#mean.offsets];
    const notes: FitWarning[] = [];
    for (const text of terms as readonly string[]) {
      if (this.hasColumn(text)) {
        added.push({ kind: "fixedTerm", factors: [{ kind: "column", name: text }] });
        continue;
      }
      const parsed = parseTerms(text);
      if (parsed.predictor.random.length > 0) refuse("random-in-fixed", ["fixed", text], messages.randomInFixed(text));
      intercept &&= parsed.predictor.intercept;
      added.push(...parsed.predictor.terms);
      offsets.push(...parsed.predictor.offsets);
      notes.push(...parsed.notes);
    }
    return this.#changeMean({ intercept, offsets, terms: joinTerms([...this.#mean.terms, ...added]) }, notes);
  }

  /**
   * Adds a random term: a grouping column (or `"a/b"`, `"a:b"`) with slopes and options, or a whole term as text.
   *
   * @throws DeclarationError when a text cannot be read or the term has no effects
   * @example
   * .random("Subject", "Days")                          // (Days | Subject)
   * .random("Subject", "Days", { covariance: "diag" })  // (Days || Subject)
   * .random("Worker", "0 + Machine", { covariance: "cs" }) // cs(0 + Machine | Worker)
   * .random("Worker", "0 + Machine", { sd: 1 })         // cor(0 + Machine | Worker)
   * .random("Worker", "0 + Machine", { sd: [4, 8, 4] }) // us(0 + Machine | Worker, sd = c(4, 8, 4))
   * .random("(Days | Subject)")
   * .random("animal", { knownCovariance: pedigreePrecision(pedigree) }) // (1 | gr(animal, cov = animal))
   */
  random<const G extends string, const S extends readonly (string | RandomOptions)[]>(
    group: ColumnName<C> | TermText<C, G>,
    ...slopes: TermTexts<C, S>
  ): this;
  random(group: string, ...slopes: readonly (string | RandomOptions)[]): this {
    if (typeof group !== "string" || group === "") refuse("bad-group", ["random"], messages.emptyName("random"));
    const last = (slopes as readonly unknown[]).at(-1);
    const given = typeof last === "object" && last !== null ? last : undefined;
    const options = readOptions(randomOptions, given, { of: ".random()" });
    const texts = (given ? slopes.slice(0, -1) : slopes).map((slope) =>
      readArgument(text, slope, { of: ".random()", name: "Each slope" }),
    );
    const { terms, notes } =
      !this.hasColumn(group) && (group as string).includes("|")
        ? randomOfText(group, slopes.length > 0)
        : randomOfParts(group, texts, options, (name) => this.hasColumn(name));
    const { knownCovariance: across } = options;
    const matrix = across === undefined || typeof across === "string" ? null : knownCovariance(across);
    const known = matrix ? matrixName(matrix, group, this.spec.knownCovariances ?? {}) : (across as string | undefined);
    const kept = [...this.#mean.random];
    for (const plain of terms) {
      const term: RandomTermSpec = { ...plain, ...(known !== undefined && { known }) };
      if (!kept.some((other) => randomTermText(other) === randomTermText(term))) kept.push(term);
    }
    const matrices = matrix && { knownCovariances: { [known!]: matrix, ...this.spec.knownCovariances } };
    return this.#changeMean({ random: kept }, notes, matrices ?? {});
  }

  /**
   * A known covariance across the levels of a grouping factor under the name by which terms refer to it, `(1 | gr(animal, cov = A))`.
   * Where no term declared before refers to the name and it is that of a grouping factor, its terms take the matrix.
   *
   * @throws DeclarationError for a matrix with faults
   * @example
   * .formula("weight ~ sex + (1 | gr(animal, cov = A))").knownCovariance("A", pedigreePrecision(pedigree))
   */
  knownCovariance(name: string, matrix: KnownCovarianceInput): this {
    if (typeof name !== "string" || name === "") refuse("bad-known-covariance", ["knownCovariance"], emptyMatrixName());
    const { [name]: _, ...others } = this.spec.knownCovariances ?? {};
    const knownCovariances = { ...others, [name]: knownCovariance(matrix) };
    const named = this.spec.predictors.some(({ random }) => random.some((term) => term.known === name));
    if (named) return this.change({ knownCovariances });
    const predictors = this.spec.predictors.map((predictor) => ({
      ...predictor,
      random: predictor.random.map((term) =>
        term.known === undefined && groupName(term) === name ? { ...term, known: name } : term,
      ),
    }));
    return this.change({ knownCovariances, predictors });
  }

  /**
   * A linear predictor for a parameter of the distribution, on the scale of its link (log for a positive parameter, logit for one between 0 and 1),
   * replacing the one declared before: fixed terms, offsets and random terms. Of a nonlinear mean it replaces the predictor of one of its parameters.
   * Names are those of tables: `sigma` (gaussian), `theta` (nbinom2), `alpha` (nbinom1), `shape` (Gamma), `phi` (beta); `disp`, the component of tables,
   * is the one that `.dispersion()` means, whatever the family calls it.
   *
   * @throws DeclarationError when the formula cannot be read or has a response; that the family has no such parameter shows when the model is compiled
   * @example model(sleepstudy).formula("Reaction ~ Days + (1 | Subject)").parameter("sigma", "~ Days + (1 | Subject)")
   */
  parameter<const T extends string>(name: string, formula: FormulaText<C, T>): this;
  parameter(name: string, formula: string): this {
    if (typeof name !== "string" || name === "") refuse("bad-parameter", ["parameter"], messages.emptyParameter());
    if (name === "mu") refuse("bad-parameter", ["parameter", name], messages.meanAsParameter(formula));
    readArgument(text, formula, { of: ".parameter()", name: "The formula" });
    return this.#predictor(name, formula);
  }

  /**
   * A linear predictor for the family's dispersion, whatever the family calls it: log σ_i of a Gaussian response, log θ_i of `nbinom2`, log α_i of
   * `nbinom1`, the log shape of `Gamma`, log φ_i of `beta`. As glmmTMB's `dispformula`; with `"~ 0"` a Gaussian model has no residual variance.
   *
   * @throws DeclarationError when the formula cannot be read or has a response; that the family has no dispersion shows when the model is compiled
   * @example model(sleepstudy).formula("Reaction ~ Days + (1 | Subject)").dispersion("~ Days")
   */
  dispersion<const T extends string>(formula: FormulaText<C, T>): this;
  dispersion(formula: string): this {
    readArgument(text, formula, { of: ".dispersion()", name: "The formula" });
    return this.#predictor(DISPERSION, formula);
  }

  #predictor(role: string, formula: string): this {
    const { response, predictor, notes } = parseFormula(formula.includes("~") ? formula : `~ ${formula}`);
    if (response) refuse("bad-parameter", ["parameter", role], messages.parameterWithResponse(role, formula));
    const { predictors } = this.spec;
    const own: PredictorSpec = { ...predictor, role };
    const at = predictors.findIndex((other, r) => (r > 0 || this.spec.nonlinear) && other.role === role);
    return this.change(
      { predictors: at < 0 ? [...predictors, own] : predictors.map((other, r) => (r === at ? own : other)) },
      notes,
    );
  }

  /**
   * The known residual variance of each row of a Gaussian model: a column, or arithmetic as `"se^2"`. Nothing of the residual is estimated
   * then, and the tables have no residual standard deviation: effect sizes of studies with their sampling variances (meta-analysis).
   *
   * @throws DeclarationError when the text cannot be read
   * @example model(bcg).formula("yi ~ ablat + (1 | trial)").knownVariance("vi")
   */
  knownVariance<const T extends string>(variance: NumericColumnName<C> | NumericText<C, T>): this;
  knownVariance(variance: string): this {
    if (typeof variance !== "string" || variance === "") throw new DeclarationError([noVariances()]);
    return this.change({ knownVariance: this.#columnOr<Expression>(variance, (column) => column, parseExpression) });
  }

  /**
   * The known standard error of each row's response: `.standardErrors("se")` is `.knownVariance("se^2")`.
   *
   * @example model(schools).formula("y ~ 1 + (1 | school)").standardErrors("sigma")
   */
  standardErrors<const T extends string>(error: NumericColumnName<C> | NumericText<C, T>): this;
  standardErrors(error: string): this {
    if (typeof error !== "string" || error === "") throw new DeclarationError([noVariances()]);
    const left = this.#columnOr<Expression>(error, (column) => column, parseExpression);
    return this.change({ knownVariance: squared(left) });
  }

  /** Adds a known part of the linear predictor, with coefficient 1: a numeric column or arithmetic as `log(exposure)`. */
  offset<const T extends string>(text: NumericColumnName<C> | NumericText<C, T>): this;
  offset(text: string, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".offset()");
    if (typeof text !== "string" || text === "") refuse("bad-offset", ["offset"], messages.emptyName("offset"));
    const expression = this.#columnOr<Expression>(text, (column) => column, parseExpression);
    return this.#changeMean({ offsets: [...this.#mean.offsets, expression] });
  }
}
