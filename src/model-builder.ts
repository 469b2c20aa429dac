/** `model(table)`: a declaration that knows its table, and so can be compiled, fitted and sampled. */
import type { Estimation } from "./data/design.ts";
import type { Table } from "./data/table.ts";
import type { TableInput } from "./data/to-table.ts";
import { toTable } from "./data/to-table.ts";
import { DeclarationBuilder } from "./dsl/builder.ts";
import type {
  AnyColumns,
  ColumnsOfArrays,
  ColumnsOfNumbers,
  ColumnsOfRow,
  MeanText,
  ParameterTexts,
  TermText,
} from "./dsl/column-types.ts";
import { describe } from "./dsl/describe.ts";
import type { Expression } from "./dsl/expression.ts";
import type { ModelSpec } from "./dsl/model-spec.ts";
import type { NonlinearMeanOptions, ParameterPredictor } from "./dsl/nonlinear-mean.ts";
import type { SelfStartMean } from "./dsl/self-start.ts";
import { EMPTY_SPEC, specFromJSON } from "./dsl/spec-json.ts";
import type { Family } from "./families/family.ts";
import { familyByName } from "./families/registry.ts";
import type { FitOptions } from "./frequentist/fit-model.ts";
import type { EstimatingEquations } from "./frequentist/gee/estimating-equations.ts";
import type { GeeMethod } from "./frequentist/gee/method.ts";
import type { MaximumLikelihood } from "./frequentist/maximum-likelihood.ts";
import type { FitMethod } from "./frequentist/method.ts";
import type { FitMethodName } from "./frequentist/read-method.ts";
import { MODEL_NOT_CLONED } from "./messages/cloning.ts";
import { compileModel } from "./model/compile.ts";
import type { CompiledModel } from "./model/compiled-model.ts";
import { expressionOfFunction, type MeanFunction } from "./nonlinear/expression-of-function.ts";
import { refuseOptions } from "./options/surplus-options.ts";
import type { PriorTable } from "./report/prior-table.ts";
import { priorsOf } from "./report/prior-table.ts";
import type { Posterior } from "./samplers/posterior.ts";
import type { SamplePosteriorOptions } from "./samplers/sample-posterior.ts";
import type { Sampler, SamplerName } from "./samplers/samplers.ts";

/** A family by name, or a whole family record (a user's own, or one of the library's). */
export type FamilyInput = Family | { readonly name: string; readonly link?: string | undefined };

const isRecord = (family: FamilyInput): family is Family => "logDensity" in family;

/** Names of columns or interactions of them, each checked. */
export type EachTerm<C, T extends string> = T extends string ? TermText<C, T> : never;

/** As `compileModel`. */
export type Compiler = typeof compileModel;

/**
 * An immutable declaration on a table. Every method returns a new one.
 *
 * @example
 * const herds = model(cbpp).response("incidence", { trials: "size" }).family(binomial()).fixed("period").random("herd");
 * const ml = await herds.fit();
 * const bayes = await herds.sample(nuts({ seed: "cbpp" }));
 */
export class Model<C = AnyColumns> extends DeclarationBuilder<C> {
  /** What a clone stumbles on, and says why. */
  protected readonly uncloneable = MODEL_NOT_CLONED;
  readonly #table: Table;
  /** Families given as records: a spec holds only their names. */
  readonly #families: ReadonlyMap<string, Family>;

  /** Who compiles it where that is not this file: a study compiles a declaration once and puts responses in. */
  readonly #compiler: Compiler | null;

  constructor(
    table: Table,
    spec: ModelSpec,
    families: ReadonlyMap<string, Family> = new Map(),
    compiler: Compiler | null = null,
  ) {
    super(spec);
    this.#table = table;
    this.#families = families;
    this.#compiler = compiler;
  }

