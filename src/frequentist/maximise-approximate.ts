/** Fits by Laplace or adaptive Gauss-Hermite, and `auto`: Laplace, checked, and refitted by quadrature where it is not accurate. */
import { hasCorrelatedRows } from "../marginal/correlated/correlated-rows.ts";
import { createMarginalLikelihood } from "../marginal/create.ts";
import { importanceCheck } from "../marginal/laplace/importance-check.ts";
import * as messages from "../messages/fitting.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { IntegralPlan } from "../model/choose-integral.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import { evaluated, type Pausable, pauseDue, tell } from "../optimise/pausable.ts";
import { createRng } from "../random/rng.ts";
import { CovarianceSlopes } from "./covariance-slopes.ts";
import { type FlatCovariance, flatCovariance } from "./flat-covariance.ts";
import { hasInformativeRows, informativeStart } from "./informative-start.ts";
import type { Maximum, StartingPoint } from "./maximise.ts";
import { maximise, startingPoint, startingPointOfEffects } from "./maximise.ts";
import type { Penalty } from "./penalty.ts";
import { penalised } from "./penalty.ts";
import { LAPLACE_TOLERANCE, nodeSequence, SETTLED, settleNodes } from "./quadrature-check.ts";
import type { WorkingCoordinates } from "./working-coordinates.ts";
import { workingCoordinates } from "./working-coordinates.ts";

export interface ApproximateFit {
  readonly maximum: Maximum;
  readonly integral: IntegralMethod;
  readonly label: string;
  readonly warnings: readonly FitWarning[];
  /** The covariances on which the likelihood does not depend; null where it does on all, and under a penalty. */
  readonly flat: FlatCovariance | null;
}

/** Starting sds of the random effects, in standardised units; a second start guards against spurious optima. */
const STARTING_SD = 1;

const LAPLACE: IntegralMethod = { kind: "laplace" };

export interface SearchOptions {
  /** Natural parameters in the user's units to start at, for refits. */
  readonly from?: Float64Array;
  /** Added to the log-likelihood. */
  readonly penalty?: Penalty;
}

class Search {
  readonly model: CompiledModel;
  readonly plan: IntegralPlan;
  readonly coordinates: WorkingCoordinates;
  readonly start: StartingPoint;

  readonly penalty: Penalty | undefined;
  readonly #given: boolean;
  readonly #slopes: CovarianceSlopes;

  private constructor(
    model: CompiledModel,
    plan: IntegralPlan,
    { from, penalty }: SearchOptions,
    start: StartingPoint,
  ) {
    this.model = model;
    this.plan = plan;
    this.penalty = penalty;
    this.coordinates = workingCoordinates(model.layout, model.family.parameters);
    this.#slopes = new CovarianceSlopes(model.layout.terms, false);
    this.start = start;
    this.#given = from !== undefined;
    if (from) {
      const standardised = new Float64Array(model.layout.size);
      model.standardisation.toStandardised(from, standardised);
      this.coordinates.toWorking(standardised, this.start.w);
    }
  }

  static *from(model: CompiledModel, plan: IntegralPlan, options: SearchOptions): Pausable<Search> {
    return new Search(model, plan, options, yield* startingPoint(model, STARTING_SD));
  }

  /** @param near a maximum close by, whose curvature serves as metric */
  *run(integral: IntegralMethod, from: Float64Array = this.start.w, near?: Maximum): Pausable<Maximum> {
    tell({ phase: "search", start: "default", likelihood: { name: this.plan.label(integral), constant: 0 } });
    const start = { w: from, inverseHessian: near ? metricOf(near) : this.start.inverseHessian };
    const marginal = this.model.standardisedMarginal(integral);
    const target = this.penalty ? penalised(marginal, this.penalty, this.model.standardisation) : marginal;
    const objective = this.coordinates.objective(target);
    // rows that say much leave no doubt of their effects: Λ then has the likelihood of a sample of them, which has one maximum
    const informative = hasInformativeRows(this.model);
    const informed = near || !informative ? start : yield* informativeStart(this.model, objective, start);
    const others = from === this.start.w && !this.#given && !informative;
    // a quadrature rule depends a little on what the integral does not
    const slopes = integral.kind === "laplace" && !this.penalty ? this.#slopes : undefined;
    return yield* maximise(this.model, target, this.coordinates, informed, others, slopes);
  }

