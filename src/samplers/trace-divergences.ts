/** Divergent transitions traced to the term of the model they come from, with what to do about them. */
import { pooled } from "../diagnostics/chains.ts";
import { type DivergenceLocation, divergenceLocation } from "../diagnostics/divergence-location.ts";
import { divergenceAdvice } from "../messages/divergences.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import { estimatedParameters, type ReportedParameter } from "../model/reported-parameters.ts";
import { drawsOf } from "./draws-of.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";

export interface TracedParameter extends DivergenceLocation {
  readonly group: string | null;
  readonly component: string;
  readonly term: string;
}

export interface DivergenceTrace {
  readonly divergences: number;
  readonly draws: number;
  /** Every reported parameter, the one that sets the divergent draws apart most first. */
  readonly parameters: readonly TracedParameter[];
  /** The first of them where it sets them apart clearly (|z| above 3, |score| above 0.5, five divergences or more); else null. */
  readonly source: TracedParameter | null;
  /** The random term the source belongs to, `(… | herd)`; `fixed effects` or a parameter's name otherwise; null without a source. */
  readonly term: string | null;
  /** A whole sentence: where they gather, and what to do. */
  readonly message: string;
}

/** Fewer divergences say nothing about where they come from. */
const FEWEST = 5;
const CLEAR_Z = 3;
const CLEAR_SCORE = 0.5;

/**
 * Traces divergent transitions.
 *
 * The draws that end divergent transitions are compared with all draws, parameter by parameter, by the normal scores of their ranks;
 * correlations by how near ±1 they are.
 *
 * @param divergentDraws positions of the draws, chain after chain
 * @param parameterisation by term, of random effects that were sampled
 */
export function locateDivergences(
  model: CompiledModel,
  draws: ParameterDraws,
  divergentDraws: readonly number[],
  targetAcceptance: number,
  parameterisation: readonly Parameterisation[] | null = null,
): DivergenceTrace {
  const total = draws.chains * draws.drawsPerChain;
  const count = divergentDraws.length;
  if (count === 0)
    return {
      divergences: 0,
      draws: total,
      parameters: [],
      source: null,
      term: null,
      message: divergenceAdvice.none(total),
    };
  const traced = estimatedParameters(model)
    .map((parameter) => ({ parameter, location: locate(parameter, draws, divergentDraws) }))
    .sort((a, b) => Math.abs(b.location.z) - Math.abs(a.location.z));
  const rows = traced.map(
    ({ parameter: { group, component, term }, location }): TracedParameter => ({ group, component, term, ...location }),
  );
  const first = traced[0];
  const clear =
    first !== undefined &&
    count >= FEWEST &&
    Math.abs(first.location.z) > CLEAR_Z &&
    Math.abs(first.location.score) > CLEAR_SCORE;
  if (!clear)
    return {
      divergences: count,
      draws: total,
      parameters: rows,
      source: null,
      term: null,
      message:
        count < FEWEST
          ? divergenceAdvice.few(count, total, targetAcceptance)
          : divergenceAdvice.nowhere(count, total, targetAcceptance),
    };
  const where = adviceFor(first.parameter, first.location, parameterisationOf(first.parameter, parameterisation));
  return {
    divergences: count,
    draws: total,
    parameters: rows,
    source: rows[0]!,
    term: termOf(first.parameter),
    message: divergenceAdvice.traced(count, total, where),
  };
}

const isResidual = ({ kind }: ReportedParameter): boolean => kind === "sigma" || kind === "residual";

function locate(
  parameter: ReportedParameter,
  draws: ParameterDraws,
  divergentDraws: readonly number[],
): DivergenceLocation {
  const values = pooled(drawsOf(draws, (x) => parameter.value(x)));
  if (parameter.kind !== "cor") return divergenceLocation(values, divergentDraws);
  // The trouble is at both ends: a correlation's distance from 0 is what counts.
  const distance = divergenceLocation(values.map(Math.abs), divergentDraws);
  const signed = divergenceLocation(values, divergentDraws);
  return { ...distance, divergent: signed.divergent, all: signed.all };
}

function termOf(parameter: ReportedParameter): string {
  if (parameter.effect === "fixed") return "fixed effects";
  if (parameter.effect === "ran_pars" && !isResidual(parameter)) return `(… | ${parameter.group})`;
  return parameter.term;
}

/** How the effects were sampled whose standard deviation the parameter is; null where they were not, or it is none. */
const parameterisationOf = (
  { random }: ReportedParameter,
  parameterisation: readonly Parameterisation[] | null,
): Parameterisation | null => (random && parameterisation?.[random.term]) ?? null;

function adviceFor(
  parameter: ReportedParameter,
  { score, divergent, all }: DivergenceLocation,
  parameterisation: Parameterisation | null,
): string {
  const high = score > 0;
  const name = parameter.of.join(".");
  if (parameter.effect === "fixed") return divergenceAdvice.fixed(name, high, divergent, all);
  if (isResidual(parameter)) return divergenceAdvice.residual(high, divergent, all);
  if (parameter.effect === "aux") return divergenceAdvice.parameter(name, high, divergent, all);
  if (parameter.kind === "cor")
    return high
      ? divergenceAdvice.correlation(name, parameter.group!, divergent)
      : divergenceAdvice.parameter(parameter.term, high, divergent, all);
  return high
    ? divergenceAdvice.largeSd(name, parameter.group!, divergent, all, parameterisation)
    : divergenceAdvice.smallSd(name, parameter.group!, divergent, all, parameterisation);
}

/** The trace as a warning, where divergences come from one term. */
export function divergenceWarnings(
  model: CompiledModel,
  draws: ParameterDraws,
  { divergentDraws = [] }: Pick<SamplingDiagnostics, "divergentDraws">,
  parameterisation: readonly Parameterisation[] | null = null,
): FitWarning[] {
  if (divergentDraws.length === 0) return [];
  const { source, message } = locateDivergences(model, draws, divergentDraws, 0.8, parameterisation);
  return source ? [{ code: "divergences-traced", message }] : [];
}
