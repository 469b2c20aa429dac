/**
 * Penalised least squares on cross-products: what both readings of the Gaussian integral, profiled(θ) and (β, Λ, σ), are made of
 * (Bates, Mächler, Bolker & Walker 2015, J. Stat. Softw. 67(1), §3; gradients by the adjoint of the same steps).
 *
 * Λ is relative to σ here. b = Λu, H = P + Λ'(Z'WZ)Λ = LL'; u is spherical, P = I, but for known covariances A across levels, P = A⁻¹ ⊗ I.
 */
import type { IntegralData } from "../integral-data.ts";
import { blockDiagonalSystem } from "./block-diagonal-system.ts";
import { type FactorBlocks, factorBlocks } from "./factor-blocks.ts";
import { type Grouping, groupTerms } from "./grouping.ts";
import { type OrthogonalDesign, orthogonalDesign } from "./orthogonal-design.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";
import { type ResidualGram, residualGram } from "./residual-gram.ts";
import { sparseCrossproduct } from "./sparse-crossproduct.ts";
import { sparseSystem } from "./sparse-system.ts";
import { type SufficientStatistics, sufficientStatistics } from "./sufficient-statistics.ts";

export interface PenalisedLeastSquares extends FactorBlocks {
  readonly design: OrthogonalDesign;
  readonly grouping: Grouping;
  readonly statistics: SufficientStatistics;
  readonly system: RandomEffectsSystem;
  /** Whitens the cross-products by the residual structure, before `setFactor`; null where there is none. */
  readonly residual: ResidualGram | null;
  /** Sets Λ from its entries θ as `fill` does, and factors H; false where that fails. */
  setFactor(theta: Float64Array, offset: number, scale: number, given?: number): boolean;
}

/** @throws DeclarationError for weights that are negative or not finite, dependent columns, more than one predictor */
export function penalisedLeastSquares(data: IntegralData): PenalisedLeastSquares {
  const design = orthogonalDesign(data);
  const grouping = groupTerms(data.random, data.layout);
  const residual = data.residual ? residualGram(data.random, design, grouping, data.residual) : null;
  const statistics = residual?.statistics ?? sufficientStatistics(data.random, design, grouping);
  const { factors } = grouping;
  const plainSystem = () =>
    factors.length <= 1 && !factors[0]?.known
      ? blockDiagonalSystem(statistics.blocks[0] ?? new Float64Array(0), factors[0]?.levels ?? 0, factors[0]?.q ?? 0)
      : sparseSystem(grouping, sparseCrossproduct(data.random, grouping, design.weight, statistics.blocks));
  const system = residual?.system ?? plainSystem();
  const blocks = factorBlocks(grouping);

  return {
    ...blocks,
    design,
    grouping,
    statistics,
    system,
    residual,
    setFactor(theta, offset, scale, given) {
      blocks.fill(theta, offset, scale, given);
      return system.factorise(blocks.lambda);
    },
  };
}
