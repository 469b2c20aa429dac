/**
 * The posterior's chart of the whole natural vector: z = [β | term by term (sds, partial correlations) | φ | hyperparameters] →
 * x = [β | Λ | φ]. β is the identity, unless its coefficients have scales with hyperparameters of their own (`shrunken-coefficients.ts`);
 * φ is log, logit or an increasing sequence by its supports.
 */
import type { SdCoordinate } from "../covariance/standard-deviation.ts";
import { boundStructure } from "../covariance/structures.ts";
import type { TermTransform } from "../covariance/term-transform.ts";
import type { ParameterSupport } from "../families/family.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Chart } from "./chart.ts";
import { parameterBlocks } from "./family-parameters.ts";
import type { ShrinkageBlock, ShrunkenCoefficients } from "./shrunken-coefficients.ts";
import { shrunkenCoefficients } from "./shrunken-coefficients.ts";

/** A block of z and of x with its chart. */
export interface ChartBlock<C extends Chart = Chart> {
  readonly chart: C;
  readonly offset: number;
  readonly naturalOffset: number;
}

export interface PosteriorChart extends Chart {
  /** Number of coefficients, the first coordinates of z and of x. */
  readonly coefficients: number;
  readonly terms: readonly ChartBlock<TermTransform>[];
  /** One block a family parameter, or one for an increasing sequence of them. */
  readonly phi: readonly ChartBlock[];
  /** The coefficients' own chart where a shrinkage prior gives them scales; else null. */
  readonly shrunken: ShrunkenCoefficients | null;
  /** Makes standard deviations in x non-negative, Σ unchanged: the sds and correlations a signed draw stands for. */
  fold(x: Float64Array): void;
}

/**
 * @param sds by term and standard deviation
 * @param supports of the family's parameters
 * @param shrinkage scales of coefficients, whose hyperparameters are the last coordinates of z and no part of x; `toUnconstrained` leaves
 *   them as they are
 */
export function posteriorChart(
  layout: ParameterLayout,
  sds: readonly (readonly SdCoordinate[])[],
  supports: readonly ParameterSupport[],
  shrinkage: ShrinkageBlock | null = null,
): PosteriorChart {
  const coefficients = layout.beta.reduce((sum, slice) => sum + slice.size, 0);
  let offset = coefficients;
  const place = <C extends Chart>(chart: C, naturalOffset: number): ChartBlock<C> => {
    const block = { chart, offset, naturalOffset };
    offset += chart.size;
    return block;
  };
  const terms = layout.terms.map((term, t) => place(boundStructure(term).transform(sds[t]!), term.offset));
  const phi = parameterBlocks(supports).map(({ chart, from }) => place(chart, layout.phi.offset + from));
  const sigma = phi.find(({ naturalOffset }) => naturalOffset - layout.phi.offset === shrinkage?.sigma);
  const shrunken = shrinkage && shrunkenCoefficients(shrinkage, offset, sigma?.offset ?? -1);
  const size = offset + (shrinkage?.scales.size ?? 0);
  const blocks: readonly ChartBlock[] = [...terms, ...phi];

  // Views of the vectors by block, renewed only when the caller passes another array.
  const views = (length: (chart: Chart) => number, at: (block: ChartBlock) => number) => {
    let source: Float64Array | undefined;
    let parts: Float64Array[] = [];
    return (vector: Float64Array): Float64Array[] => {
      if (vector !== source) {
        source = vector;
        parts = blocks.map((block) => vector.subarray(at(block), at(block) + length(block.chart)));
      }
      return parts;
    };
  };
  const unconstrained = views(
    (chart) => chart.size,
    (block) => block.offset,
  );
  const dUnconstrained = views(
    (chart) => chart.size,
    (block) => block.offset,
  );
  const natural = views(
    (chart) => chart.naturalSize,
    (block) => block.naturalOffset,
  );
  const dNatural = views(
    (chart) => chart.naturalSize,
    (block) => block.naturalOffset,
  );

  return {
    size,
    naturalSize: layout.size,
    coefficients,
    terms,
    phi,
    shrunken,
    toNatural(z, x) {
      if (shrunken) shrunken.toNatural(z, x);
      else for (let i = 0; i < coefficients; i++) x[i] = z[i]!;
      const zs = unconstrained(z);
      const xs = natural(x);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.toNatural(zs[k]!, xs[k]!);
    },
    toUnconstrained(x, z) {
      const zs = unconstrained(z);
      const xs = natural(x);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.toUnconstrained(xs[k]!, zs[k]!);
      if (shrunken) shrunken.toUnconstrained(x, z);
      else for (let i = 0; i < coefficients; i++) z[i] = x[i]!;
    },
    pullback(z, dx, dz) {
      if (shrunken) shrunken.pullback(z, dx, null, dz);
      else for (let i = 0; i < coefficients; i++) dz[i]! += dx[i]!;
      const zs = unconstrained(z);
      const dxs = dNatural(dx);
      const dzs = dUnconstrained(dz);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.pullback(zs[k]!, dxs[k]!, dzs[k]!);
    },
    logJacobian(z, dz) {
      const zs = unconstrained(z);
      const dzs = dz && dUnconstrained(dz);
      let sum = 0;
      for (let k = 0; k < blocks.length; k++) sum += blocks[k]!.chart.logJacobian(zs[k]!, dzs?.[k]);
      return sum;
    },
    fold(x) {
      for (const { chart, naturalOffset } of terms) chart.structure.fold(x, naturalOffset);
    },
  };
}
