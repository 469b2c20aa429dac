/**
 * Where the search begins when rows say much: counts of thousands, rows that count many times. There the model without random effects is a bad
 * start in every respect but its coefficients: its curvature is that of the rows, a million times what groups say of an intercept, and its
 * dispersion is that between groups. A few steps over the integral itself, block by block, find the scales.
 */
import { LARGE_COUNT } from "../families/large-counts.ts";
import { positiveInverse } from "../linalg/positive-inverse.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { minimise } from "../optimise/bfgs.ts";
import { forwardHessian } from "../optimise/hessian.ts";
import type { Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { expectationMaximisationStep } from "./factor-scale.ts";
import { type StartingPoint, startingPointOfEffects } from "./maximise.ts";

/** Whether an average row is a large count, or counts as many rows. */
export function hasInformativeRows({ design, family }: CompiledModel): boolean {
  if (design.random.length === 0) return false;
  const counts = family.response === "trials" ? design.trials : family.response === "count" ? design.y : null;
  const weights = design.frequencyWeights;
  let sum = 0;
  for (let i = 0; i < design.n; i++) sum += (counts?.[i] ?? 1) * (weights?.[i] ?? 1);
  return sum >= LARGE_COUNT * design.n;
}

/** The objective in some of its coordinates, the others as they are in `w`. */
function restricted(objective: Objective, w: Float64Array, places: readonly number[]): Objective {
  const full = w.slice();
  const gradient = new Float64Array(w.length);
  return (x, out) => {
    places.forEach((place, i) => {
      full[place] = x[i]!;
    });
    const value = objective(full, gradient);
    places.forEach((place, i) => {
      out[i] = gradient[place]!;
    });
    return value;
  };
}

/** One Newton step in the coordinates `places` by a differenced Hessian, shortened until it descends. Changes w. */
function* newtonStep(objective: Objective, w: Float64Array, places: readonly number[]): Pausable<void> {
  const gradient = new Float64Array(w.length);
  const value = objective(w, gradient);
  const m = places.length;
  const H = yield* forwardHessian(objective, w, gradient, places);
  if (!Number.isFinite(value) || !H.every(Number.isFinite)) return;
  const inverse = positiveInverse(H, m);
  const trial = w.slice();
  const scratch = new Float64Array(w.length);
  for (let length = 1; length > 0.01; length *= 0.25) {
    places.forEach((place, i) => {
      let step = 0;
      places.forEach((other, j) => {
        step += inverse[i * m + j]! * gradient[other]!;
      });
      trial[place] = w[place]! - length * step;
    });
    if (pauseDue()) yield;
    if (objective(trial, scratch) < value) {
      w.set(trial);
      return;
    }
  }
}

/**
 * Moves a start block by block, Λ by expectation-maximisation, the coefficients by a Newton step, the family's parameters by a search in them
 * alone, and gives it the inverse Hessian where it arrives.
 */
export function* informativeStart(model: CompiledModel, of: Objective, start: StartingPoint): Pausable<StartingPoint> {
  let evaluations = 0;
  const objective: Objective = (x, gradient) => {
    evaluations++;
    return of(x, gradient);
  };
  const { layout, design, family } = model;
  // the dispersion that the model without random effects found is that between groups
  const w = (family.response === "count" ? startingPointOfEffects(model, start).w : start.w).slice();
  if (!Number.isFinite(objective(w, new Float64Array(w.length)))) return start;
  const range = (offset: number, size: number) => Array.from({ length: size }, (_, i) => offset + i);
  const coefficients = layout.beta.flatMap(({ offset, size }) => range(offset, size));
  const parameters = range(layout.phi.offset, layout.phi.size);
  const levels = design.random.map((term) => term.levels.length);
  for (let round = 0; round < (parameters.length > 0 ? 2 : 1); round++) {
    expectationMaximisationStep(objective, layout.terms, levels, w);
    if (pauseDue()) yield;
    yield* newtonStep(objective, w, coefficients);
    if (parameters.length > 0) {
      const from = Float64Array.from(parameters, (place) => w[place]!);
      const found = yield* minimise(restricted(objective, w, parameters), from, {
        maxIterations: 12,
        tolerance: 0.01,
      });
      if (Number.isFinite(found.value))
        parameters.forEach((place, i) => {
          w[place] = found.x[i]!;
        });
    }
    expectationMaximisationStep(objective, layout.terms, levels, w);
  }
  const gradient = new Float64Array(w.length);
  const value = objective(w, gradient);
  const all = range(0, w.length);
  const H = yield* forwardHessian(objective, w, gradient, all);
  if (!Number.isFinite(value) || !H.every(Number.isFinite)) return start;
  return { w, inverseHessian: positiveInverse(H, w.length), evaluations };
}
