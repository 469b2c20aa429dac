/** The profiles of a fit, each taken when it is first asked for and kept. */
import { boundStructure } from "../../covariance/structures.ts";
import type { Estimator } from "../../estimates/estimator.ts";
import type { IntervalEnds } from "../../estimates/sources.ts";
import { MEAN_COMPONENT } from "../../families/distribution-parameters.ts";
import { ofMean } from "../../families/of-mean.ts";
import { type FitWarning, refusal } from "../../messages/issue.ts";
import * as messages from "../../messages/profile.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../../model/reported-parameters.ts";
import { atOnce } from "../../optimise/pausable.ts";
import type { MaximumLikelihood } from "../maximum-likelihood.ts";
import type { Quantity } from "./constrained-minimum.ts";
import { heldAtZero } from "./held-at-zero.ts";
import { lowestHeld } from "./lowest-held.ts";
import { type ProfiledLikelihood, type ProfileProblem, profileProblem } from "./profile-problem.ts";
import {
  ANGLE,
  LOG,
  profileInterval,
  type QuantityProfile,
  type QuantityRange,
  quantityProfile,
  rangeOfSupport,
  UNBOUNDED,
} from "./profile-quantity.ts";
import type { SideEnd } from "./profile-side.ts";

/** What was found of one quantity. */
export interface ProfiledInterval extends IntervalEnds {
  readonly ends: { readonly low: SideEnd["kind"] | "none"; readonly high: SideEnd["kind"] | "none" };
}

/** Step of differences of a quantity without a gradient, in standard errors of each coordinate. */
const STEP = 1e-3;
/** A log-likelihood above the fit's by more than this is another maximum. */
const HIGHER = 1e-4;

const known: Readonly<Record<ProfiledLikelihood, WeakMap<MaximumLikelihood, Profiler>>> = {
  ml: new WeakMap(),
  restricted: new WeakMap(),
};

/** @throws DeclarationError where the fit maximised no likelihood of its parameters */
function profilerOf(fit: MaximumLikelihood, likelihood: ProfiledLikelihood): Profiler {
  let found = known[likelihood].get(fit);
  if (!found) known[likelihood].set(fit, (found = new Profiler(atOnce(profileProblem(fit, likelihood)))));
  return found;
}

/** The profilers of a fit: of a REML fit that of its own likelihood for what depends on variances alone, and that of maximum likelihood for all else. */
export class Profilers {
  readonly #fit: MaximumLikelihood;
  readonly #restricted: boolean;
  readonly #used = new Set<Profiler>();

  /** @param likelihood `ml`: of a REML fit too that of maximum likelihood, for everything */
  constructor(fit: MaximumLikelihood, likelihood: ProfiledLikelihood = "restricted") {
    this.#fit = fit;
    this.#restricted = fit.restricted && likelihood === "restricted";
  }

  /** @throws DeclarationError where the fit maximised no likelihood of its parameters */
  forParameter(parameter: ReportedParameter): { readonly profiler: Profiler; readonly likelihood: ProfiledLikelihood } {
    const ofMean = parameter.effect === "fixed" && parameter.component === MEAN_COMPONENT;
    return this.#by(this.#restricted && !ofMean ? "restricted" : "ml");
  }

  /** The same for quantity k of an estimator. */
  forEstimator(estimator: Estimator, k: number): Profiler {
    const restricted = this.#restricted && !estimator.usesEffects && !dependsOnMean(this.#fit, estimator, k);
    return this.#by(restricted ? "restricted" : "ml").profiler;
  }

