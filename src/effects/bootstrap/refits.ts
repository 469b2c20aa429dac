/** The refits of a bootstrap, each a function of its number alone, so that they may be done anywhere and in any order. */
import { fitModelPausably } from "../../frequentist/fit-model.ts";
import { fitGeePausably } from "../../frequentist/gee/fit-gee.ts";
import type { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import { agq, type FitMethod, laplace, ml, reml, startingAt } from "../../frequentist/method.ts";
import { type QuickMaximum, type QuickRefit, quickRefits } from "../../frequentist/quick-refits.ts";
import * as messages from "../../messages/gee.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import type { BootstrapPlan } from "./plan.ts";
import { type Replicate, replicatesOf } from "./replicates.ts";

/** What came of a refit: natural parameters, then what a fit has besides (`besideParameters`), or why there are none. */
export type RefitOutcome =
  | {
      readonly x: readonly number[];
      readonly logLik: number;
      /** Of the natural parameters, row-major; present where errors are wanted. */
      readonly covariance?: readonly number[];
    }
  | { readonly reason: string };

export interface BootstrapRefits {
  /** How many clusters are resampled; null where none are. */
  readonly clusters: number | null;
  /** Of replicate b, counted from 1; −c is the fit without cluster c, counted from 1. */
  outcome(item: number): Pausable<RefitOutcome>;
  /** The same as a whole fit. May throw. */
  fitOf(item: number): Pausable<RefittableFit>;
}

/** What a fit estimates besides natural parameters: the dispersion of working models, the scale and correlation of estimating equations. */
export function besideParameters(fit: RefittableFit): readonly number[] {
  if (fit.kind === "gee") return [fit.scale, ...fit.correlation.estimate];
  const sigma = fit.working?.sigma;
  return sigma ? [sigma.estimate] : [];
}

/** The method that maximises by the integral of the fit, with nothing chosen anew. */
export function methodOf({ requested, integral, restricted, model }: MaximumLikelihood): FitMethod {
  if (requested.kind !== "auto" && requested.kind !== "ml") return requested;
  if (integral.kind === "exact") return model.gaussian ? (restricted ? reml() : ml()) : requested;
  return integral.kind === "agq" ? agq(integral.nodes) : laplace();
}

function* wholeFit(fit: RefittableFit, { model, clusters }: Replicate): Pausable<RefittableFit> {
  if (fit.kind === "gee") return yield* fitGeePausably(model, fit.requested, { clusters });
  const method = methodOf(fit);
  return yield* fitModelPausably(model, method, {
    ...startingAt(method, fit.estimate),
    ...(fit.penalised && { penalised: true }),
  });
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const checked = (fit: RefittableFit): RefittableFit => {
  const { code, reason } = fit.verdict;
  if (code !== "converged" && code !== "boundary") throw new Error(messages.bootstrapNotConverged(reason));
  return fit;
};

/**
 * @param from what simulates the responses of a parametric bootstrap, if not the fit itself: another of the same rows
 * @throws DeclarationError where the fit has no such bootstrap, or its clusters are not known
 */
export function bootstrapRefits(
  fit: RefittableFit,
  plan: BootstrapPlan,
  from: MaximumLikelihood | null = null,
): BootstrapRefits {
  const { clusters, replicate, without } = replicatesOf(fit, plan, from);
  const dataOf = (item: number): Replicate => (item > 0 ? replicate(item) : without(-item - 1));
  // a restricted likelihood is profiled, and errors want the curvature: both are a whole fit's
  const quick: QuickRefit | null = fit.kind === "gee" ? null : quickRefits(fit);
  const quickly = fit.kind !== "gee" && !fit.restricted && !plan.errors ? quick : null;
  function* maximumOf(data: Replicate): Pausable<RefitOutcome> {
    const { weights } = data;
    const found: QuickMaximum | null | undefined = weights
      ? yield* quick!(data.model, weights)
      : quickly && (yield* quickly(data.model));
    if (found) return { x: Array.from(found.x), logLik: found.logLik };
    if (weights) throw new Error(messages.bootstrapNotConverged(messages.weightedSearchFailed()));
    const again = checked(yield* wholeFit(fit, data));
    return {
      x: [...again.estimate, ...besideParameters(again)],
      logLik: again.kind === "gee" ? Number.NaN : again.logLik,
      ...(plan.errors && { covariance: Array.from(again.covariance) }),
    };
  }
  return {
    clusters,
    *fitOf(item) {
      return checked(yield* wholeFit(fit, dataOf(item)));
    },
    *outcome(item) {
      try {
        return yield* maximumOf(dataOf(item));
      } catch (error) {
        return { reason: reasonOf(error) };
      }
    },
  };
}
