/** The profiles of a fit, each taken when it is first asked for and kept. */
import { boundStructure } from "../../covariance/structures.ts";
import type { Estimator } from "../../estimates/estimator.ts";
import { addNumericGradient } from "../../estimates/numeric-gradient.ts";
import type { IntervalEnds } from "../../estimates/sources.ts";
import { type FitWarning, refusal } from "../../messages/issue.ts";
import * as messages from "../../messages/profile.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { parameterLabel, type ReportedParameter } from "../../model/reported-parameters.ts";
import { atOnce } from "../../optimise/pausable.ts";
import type { MaximumLikelihood } from "../maximum-likelihood.ts";
import type { Quantity } from "./constrained-minimum.ts";
import { type ProfileProblem, profileProblem } from "./profile-problem.ts";
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

/** A log-likelihood above the fit's by more than this is another maximum. */
const HIGHER = 1e-4;

const known = new WeakMap<MaximumLikelihood, Profiler>();

/** @throws DeclarationError where the fit maximised no likelihood of its parameters */
export function profilerOf(fit: MaximumLikelihood): Profiler {
  let found = known.get(fit);
  if (!found) known.set(fit, (found = new Profiler(atOnce(profileProblem(fit)))));
  return found;
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
    const profile = quantityProfile(this.problem, this.#quantityOf(estimator, k), UNBOUNDED);
    this.#profiles.set(`estimator ${this.#profiles.size}`, { name, profile });
    return profile;
  }

  interval(profile: QuantityProfile | null, confLevel: number): ProfiledInterval {
    if (!profile) return { low: null, high: null, ends: { low: "none", high: "none" } };
    const { low, high } = atOnce(profileInterval(profile, confLevel));
    return { low: low.value, high: high.value, ends: { low: low.kind, high: high.kind } };
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
    const { fit } = this.problem;
    const size = fit.model.layout.size;
    const count = estimator.rows.length;
    const out = new Float64Array(count);
    const gradients = Array.from({ length: count }, () => new Float64Array(size));
    const covariance = fit.covariance;
    const errors = Float64Array.from(gradients[0] ?? [], (_, j) => Math.sqrt(covariance[j * (size + 1)]!));
    return this.problem.quantity(
      (x) => {
        estimator.value(x, null, out);
        return out[k]!;
      },
      (x, gradient) => {
        for (const one of gradients) one.fill(0);
        if (estimator.gradient) {
          estimator.value(x, null, out);
          estimator.gradient(x, null, { x: gradients, effects: null });
        } else addNumericGradient(estimator, x, errors, gradients);
        gradient.set(gradients[k]!);
      },
    );
  }
}

function rangeOf(parameter: ReportedParameter, problem: ProfileProblem, quantity: Quantity): QuantityRange {
  const { kind, scale, of } = parameter;
  const { model } = problem.fit;
  if (kind === "sd") {
    const zeroed = zeroedBy(model, quantity);
    return { low: 0, high: Number.POSITIVE_INFINITY, ...(zeroed && { zeroed }) };
  }
  if (kind === "cor" || scale === "fisher-z") return { low: -1, high: 1 };
  if (scale === "log") return { low: 0, high: Number.POSITIVE_INFINITY };
  const own = kind === "parameter" ? model.family.parameters.find(({ name }) => name === of[0]) : undefined;
  return own ? rangeOfSupport(own.support) : UNBOUNDED;
}

/** The coordinates of one row of a factor that are 0 when its standard deviation is; undefined where it is a function of several rows. */
function zeroedBy({ layout }: CompiledModel, quantity: Quantity): number[] | undefined {
  const generic = new Float64Array(layout.size).map((_, i) => 0.3 + 0.1 * Math.sin(i + 1));
  const gradient = new Float64Array(layout.size);
  quantity.gradient(generic, gradient);
  const moved = Array.from({ length: layout.size }, (_, i) => i).filter((i) => gradient[i] !== 0);
  const term = layout.terms.find(({ offset, size }) => moved.every((i) => i >= offset && i < offset + size));
  if (!term) return undefined;
  const { labels } = boundStructure(term);
  const rows = new Set(moved.map((i) => labels[i - term.offset]!.unit));
  const zero = generic.slice();
  for (const i of moved) zero[i] = 0;
  return rows.size === 1 && quantity.value(zero) === 0 ? moved : undefined;
}