  /** What is doubtful about the profiles taken so far. */
  warnings(): FitWarning[] {
    return [...this.#used].flatMap((profiler) => profiler.warnings());
  }

  #by(likelihood: ProfiledLikelihood) {
    const profiler = profilerOf(this.#fit, likelihood);
    this.#used.add(profiler);
    return { profiler, likelihood };
  }
}

/** Whether a quantity moves with the coefficients of the mean. */
function dependsOnMean(fit: MaximumLikelihood, estimator: Estimator, k: number): boolean {
  const x = fit.estimate;
  const out = new Float64Array(estimator.rows.length);
  const valueAt = () => {
    estimator.value(x, null, out);
    return out[k]!;
  };
  const before = valueAt();
  const { offset, size } = ofMean(fit.model.layout.beta);
  return Array.from({ length: size }, (_, j) => offset + j).some((position) => {
    const own = x[position]!;
    x[position] = 1.5 * own + 1;
    const moved = !Object.is(valueAt(), before);
    x[position] = own;
    return moved;
  });
}

export class Profiler {
  readonly problem: ProfileProblem;
  readonly #profiles = new Map<string, { readonly name: string; readonly profile: QuantityProfile | null }>();

  constructor(problem: ProfileProblem) {
    this.problem = problem;
  }

  ofParameter(parameter: ReportedParameter): QuantityProfile | null {
    const name = parameterLabel(parameter);
    return this.#once(name, name, () => {
      if (parameter.given) return null;
      const quantity = this.problem.quantity(parameter.value, (x, out) => parameter.gradient(x, out));
      const { kind, scale } = parameter;
      const by =
        kind === "cor" || scale === "fisher-z" ? ANGLE : kind === "parameter" && scale === "log" ? LOG : undefined;
      return quantityProfile(this.problem, quantity, rangeOf(parameter, this.problem, quantity), by);
    });
  }

  /** @throws DeclarationError for quantities that depend on the random effects, which are no parameters */
  ofEstimator(estimator: Estimator, k: number, name: string): QuantityProfile | null {
    if (estimator.usesEffects) throw refusal("profile-of-effects", ["estimand"], messages.profileOfEffects());
    const { range } = estimator.rows[k]!;
    const ends = range ? { low: range[0], high: range[1] } : UNBOUNDED;
    const profile = quantityProfile(this.problem, this.#quantityOf(estimator, k), ends);
    this.#profiles.set(`estimator ${this.#profiles.size}`, { name, profile });
    return profile;
  }

  interval(profile: QuantityProfile | null, confLevel: number): ProfiledInterval {
    if (!profile) return { low: null, high: null, ends: { low: "none", high: "none" } };
    const { low, high } = atOnce(profileInterval(profile, confLevel));
    return { low: low.value, high: high.value, ends: { low: low.kind, high: high.kind } };
  }

  /**
   * Where a quantity is held at a value, how much the log-likelihood loses twice; null where that was not found.
   *
   * @param more natural parameters to begin at besides
   */
  held(
    estimator: Estimator,
    k: number,
    value: number,
    more: readonly Float64Array[] = [],
  ): { readonly ratio: number; readonly x: Float64Array } | null {
    const { problem } = this;
    const starts = more.map((x) => problem.fromNatural(x));
    const found = atOnce(lowestHeld(problem, this.#quantityOf(estimator, k), value, starts));
    return found && { ratio: Math.max(0, 2 * (found.value - problem.value)), x: problem.toNatural(found.w) };
  }

  /** How much it loses twice where a parameter can be anything, as a correlation beside a standard deviation of 0; Infinity of others. */
  anywhere(parameter: ReportedParameter): number {
    const { problem } = this;
    const least = freeingCoordinates(problem, parameter).map((set) => atOnce(heldAtZero(problem, set)));
    return Math.max(0, 2 * (Math.min(Number.POSITIVE_INFINITY, ...least) - problem.value));
  }

  /** What is doubtful about the profiles taken so far. */
  warnings(): FitWarning[] {
    const gains = [...this.#profiles.values()].flatMap(({ name, profile }) => {
      const gain = profile ? Math.max(profile.lower.gain, profile.upper.gain) : 0;
      return gain > HIGHER ? [{ name, gain }] : [];
    });
    return gains.length > 0 ? [messages.profileFoundHigher(gains)] : [];
  }

  #once(key: string, name: string, make: () => QuantityProfile | null): QuantityProfile | null {
    let found = this.#profiles.get(key);
    if (!found) this.#profiles.set(key, (found = { name, profile: make() }));
    return found.profile;
  }

  #quantityOf(estimator: Estimator, k: number): Quantity {
    const { fit, metric, w } = this.problem;
    const { size } = fit.model.layout;
    const count = estimator.rows.length;
    const out = new Float64Array(count);
    const valueAt = (x: Float64Array): number => {
      estimator.value(x, null, out);
      return out[k]!;
    };
    if (!estimator.gradient) {
      const { value } = this.problem.quantity(valueAt, () => {});
      const steps = w.map((_, i) => STEP * Math.sqrt(metric[i * (w.length + 1)]!));
      return { value, gradient: (at, into) => differences(value, at, steps, into) };
    }
    const gradients = Array.from({ length: count }, () => new Float64Array(size));
    return this.problem.quantity(valueAt, (x, gradient) => {
      for (const one of gradients) one.fill(0);
      estimator.value(x, null, out);
      estimator.gradient!(x, null, { x: gradients, effects: null });
      gradient.set(gradients[k]!);
    });
  }
}