  /** What the likelihood does not depend on. Laplace's approximation does not either, and to the last digit. */
  *flat({ w, logLik }: Maximum): Pausable<FlatCovariance | null> {
    if (this.penalty || !Number.isFinite(logLik)) return null;
    const objective = this.coordinates.objective(this.model.standardisedMarginal(LAPLACE));
    return yield* flatCovariance(this.#slopes, this.model.layout.terms, w, objective);
  }

  /** The best of what is found from every start, by Laplace's approximation. */
  *best(): Pausable<Maximum> {
    const { model, start } = this;
    const first = yield* this.run(LAPLACE);
    if (this.#given || !hasCorrelatedRows(model.data) || model.design.random.length === 0) return first;
    const second = yield* this.run(LAPLACE, startingPointOfEffects(model, start).w);
    // of NaN or −∞ the other
    return second.logLik > first.logLik || !Number.isFinite(first.logLik) ? second : first;
  }

  natural(w: Float64Array): Float64Array {
    const x = new Float64Array(w.length);
    this.coordinates.toNatural(w, x);
    return x;
  }
}

/** The inverse Hessian of a maximum over all coordinates; those held at 0 get a little room. */
function metricOf({ w, free, information }: Maximum): Float64Array {
  const d = w.length;
  const H = new Float64Array(d * d);
  for (let i = 0; i < d; i++) H[i * (d + 1)] = 1e-3;
  free.forEach((position, i) => {
    free.forEach((other, j) => {
      H[position * d + other] = information.covariance[i * free.length + j]!;
    });
  });
  return H;
}

/** Refits by quadrature from both the usual start and the Laplace optimum, raising the nodes until the optimum settles. */
function* refit(
  search: Search,
  laplace: Maximum,
  mostNeeded: number,
): Pausable<{ maximum: Maximum; nodes: number; moved: number } | null> {
  const { shape } = search.plan;
  const usable = (candidate: Maximum) => Number.isFinite(candidate.logLik);
  // few nodes find the place, more settle the digits
  let nodes = Math.min(mostNeeded, shape.q === 1 ? 11 : 7);
  const usual = yield* search.run({ kind: "agq", nodes });
  const starts = [usual, yield* search.run({ kind: "agq", nodes }, laplace.w)].filter(usable);
  if (starts.length === 0) return null;
  // a quadrature rule can be fooled far from the data: compare the candidates with the most nodes
  const most = nodeSequence(shape).at(-1)!;
  const judge = search.model.standardisedMarginal({ kind: "agq", nodes: most });
  const judged: number[] = [];
  for (const candidate of starts) {
    judged.push(judge.evaluate(search.natural(candidate.w)));
    evaluated(Number.NaN);
    if (pauseDue()) yield;
  }
  let maximum = starts[judged.indexOf(Math.max(...judged))]!;
  for (;;) {
    const check = yield* settleNodes(search.model, search.natural(maximum.w), shape, nodes);
    const moved = Math.abs(check.logLik - maximum.logLik);
    if (moved < SETTLED) return { maximum, nodes, moved };
    if (check.nodes <= nodes) return { maximum, nodes, moved };
    nodes = check.nodes;
    const next = yield* search.run({ kind: "agq", nodes }, maximum.w, maximum);
    if (!usable(next)) return { maximum, nodes, moved };
    maximum = next;
    if (nodes === most) return { maximum, nodes, moved: check.moved };
  }
}

/**
 * Maximises the marginal likelihood in all its parameters, unprofiled: an approximated one, or for penalised fits an exact one.
 *
 * @param plan of the integral
 */
export function* maximiseApproximate(
  model: CompiledModel,
  plan: IntegralPlan,
  options: SearchOptions = {},
): Pausable<ApproximateFit> {
  const search = yield* Search.from(model, plan, options);
  const found = yield* maximiseBy(search);
  return { ...found, flat: yield* search.flat(found.maximum) };
}

function* maximiseBy(search: Search): Pausable<Omit<ApproximateFit, "flat">> {
  const { model, plan } = search;
  const { integral, check } = plan;
  const labelled = (by: IntegralMethod) => ({ integral: by, label: plan.label(by) });
  if (integral.kind !== "laplace") {
    // a failure of the model to have such an integral is a fault: it is thrown before any work
    if (integral.kind === "agq") createMarginalLikelihood(model.standardisation.data, model.kernel, integral);
    return { maximum: yield* search.run(integral), ...labelled(integral), warnings: [] };
  }
  const laplace = yield* search.best();
  const found = { maximum: laplace, ...labelled(LAPLACE) };
  if (!Number.isFinite(laplace.logLik) || plan.shape.kind === "none") return { ...found, warnings: [] };
  tell({ phase: "accuracy of the integral" });
  if (check === "none") return { ...found, warnings: [] };
  if (check === "importance") {
    const { difference, standardError } = yield* importanceCheck(
      model.standardisation.data,
      model.kernel,
      search.natural(laplace.w),
      createRng("laplace-check"),
    );
    return { ...found, warnings: [messages.laplaceUnchecked(difference, standardError)] };
  }
  const settled = yield* settleNodes(model, search.natural(laplace.w), plan.shape);
  const difference = settled.logLik - laplace.logLik;
  if (Math.abs(difference) <= LAPLACE_TOLERANCE) return { ...found, warnings: [] };
  if (!plan.refine) return { ...found, warnings: [messages.laplaceInaccurate(difference, settled.nodes)] };
  const better = yield* refit(search, laplace, settled.nodes);
  if (!better) return { ...found, warnings: [messages.quadratureRefitFailed(settled.nodes)] };
  const warnings = [messages.refittedByQuadrature(difference, better.nodes)];
  if (better.moved > SETTLED) warnings.push(messages.quadratureUnsettled(better.moved, better.nodes));
  return {
    maximum: better.maximum,
    ...labelled({ kind: "agq", nodes: better.nodes }),
    warnings,
  };
}
