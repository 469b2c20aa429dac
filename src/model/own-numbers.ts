/**
 * What belongs to a fit does not change: typed arrays cannot be frozen, so callers get copies of them, and records are frozen. The library itself,
 * which writes into none, reads a posterior's own.
 */
import { deepFreeze } from "../dsl/freeze.ts";
import type { ParameterDraws, PosteriorFit } from "./fit.ts";

/** A frozen copy of plain data. */
export const frozenCopy = <T>(data: T): T => deepFreeze(copyOf(data) as T);

/** As `structuredClone`, which is slow at small records of text and numbers. */
function copyOf(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map(copyOf);
  if (Object.getPrototypeOf(data) !== Object.prototype) return structuredClone(data);
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, copyOf(value)]));
}

interface OwnNumbers {
  readonly draws: ParameterDraws;
  readonly randomEffects: () => readonly Float64Array[];
  readonly randomEffectsOf: (d: number) => readonly Float64Array[];
}

const own = new WeakMap<PosteriorFit, OwnNumbers>();

/** Remembers what a posterior's copies are made of. */
export function keepOwn(fit: PosteriorFit, numbers: OwnNumbers): void {
  own.set(fit, numbers);
}

/** The draws of a posterior, not a copy: not to be written to. */
export const ownDraws = (fit: PosteriorFit): ParameterDraws => own.get(fit)?.draws ?? fit.draws;

/** The draws of its random effects, not a copy: not to be written to. */
export const ownRandomEffects = (fit: PosteriorFit): readonly Float64Array[] =>
  own.get(fit)?.randomEffects() ?? fit.randomEffects();

/** A copy of draws, frozen around its arrays. */
export const copyOfDraws = ({ hyper, ...draws }: ParameterDraws): ParameterDraws =>
  Object.freeze({
    ...draws,
    values: draws.values.slice(),
    ...(hyper && { hyper: Object.freeze({ names: frozenCopy(hyper.names), values: hyper.values.slice() }) }),
  });

/** Those of one draw, views good until the next call: not to be written to. */
export const ownRandomEffectsOf = (fit: PosteriorFit): PosteriorFit["randomEffectsOf"] =>
  own.get(fit)?.randomEffectsOf ?? fit.randomEffectsOf;