  protected override with(spec: ModelSpec): this {
    return new Model<C>(this.#table, spec, this.#families, this.#compiler) as this;
  }

  protected override hasColumn(name: string): boolean {
    return this.#table.names.includes(name);
  }

  /** The response distribution: `binomial()`, `poisson({ link: "sqrt" })`, a user's own family. Default `gaussian()`. */
  override family(family: FamilyInput): this;
  override family(family: FamilyInput, ...surplus: unknown[]): this {
    refuseOptions(surplus, ".family()");
    const named = super.family(family);
    if (!isRecord(family)) return named;
    const families = new Map(this.#families).set(family.name, family);
    return new Model<C>(this.#table, named.spec, families, this.#compiler) as this;
  }

  /**
   * A nonlinear mean: a text (`"Asym / (1 + exp((xmid - age) / scal))"`, or R's `"SSlogis(age, Asym, xmid, scal)"`), a self-starting
   * model, or a function of traced operations; each parameter with a linear predictor of its own. See `DeclarationBuilder.mean`.
   *
   * @throws DeclarationError when the mean cannot be read or traced, or with every fault of the parameters
   * @example
   * .mean((ops, { Asym, k }, { age }) => ops.mul(Asym, ops.sub(1, ops.exp(ops.mul(ops.neg(k), age)))), {
   *   parameters: { Asym: "~ 1 + (1 | Tree)", k: "~ 1" },
   *   start: { Asym: 200, k: 0.001 },
   * })
   */
  override mean<const T extends string, const P extends Readonly<Record<string, ParameterPredictor>>>(
    mean: MeanText<C, keyof P & string, T> | SelfStartMean | Expression | MeanFunction,
    options: NonlinearMeanOptions & { readonly parameters: ParameterTexts<C, P> },
  ): this;
  override mean(mean: string | SelfStartMean | Expression | MeanFunction, options: NonlinearMeanOptions): this {
    if (typeof mean !== "function") return super.mean(mean as SelfStartMean | Expression, options);
    return super.mean(expressionOfFunction(mean, Object.keys(options?.parameters ?? {})), options);
  }

  /**
   * The table of the declaration. A model cannot be cloned, for its methods would be lost: `structuredClone` and `postMessage` say so. What can
   * be sent is `model.spec`, of which `modelFromJSON(spec, table)` makes the model again.
   */
  readonly table = (): Table => this.#table;

  /** The same declaration on another table, to `update` a model with new data. */
  on(table: TableInput): Model<C> {
    return new Model<C>(toTable(table), this.spec, this.#families);
  }

  /**
   * Builds the design and the integral without fitting: for `fitModel`, or with `"posterior"` for `samplePosterior`, where proper priors
   * determine what the data need not (`compileModel`).
   *
   * @throws DeclarationError with every fault of declaration and table
   */
  compile(estimation: Estimation = "likelihood"): CompiledModel {
    const { name, link } = this.spec.family;
    const family = this.#ownFamily() ?? familyByName(name, link);
    return (this.#compiler ?? compileModel)(this.spec, this.#table, family, estimation);
  }

  /** The same declaration on a table, compiled by `compiler`; so are those that are made of it. */
  compiledBy(table: Table, compiler: Compiler): Model<C> {
    return new Model<C>(table, this.spec, this.#families, compiler);
  }

  /** The family that was given as a record. */
  #ownFamily(): Family | null {
    const { name, link } = this.spec.family;
    const own = this.#families.get(name);
    return own && (link === undefined || own.link === link) ? own : null;
  }

  /** The likelihood in words and symbols, line by line. */
  override describe(): string {
    return describe(this.spec, this.#ownFamily() ?? undefined);
  }

  /** What `describe` says, and how many rows the table has. */
  override toString(): string {
    return `${this.describe()}\nRows: ${this.#table.rows}`;
  }

  /**
   * Maximises the marginal likelihood. Default: REML for Gaussian models, `auto()` for others. Priors are ignored unless
   * `options.penalised`. With `gee(...)` the generalised estimating equations are solved instead. A method is a record, or its name as text:
   * `"reml"`, `"agq:25"`.
   *
   * @throws DeclarationError for an unknown method or option, and with every fault of declaration and table; the reason of `options.signal` when it is
   *   aborted
   */
  // first and last: what follows a method with a fault is typed by the first, and ReturnType sees the last
  fit(method?: FitMethod | FitMethodName, options?: FitOptions): Promise<MaximumLikelihood<Model<C>>>;
  fit<const Id extends string, const Wave extends string>(
    method: GeeMethod<Id, Wave> & GeeMethod<EachTerm<C, Id>, EachTerm<C, Wave>>,
    options?: Pick<FitOptions, "signal" | "onProgress" | "executor">,
  ): Promise<EstimatingEquations<C>>;
  // what is said of a method with a fault, and for methods of either kind
  fit<const Id extends string, const Wave extends string>(
    method: FitMethod | FitMethodName | (GeeMethod<Id, Wave> & GeeMethod<EachTerm<C, Id>, EachTerm<C, Wave>>),
    options?: Pick<FitOptions, "signal" | "onProgress" | "executor">,
  ): Promise<EstimatingEquations<C> | MaximumLikelihood<Model<C>>>;
  fit(method: FitMethod | FitMethodName, options: FitOptions): Promise<MaximumLikelihood<Model<C>>>;
  async fit(
    asked?: FitMethod | FitMethodName | GeeMethod,
    options?: FitOptions,
  ): Promise<EstimatingEquations<C> | MaximumLikelihood<Model<C>>> {
    const { fitDeclared } = await import("./fit-declared.ts");
    return fitDeclared(this, this.#ownFamily(), asked, options);
  }

  /**
   * The prior of every parameter as it will be used, declared or default, before anything is sampled.
   *
   * @throws DeclarationError when a prior names a parameter the model does not have
   * @example console.log(String(declared.priors()));
   */
  priors(): PriorTable {
    return priorsOf(this.compile("posterior"));
  }

  /**
   * Samples the posterior. Default `nuts()`, chains one after another; pass `{ executor: workerExecutor() }` of
   * `marginalia/node` to run them in worker threads, which gives the same draws.
   *
   * @throws DeclarationError with every fault of declaration, table and priors, for an unknown sampler or option; the reason of `options.signal` when it is aborted
   */
  async sample(sampler?: Sampler | SamplerName, options?: SamplePosteriorOptions): Promise<Posterior<C>> {
    const { sampleDeclared } = await import("./fit-declared.ts");
    return sampleDeclared(this, sampler, options);
  }
}

/**
 * Begins a declaration on a table.
 *
 * @param table an object of arrays (column names are then checked by the compiler), an array of records (`model<Row>(rows)`), or
 *   an arquero table
 * @throws DeclarationError when the table is empty, ragged or not a table
 * @example
 * model({ y: [1, 2, 3], g: ["a", "b", "b"] }).formula("y ~ 1 + (1 | g)")
 */
export function model<Row extends object>(table: readonly Row[]): Model<ColumnsOfRow<Row>>;
export function model<T extends { readonly [K in keyof T]: ArrayLike<number> }>(table: T): Model<ColumnsOfNumbers<T>>;
export function model<T extends { readonly [K in keyof T]: ArrayLike<unknown> }>(table: T): Model<ColumnsOfArrays<T>>;
export function model(table: TableInput): Model;
export function model(table: unknown, ...surplus: unknown[]): unknown {
  refuseOptions(surplus, "model()");
  return new Model(toTable(table as TableInput), EMPTY_SPEC);
}

/**
 * A declaration read back from its JSON, on a table.
 *
 * @throws DeclarationError naming every field that is not as a declaration writes it
 * @example modelFromJSON(JSON.stringify(herds), cbpp).fit()
 */
export function modelFromJSON(json: string | object, table: TableInput): Model {
  return new Model(toTable(table), specFromJSON(json));
}
