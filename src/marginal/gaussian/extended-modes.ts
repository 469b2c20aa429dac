/** Conditional modes and covariances of the random effects where there is hardly any noise beside them: in twice the precision of a double. */
import type { IntegralData } from "../integral-data.ts";
import { type ExtendedSystem, extendedSystem } from "./extended-system.ts";
import { rowsOf } from "./paired-rows.ts";
import type { PenalisedLeastSquares } from "./penalised-least-squares.ts";

/** Λ/σ from which on doubles lose half of their digits. */
export const STIFF = 1e4;
/** Least share of the random effects' standard deviations that σ has in the linear algebra: modes no longer depend on it. */
const LEAST_SHARE = 1e-10;
/** Covariances by level take a solve each, which larger problems cannot have. */
const MOST_SOLVES = 4000;

export interface ExtendedModes {
  /**
   * b̂ of the residual E v, in the order of u, and by factor the covariance of the effects of each level, levels × q × q; null where they
   * cannot be computed.
   *
   * @param theta entries of Λ at `offset`, absolute; the residual structure must be updated
   */
  at(
    theta: Float64Array,
    offset: number,
    sigma: number,
    v: Float64Array,
  ): { readonly effects: Float64Array; readonly covariances: readonly Float64Array[] | null } | null;
}

export function extendedModes(
  data: IntegralData,
  { design, grouping, residual }: PenalisedLeastSquares,
): ExtendedModes {
  const { factors } = grouping;
  const blocks = factors.map(({ q }) => new Float64Array(q * q));
  let system: ExtendedSystem | undefined;
  return {
    at(theta, offset, sigma, v) {
      system ??= extendedSystem(grouping, rowsOf(data, grouping, design, residual), design.p + 1);
      system.renew();
      grouping.lambda.fill(theta, offset, 1, blocks);
      const largest = blocks.flatMap((block) => [...block]).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const least = Math.max(sigma, LEAST_SHARE * largest);
      const scaled = (at: number) => blocks.map((block) => block.map((value) => value / at));
      /** Covariances at a σ, times σ². */
      const covariancesAt = (at: number) =>
        system!.factorise(scaled(at), 0)
          ? factors.map(({ levels, q }, f) => {
              const out = new Float64Array(levels * q * q);
              system!.covarianceBlocks(f, out);
              return out.map((value) => value * at * at);
            })
          : null;
      const few = grouping.size <= MOST_SOLVES;
      // A + σ²B, from two σ that can be computed with
      const twice = few && least > sigma ? covariancesAt(2 * least) : null;
      const once = few ? covariancesAt(least) : null;
      if (!once && !system.factorise(scaled(least), 0)) return null;
      const effects = system.effects(v);
      const covariances =
        once?.map((own, f) =>
          twice
            ? own.map((value, cell) => {
                const slope = (twice[f]![cell]! - value) / (3 * least * least);
                return value - slope * (least * least - sigma * sigma);
              })
            : own,
        ) ?? null;
      return { effects, covariances };
    },
  };
}