/** Central differences of a function of the search's coordinates, which has a derivative at a boundary of the user's parameters too. */
function differences(
  value: (w: Float64Array) => number,
  at: Float64Array,
  steps: Float64Array,
  into: Float64Array,
): void {
  const point = at.slice();
  for (let i = 0; i < at.length; i++) {
    point[i] = at[i]! + steps[i]!;
    const up = value(point);
    point[i] = at[i]! - steps[i]!;
    into[i] = (up - value(point)) / (2 * steps[i]!);
    point[i] = at[i]!;
  }
}

function rangeOf(parameter: ReportedParameter, problem: ProfileProblem, quantity: Quantity): QuantityRange {
  const zeroed = parameter.kind === "sd" ? zeroedBy(problem, quantity) : undefined;
  const free = freeingCoordinates(problem, parameter);
  return {
    ...rangeOfParameter(parameter, problem.fit.model),
    ...(zeroed && { zeroed }),
    ...(free.length > 0 && { free }),
  };
}

/** Of a correlation of two effects the coordinates of each one's standard deviation. */
function freeingCoordinates(problem: ProfileProblem, { kind, random }: ReportedParameter): number[][] {
  if (kind !== "cor" || !random) return [];
  return reportedParameters(problem.fit.model).flatMap((other) => {
    const isOne =
      other.kind === "sd" &&
      other.random?.term === random.term &&
      other.random.effects.length === 1 &&
      random.effects.includes(other.random.effects[0]!);
    if (!isOne || other.given) return [];
    const zeroed = zeroedBy(
      problem,
      problem.quantity(other.value, (x, out) => other.gradient(x, out)),
    );
    return zeroed ? [zeroed] : [];
  });
}

/** What a parameter can be. */
export function rangeOfParameter({ kind, scale, of }: ReportedParameter, model: CompiledModel): QuantityRange {
  if (kind === "sd") return { low: 0, high: Number.POSITIVE_INFINITY };
  if (kind === "cor" || scale === "fisher-z") return { low: -1, high: 1 };
  if (scale === "log") return { low: 0, high: Number.POSITIVE_INFINITY };
  const own = kind === "parameter" ? model.family.parameters.find(({ name }) => name === of[0]) : undefined;
  return own ? rangeOfSupport(own.support) : UNBOUNDED;
}

/** The coordinates of one row of a factor that are 0 when its standard deviation is; undefined where it is a function of several rows. */
function zeroedBy({ fit, positions }: ProfileProblem, quantity: Quantity): number[] | undefined {
  const generic = Float64Array.from(positions, (position) => 0.3 + 0.1 * Math.sin(position + 1));
  const gradient = new Float64Array(generic.length);
  quantity.gradient(generic, gradient);
  const moved = positions.map((_, i) => i).filter((i) => gradient[i] !== 0);
  const term = fit.model.layout.terms.find(({ offset, size }) =>
    moved.every((i) => positions[i]! >= offset && positions[i]! < offset + size),
  );
  if (!term) return undefined;
  const { labels } = boundStructure(term);
  const rows = new Set(moved.map((i) => labels[positions[i]! - term.offset]!.unit));
  const zero = generic.slice();
  for (const i of moved) zero[i] = 0;
  return rows.size === 1 && quantity.value(zero) === 0 ? moved : undefined;
}
